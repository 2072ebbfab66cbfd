package io.tollgate.ingest;

/**
 * Kafka answered that it will not take the record (authorization, size, topic); time alone mends
 * nothing.
 */
public final class KafkaRefused extends PublishFailed {
  private static final long serialVersionUID = 1L;

  KafkaRefused(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public Fault fault() {
    return Fault.KAFKA;
  }

  @Override
  public boolean mayBeInLog() {
    return false;
  }
}
