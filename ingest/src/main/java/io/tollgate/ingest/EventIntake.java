package io.tollgate.ingest;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Caller;
import io.tollgate.http.Endpoint;
import io.tollgate.http.Health;
import io.tollgate.http.Refusal;
import io.tollgate.ingest.RefusedBody.Kind;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code POST /v1/events}: reads the whole body, publishes all of its events or none, and
 * answers 202 only after Kafka has every one of them on all in-sync replicas. A request that fails
 * half way may be sent again as it is.
 */
final class EventIntake implements Endpoint {
  private static final Logger LOG = LoggerFactory.getLogger(EventIntake.class);
  private static final int KIB = 1024;

  /** What even a small request counts, so that the budget also bounds how many there are. */
  private static final int LEAST_CHARGE_KIB = 16;

  private static final Duration RETRY_WHEN_BUSY = Duration.ofSeconds(1);
  private static final Duration RETRY_WHEN_AWAY = Duration.ofSeconds(5);

  /** Without requests there is no news: after this time an old failure says nothing about now. */
  private static final Duration NEWS = Duration.ofSeconds(30);

  /**
   * The answer to accepted events.
   *
   * @param events where each is, in the order of the body
   */
  private record Accepted(int accepted, List<Placed> events) {}

  private record Placed(String id, int partition, long offset) {}

  private record Failure(Instant at, String message) {}

  private final UsagePublisher publisher;
  private final CloudEventReader reader;
  private final InstantSource clock;
  private final Semaphore budgetKib;
  private volatile @Nullable Failure failure;

  EventIntake(UsagePublisher publisher, IngestSettings settings, InstantSource clock) {
    this.publisher = publisher;
    this.reader = new CloudEventReader(clock);
    this.clock = clock;
    this.budgetKib = new Semaphore(settings.bodyBudgetBytes() / KIB);
  }

  @Override
  public Answer answer(Call call) {
    if (!(call.caller() instanceof Caller.ApiKey key)) {
      throw new IllegalStateException("the guard of this route lets API keys through only");
    }
    EventTenant tenant = new EventTenant(key.organization(), key.workspace(), key.key());
    try {
      CloudEventForm form = form(call);
      int charge = charge(contentLength(call));
      if (!budgetKib.tryAcquire(charge)) {
        throw Refusal.tooBusy(
            "too many events are being taken in; nothing of this body was", RETRY_WHEN_BUSY);
      }
      try {
        return publish(reader.read(call.body(CloudEventReader.MOST_BATCH_BYTES), form, tenant));
      } finally {
        budgetKib.release(charge);
      }
    } catch (RefusedBody e) {
      return Problem.of(e);
    }
  }

  /** Down for a while after Kafka did not acknowledge. */
  Health health() {
    Failure last = failure;
    if (last == null || last.at().plus(NEWS).isBefore(clock.instant())) {
      return Health.up(publisher.inFlight() + " events in flight");
    }
    return Health.down(last.message() + " (" + last.at() + ")");
  }

  private static CloudEventForm form(Call call) {
    String contentType = call.header("Content-Type").orElse("absent");
    if (call.header("ce-specversion").isPresent()) {
      throw RefusedBody.of(
          Kind.MEDIA_TYPE,
          "ce-specversion",
          "a header",
          "must not be sent: events come in structured mode, not binary");
    }
    return CloudEventForm.of(contentType)
        .orElseThrow(
            () ->
                RefusedBody.of(Kind.MEDIA_TYPE, "Content-Type", contentType, CloudEventForm.RULE));
  }

  /** The declared length, or -1; one above the bound is refused before a byte is read. */
  private static long contentLength(Call call) {
    long length = call.header("Content-Length").map(Long::parseLong).orElse(-1L);
    if (length > CloudEventReader.MOST_BATCH_BYTES) {
      throw CloudEventReader.tooLarge("body", length);
    }
    return length;
  }

  /** A body of unknown length counts as the largest. */
  private static int charge(long contentLength) {
    long bytes = contentLength < 0 ? CloudEventReader.MOST_BATCH_BYTES : contentLength;
    return (int) Math.max(LEAST_CHARGE_KIB, Math.ceilDiv(bytes, KIB));
  }

  private Answer publish(List<UsageEvent> events) {
    List<CompletableFuture<Acknowledged>> futures = new ArrayList<>(events.size());
    for (UsageEvent event : events) {
      CompletableFuture<Acknowledged> future = publisher.publish(event);
      futures.add(future);
      if (future.isCompletedExceptionally()) {
        // The next would only wait for room, too.
        break;
      }
    }
    List<Placed> placed = new ArrayList<>(events.size());
    PublishFailed failed = null;
    for (int i = 0; i < futures.size(); i++) {
      try {
        Acknowledged place = futures.get(i).join();
        placed.add(new Placed(events.get(i).getId(), place.partition(), place.offset()));
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof PublishFailed cause)) {
          throw e;
        }
        failed = cause;
      }
    }
    if (failed == null) {
      failure = null;
      return Answer.json(202, new Accepted(placed.size(), placed));
    }
    return notAcknowledged(placed.size(), events.size(), failed);
  }

  private Answer notAcknowledged(int acknowledged, int events, PublishFailed failed) {
    LOG.warn(
        "{} of {} events of a request are acknowledged: {}",
        acknowledged,
        events,
        failed.getMessage());
    if (failed.fault() == Fault.KAFKA) {
      failure = new Failure(clock.instant(), "Kafka does not acknowledge");
    }
    Duration retryAfter =
        switch (failed.fault()) {
          case OUT_OF_RESOURCES -> RETRY_WHEN_BUSY;
          case CALLER, KAFKA -> RETRY_WHEN_AWAY;
        };
    return Problem.notAcknowledged(acknowledged, events, failed, retryAfter);
  }
}
