package io.tollgate.ingest;

import io.tollgate.schemas.InvalidInput;

/**
 * How the HTTP intake is bounded.
 *
 * @param publisher of what is taken in; its delivery bound is how long a request waits for Kafka
 * @param bodyBudgetBytes bytes of request bodies that are worked on at once, from one body's bound
 *     (4 MiB) to 1 GiB; beyond it requests are answered 503. Memory is some ten times that while
 *     bodies are read
 */
public record IngestSettings(PublisherSettings publisher, int bodyBudgetBytes) {
  private static final int MOST_BUDGET_BYTES = 1 << 30;

  public IngestSettings {
    InvalidInput.unless(
        bodyBudgetBytes >= CloudEventReader.MOST_BATCH_BYTES
            && bodyBudgetBytes <= MOST_BUDGET_BYTES,
        "body_budget_bytes",
        bodyBudgetBytes,
        "must be from " + CloudEventReader.MOST_BATCH_BYTES + " to " + MOST_BUDGET_BYTES);
  }

  /**
   * 32 MiB of bodies at once; up to 1 s for room among 20,000 events in flight, up to 15 s for
   * Kafka's answer.
   */
  public static IngestSettings standard() {
    return new IngestSettings(
        PublisherSettings.standard().withInFlight(20_000, 1_000).withTimeouts(5_000, 15_000),
        32 << 20);
  }
}
