package io.tollgate.streams;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts, over all organizations of this instance since its start, the sums of users, models and
 * features that were not tallied because there were too many of them. Thread-safe.
 */
final class SubjectsLeftOut {
  private final LongAdder sums = new LongAdder();

  void count(long more) {
    sums.add(more);
  }

  long total() {
    return sums.sum();
  }
}
