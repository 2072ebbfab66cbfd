package io.tollgate.ingest;

/**
 * Kafka has the event on all in-sync replicas, at this place of {@code usage.events}.
 *
 * @param partition from 0
 * @param offset from 0
 */
public record Acknowledged(int partition, long offset) {
  public Acknowledged {
    if (partition < 0 || offset < 0) {
      throw new IllegalArgumentException(
          "No place in a log: partition " + partition + ", offset " + offset);
    }
  }
}
