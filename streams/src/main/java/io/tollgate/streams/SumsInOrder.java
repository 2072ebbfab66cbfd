package io.tollgate.streams;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * The pending sums of a layer in the order of their cells' keys. They are put in order bucket by
 * bucket, so that no commit waits for all of them: a hundred thousand at once took one up to two
 * seconds.
 */
final class SumsInOrder {
  private final PendingSums[] buckets;
  private int ordered;
  private final PriorityQueue<Run> runs = new PriorityQueue<>();

  /**
   * @param buckets none of whose sums may change any more; all of a cell are in one
   */
  SumsInOrder(PendingSums[] buckets) {
    this.buckets = buckets;
  }

  /** Of nothing. */
  static SumsInOrder none() {
    return new SumsInOrder(new PendingSums[0]);
  }

  /** Puts at least so many more in order, if there are as many; tells whether all are now. */
  boolean order(int most) {
    int left = most;
    while (left > 0 && ordered < buckets.length) {
      SumBytes[] sums = buckets[ordered++].toArray();
      if (sums.length > 0) {
        Arrays.sort(sums);
        runs.add(new Run(sums));
        left -= sums.length;
      }
    }
    return ordered == buckets.length;
  }

  /** Whether there is another; asked when all are in order. */
  boolean hasNext() {
    return !runs.isEmpty();
  }

  SumBytes next() {
    Run first = runs.remove();
    SumBytes sum = first.take();
    if (first.hasNext()) {
      runs.add(first);
    }
    return sum;
  }

  /** Whether the next one is of the same cell. */
  boolean nextIsLike(SumBytes sum) {
    Run first = runs.peek();
    return first != null && first.head().compareTo(sum) == 0;
  }

  /** Of one bucket, by its first that was not taken. */
  private static final class Run implements Comparable<Run> {
    private final SumBytes[] sums;
    private int next;

    private Run(SumBytes[] sums) {
      this.sums = sums;
    }

    private SumBytes head() {
      return sums[next];
    }

    private SumBytes take() {
      return sums[next++];
    }

    private boolean hasNext() {
      return next < sums.length;
    }

    @Override
    public int compareTo(Run other) {
      return head().compareTo(other.head());
    }
  }
}
