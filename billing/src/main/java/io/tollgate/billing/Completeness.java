package io.tollgate.billing;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code complete_through} current: asks the broker once a second, from whatever process it
 * runs in.
 */
final class Completeness implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Completeness.class);
  private static final Duration PACE = Duration.ofSeconds(1);

  private final LinePositions positions;
  private final CompactedView<PartitionOutcomes> outcomes;
  private final InstantSource clock;
  private final CompletenessTracker tracker = new CompletenessTracker();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("billing-completeness").factory());
  private volatile Optional<Instant> completeThrough = Optional.empty();

  private Completeness(
      LinePositions positions, CompactedView<PartitionOutcomes> outcomes, InstantSource clock) {
    this.positions = positions;
    this.outcomes = outcomes;
    this.clock = clock;
  }

  static Completeness start(
      LinePositions positions, CompactedView<PartitionOutcomes> outcomes, InstantSource clock) {
    Completeness completeness = new Completeness(positions, outcomes, clock);
    var unused =
        completeness.timer.scheduleWithFixedDelay(
            completeness::observe, 0, PACE.toMillis(), TimeUnit.MILLISECONDS);
    return completeness;
  }

  Optional<Instant> completeThrough() {
    return completeThrough;
  }

  private void observe() {
    try {
      Instant now = clock.instant();
      tracker.sample(now, positions.eventsEnds(metered(outcomes)));
      Map<Integer, CompletenessTracker.Metered> metered = metered(outcomes);
      tracker.metered(metered, positions.ratedEnds());
      tracker.landed(positions.landed());
      completeThrough = tracker.completeThrough();
    } catch (KafkaException e) {
      LOG.warn("positions cannot be read now, complete_through stays as it is: {}", e.getMessage());
    } catch (RuntimeException e) {
      // The timer would stop in silence.
      LOG.error("complete_through stays as it is", e);
    }
  }

  /** What the meter topology says of the current generation, by partition. */
  static Map<Integer, CompletenessTracker.Metered> metered(
      CompactedView<PartitionOutcomes> outcomes) {
    Map<Integer, CompletenessTracker.Metered> metered = new HashMap<>();
    for (PartitionOutcomes partition : outcomes.values()) {
      if (partition.getGeneration() == UsagePartitions.GENERATION) {
        metered.put(
            partition.getPartition(),
            new CompletenessTracker.Metered(partition.getNextOffset(), partition.getWaiting()));
      }
    }
    return metered;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
