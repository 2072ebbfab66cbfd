package io.tollgate.streams;

import java.util.Arrays;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** Pending sums in memory, spread over the buckets of their log. Not thread-safe. */
final class PendingLayer {
  private final PendingSums[] buckets = new PendingSums[TallyLog.BUCKETS];
  private final TallyBytes key = new TallyBytes(128);
  private int size;

  PendingLayer() {
    Arrays.setAll(buckets, bucket -> new PendingSums());
  }

  /** How many sums there are; of one cell as many as were added. */
  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds what is to be logged. */
  void add(Cell cell, Tally tally) {
    key.reset();
    TallyKey.write(cell, key);
    int hash = hash(key.bytes, 0, key.length());
    buckets[TallyLog.bucket(hash)].add(hash, key, tally);
    size++;
  }

  /** Adds what has been logged. */
  void addLogged(SumBytes sum) {
    int hash = hash(sum.bytes(), sum.keyFrom(), sum.keyLength());
    buckets[TallyLog.bucket(hash)].addLogged(hash, sum);
    size++;
  }

  /** Of what a key says whose cell it is, as {@link Arrays#hashCode} has it. */
  private static int hash(byte[] bytes, int from, int length) {
    int hash = 1;
    int to = from + TallyKey.ownerLength(bytes, from, length);
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash;
  }

  /** Hands over what was added since it was asked last. */
  void log(TallyLog.Values values) {
    for (int bucket = 0; bucket < buckets.length; bucket++) {
      buckets[bucket].log(bucket, values);
    }
  }

  /**
   * Hands over what counts for a scope from a quarter-hour to another, both included.
   *
   * @param folded the last key whose sums are in the cells already; null if none is
   */
  void forEach(
      Scope scope, int first, int last, byte @Nullable [] folded, ObjIntConsumer<Tally> each) {
    byte[] owner = TallyKey.owner(scope);
    int bucket = TallyLog.bucket(Arrays.hashCode(owner));
    buckets[bucket].forEach(scope, owner, first, last, folded, each);
  }

  /**
   * Forgets all of them and keeps the room that they took: buffers that grow anew with every layer
   * are old when they are dropped, and fill the part of the heap whose collection stops everything
   * for a second.
   */
  void clear() {
    for (PendingSums bucket : buckets) {
      bucket.clear();
    }
    size = 0;
  }

  /** All of them in the order of their cells' keys. None may be added any more. */
  SumsInOrder inOrder() {
    return new SumsInOrder(buckets);
  }
}
