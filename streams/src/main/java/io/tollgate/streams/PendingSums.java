package io.tollgate.streams;

import java.util.Arrays;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The pending sums of one bucket, as they came and in the form in which they are logged: most are
 * asked about by nobody before they are added to their cells, so that bringing together those of a
 * cell can wait until then. They are found by a hash of their scope. Not thread-safe.
 */
final class PendingSums {
  private final TallyBytes bytes = new TallyBytes(1024);

  /** By the number of a sum. */
  private int[] hashes = new int[16];

  private int[] starts = new int[16];
  private int count;

  /** What lies before this in the buffer is in the log. */
  private int loggedTo;

  /**
   * @param hash of the cell's scope ({@link TallyLog#bucket})
   * @param key of the cell, from the beginning of a buffer
   */
  void add(int hash, GrowingBytes key, Tally tally) {
    enter(hash);
    SumBytes.write(bytes, key.bytes, 0, key.length(), tally);
  }

  /** Adds one that has been logged; none that is still to be logged may be there. */
  void addLogged(int hash, SumBytes sum) {
    enter(hash);
    sum.copy(bytes);
    loggedTo = bytes.length();
  }

  private void enter(int hash) {
    if (count == starts.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
    }
    hashes[count] = hash;
    starts[count] = bytes.length();
    count++;
  }

  /**
   * Hands over what is to be logged, in as many values as it takes.
   *
   * @param bucket whose sums these are
   */
  void log(int bucket, TallyLog.Values values) {
    int from = loggedTo;
    int first = Arrays.binarySearch(starts, 0, count, from);
    for (int i = Math.max(first, 0); from < bytes.length() && i < count; i++) {
      int end = i + 1 < count ? starts[i + 1] : bytes.length();
      if (end - from >= TallyLog.MOST_BYTES || end == bytes.length()) {
        values.accept(bucket, TallyLog.value(bytes.bytes, from, end));
        from = end;
      }
    }
    loggedTo = bytes.length();
  }

  /**
   * Hands over what counts for a scope from a quarter-hour to another, both included.
   *
   * @param owner what the keys of the scope's cells begin with
   * @param folded the last key whose sums are in the cells already; null if none is
   */
  void forEach(
      Scope scope,
      byte[] owner,
      int first,
      int last,
      byte @Nullable [] folded,
      ObjIntConsumer<Tally> each) {
    int hash = Arrays.hashCode(owner);
    for (int i = 0; i < count; i++) {
      if (hashes[i] == hash) {
        SumBytes sum = sum(i);
        if (sum.keyStartsWith(owner) && (folded == null || !sum.isUpTo(folded))) {
          int quarterHour = sum.quarterHour();
          if (quarterHour >= first && quarterHour <= last && sum.countsFor(scope)) {
            each.accept(sum.tally(), quarterHour);
          }
        }
      }
    }
  }

  /** Forgets all of them and keeps the room that they took. */
  void clear() {
    bytes.reset();
    count = 0;
    loggedTo = 0;
  }

  private SumBytes sum(int number) {
    return SumBytes.at(bytes.bytes, starts[number]);
  }

  /** All of them as they came. None may be added while they are used. */
  SumBytes[] toArray() {
    SumBytes[] all = new SumBytes[count];
    Arrays.setAll(all, this::sum);
    return all;
  }
}
