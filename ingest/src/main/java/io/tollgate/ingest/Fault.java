package io.tollgate.ingest;

/** Whose failure a {@link PublishFailed} is. */
public enum Fault {
  /** The calling program used the publisher in a way it does not offer. */
  CALLER,
  /** The publisher's own bounds are reached: publish slower, or give it more. */
  OUT_OF_RESOURCES,
  /** Kafka is away, or says no. */
  KAFKA
}
