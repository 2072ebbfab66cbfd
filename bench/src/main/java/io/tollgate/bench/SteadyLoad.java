package io.tollgate.bench;

import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends at a steady rate, and spread over it events of which each is known to cross the threshold
 * of a budget of its own.
 */
final class SteadyLoad implements AutoCloseable {
  static final String ORGANIZATION = "org-latency";
  static final String WORKSPACE = "ws-latency";
  private static final Duration TICK = Duration.ofMillis(2);
  private static final Duration BETWEEN_CROSSINGS = Duration.ofMillis(100);

  private final UsagePublisher publisher;
  private final Workload background;
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
  private final AtomicLong refused = new AtomicLong();
  private long sent;

  SteadyLoad(Rig rig, Workload background) {
    this.publisher =
        UsagePublisher.open(
            rig.endpoints().bootstrapServers(), rig.ids(), PublisherSettings.standard());
    this.background = background;
  }

  /** How many crossings a run of this length has. */
  static int crossings(Duration length) {
    return Math.toIntExact(length.toMillis() / BETWEEN_CROSSINGS.toMillis());
  }

  static String key(String run, int crossing) {
    return "key-" + run + "-" + crossing;
  }

  static String budget(String run, int crossing) {
    return "budget-" + run + "-" + crossing;
  }

  /** Sends for so long, until all of it is accepted; returns what is sent per second. */
  double send(String run, double perSecond, Duration length) {
    long began = System.nanoTime();
    long first = sent;
    int crossed = 0;
    for (long now = 0; now < length.toNanos(); now = System.nanoTime() - began) {
      long due = first + (long) (now / 1e9 * perSecond);
      while (sent < due) {
        publish(background.event(sent++), null);
      }
      if (crossed < crossings(length) && now >= crossed * BETWEEN_CROSSINGS.toNanos()) {
        publish(crossing(run, crossed), budget(run, crossed));
        crossed++;
      }
      LockSupport.parkNanos(TICK.toNanos());
    }
    publisher.flush();
    return (sent - first) * 1e9 / (System.nanoTime() - began);
  }

  private void publish(UsageEvent event, @Nullable String budget) {
    var unused =
        publisher
            .publish(event)
            .whenComplete(
                (place, failure) -> {
                  if (failure != null) {
                    refused.incrementAndGet();
                  } else if (budget != null) {
                    acknowledged.put(budget, System.nanoTime());
                  }
                });
  }

  /** 0.0035 dollars: above 80 % of 0.004. */
  private static UsageEvent crossing(String run, int number) {
    return UsageEvent.newBuilder()
        .setSource("gateway-latency")
        .setId(run + "-" + number)
        .setEventTime(Instant.now())
        .setOrganizationId(ORGANIZATION)
        .setWorkspaceId(WORKSPACE)
        .setApiKeyId(key(run, number))
        .setProvider("bench")
        .setModel(Workload.MODELS[0])
        .setServiceTier("standard")
        .setUnits(Map.of("input", 1_000L, "output", 100L))
        .setQuality(Quality.REPORTED)
        .build();
  }

  /** When each crossing event was acknowledged, in nanoseconds of this JVM, by budget. */
  Map<String, Long> acknowledged() {
    return acknowledged;
  }

  long refused() {
    return refused.get();
  }

  @Override
  public void close() {
    publisher.close();
  }
}
