package io.tollgate.ingest;

import io.tollgate.schemas.InvalidInput;
import java.time.Duration;

/**
 * How a {@link UsagePublisher} batches, and the bounds it keeps.
 *
 * @param lingerMillis how long a batch waits to fill, 0 to 5,000; more means fewer, larger requests
 *     and later acknowledgements
 * @param batchBytes size at which a batch of one partition is sent without waiting, 1 KiB to 1 MiB
 * @param bufferBytes memory for events that Kafka has not acknowledged, at least 64 batches
 * @param inFlightEvents how many events may be unacknowledged, 1 to 1,000,000
 * @param fullWaitMillis how long {@link UsagePublisher#publish} waits for room in the two bounds
 *     above, each, before {@link PublisherFull}; 0 fails at once, 60,000 at most
 * @param requestTimeoutMillis after which a request without an answer is repeated, 1,000 to 60,000
 * @param deliveryTimeoutMillis after which an unacknowledged event fails with {@link
 *     KafkaUnavailable}; at least linger and one request, 600,000 at most
 */
public record PublisherSettings(
    int lingerMillis,
    int batchBytes,
    long bufferBytes,
    int inFlightEvents,
    int fullWaitMillis,
    int requestTimeoutMillis,
    int deliveryTimeoutMillis) {

  public PublisherSettings {
    within("linger_millis", lingerMillis, 0, 5_000);
    within("batch_bytes", batchBytes, 1 << 10, 1 << 20);
    within("buffer_bytes", bufferBytes, 64L * batchBytes, 1L << 33);
    within("in_flight_events", inFlightEvents, 1, 1_000_000);
    within("full_wait_millis", fullWaitMillis, 0, 60_000);
    within("request_timeout_millis", requestTimeoutMillis, 1_000, 60_000);
    within(
        "delivery_timeout_millis",
        deliveryTimeoutMillis,
        lingerMillis + requestTimeoutMillis,
        600_000);
  }

  /**
   * 5 ms linger, 64 KiB batches, 32 MiB, 20,000 events in flight, 10 s for room, 10 s a request, 60
   * s in all.
   */
  public static PublisherSettings standard() {
    return new PublisherSettings(5, 1 << 16, 1L << 25, 20_000, 10_000, 10_000, 60_000);
  }

  public PublisherSettings withLingerMillis(int millis) {
    return new PublisherSettings(
        millis,
        batchBytes,
        bufferBytes,
        inFlightEvents,
        fullWaitMillis,
        requestTimeoutMillis,
        deliveryTimeoutMillis);
  }

  public PublisherSettings withBatchBytes(int bytes) {
    return new PublisherSettings(
        lingerMillis,
        bytes,
        bufferBytes,
        inFlightEvents,
        fullWaitMillis,
        requestTimeoutMillis,
        deliveryTimeoutMillis);
  }

  public PublisherSettings withBufferBytes(long bytes) {
    return new PublisherSettings(
        lingerMillis,
        batchBytes,
        bytes,
        inFlightEvents,
        fullWaitMillis,
        requestTimeoutMillis,
        deliveryTimeoutMillis);
  }

  /** Sets how many events may be unacknowledged, and how long to wait for a place among them. */
  public PublisherSettings withInFlight(int events, int waitMillis) {
    return new PublisherSettings(
        lingerMillis,
        batchBytes,
        bufferBytes,
        events,
        waitMillis,
        requestTimeoutMillis,
        deliveryTimeoutMillis);
  }

  /** Sets how long one request, and all attempts together, may take. */
  public PublisherSettings withTimeouts(int requestMillis, int deliveryMillis) {
    return new PublisherSettings(
        lingerMillis,
        batchBytes,
        bufferBytes,
        inFlightEvents,
        fullWaitMillis,
        requestMillis,
        deliveryMillis);
  }

  /** Within this time every future is completed, one way or another. */
  Duration deliveryTimeout() {
    return Duration.ofMillis(deliveryTimeoutMillis);
  }

  private static void within(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw new InvalidInput(field, Long.toString(value), "must be from " + least + " to " + most);
    }
  }
}
