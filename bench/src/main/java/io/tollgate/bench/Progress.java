package io.tollgate.bench;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How far the meter topology has come, as its committed outcomes tell. */
final class Progress implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(5);

  private final CompactedView<PartitionOutcomes> outcomes;

  Progress(String bootstrapServers, SchemaIds ids) {
    outcomes = CompactedView.start(Topics.USAGE_OUTCOMES, bootstrapServers, ids);
  }

  long records() {
    return outcomes.values().stream().mapToLong(PartitionOutcomes::getRecords).sum();
  }

  long rated() {
    return outcomes.values().stream().mapToLong(PartitionOutcomes::getRated).sum();
  }

  /** Waits until so many records have an outcome; gives their true number then. */
  long await(long records, Duration bound) {
    long deadline = System.nanoTime() + bound.toNanos();
    while (records() < records) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only %d of %d records were metered within %s".formatted(records(), records, bound));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return records();
  }

  @Override
  public void close() {
    outcomes.close();
  }
}
