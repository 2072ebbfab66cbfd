package io.tollgate.streams;

import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * How many records of one partition have which outcome. The equation: records = rated + duplicate +
 * rejected + unrated + waiting + rerouted + voids + withdrawn + written off, where rejected
 * includes conflicts. Beside it: how many reversals were written, so that rated usage has one
 * record per rated event and per reversal.
 */
final class OutcomeCounts {
  private static final String KEY = "counts";
  private static final byte FORMAT = 2;
  private static final int COUNTS = Outcome.values().length;

  private final long[] counts = new long[COUNTS];
  private long records;
  private long nextOffset;
  private long reversals;
  private boolean changed;

  /** What the store holds; nothing counted if it holds nothing. */
  static OutcomeCounts read(KeyValueStore<String, byte[]> store) {
    OutcomeCounts counts = new OutcomeCounts();
    byte @Nullable [] stored = store.get(KEY);
    if (stored != null) {
      ByteBuffer in = ByteBuffer.wrap(stored);
      byte format = in.get();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "the outcome counts have format " + format + ", this version reads " + FORMAT);
      }
      counts.nextOffset = in.getLong();
      counts.records = in.getLong();
      counts.reversals = in.getLong();
      for (int i = 0; i < COUNTS; i++) {
        counts.counts[i] = in.getLong();
      }
    }
    return counts;
  }

  void write(KeyValueStore<String, byte[]> store) {
    ByteBuffer out = ByteBuffer.allocate(1 + (3 + COUNTS) * Long.BYTES);
    out.put(FORMAT).putLong(nextOffset).putLong(records).putLong(reversals);
    for (long count : counts) {
      out.putLong(count);
    }
    store.put(KEY, out.array());
    changed = false;
  }

  /** All records below this offset are counted. */
  long nextOffset() {
    return nextOffset;
  }

  boolean hasChanged() {
    return changed;
  }

  /** Counts the first outcome of the record at an offset. */
  void first(long offset, Outcome outcome) {
    records++;
    nextOffset = offset + 1;
    counts[outcome.ordinal()]++;
    changed = true;
  }

  void reversal() {
    reversals++;
    changed = true;
  }

  /** Moves a record counted before from one outcome to another. */
  void move(Outcome from, Outcome to) {
    counts[from.ordinal()]--;
    counts[to.ordinal()]++;
    changed = true;
  }

  PartitionOutcomes toRecord(int generation, int partition, Instant committedAt) {
    long rejected = of(Outcome.REJECTED) + of(Outcome.CONFLICT);
    return new PartitionOutcomes(
        generation,
        partition,
        nextOffset,
        records,
        of(Outcome.RATED),
        of(Outcome.DUPLICATE),
        rejected,
        of(Outcome.CONFLICT),
        of(Outcome.UNRATED),
        of(Outcome.WAITING),
        of(Outcome.REROUTED),
        committedAt,
        of(Outcome.VOID),
        of(Outcome.WITHDRAWN),
        of(Outcome.WRITTEN_OFF),
        reversals);
  }

  private long of(Outcome outcome) {
    return counts[outcome.ordinal()];
  }
}
