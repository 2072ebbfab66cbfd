package io.tollgate.bench;

import java.util.Map;

/**
 * A stretch of usage.events that passes are made over, with what the generator knows of it.
 *
 * @param from first offset by partition
 * @param to offset after the last by partition
 * @param all over every record, repetitions included
 * @param distinct without repetitions
 */
record Section(Map<Integer, Long> from, Map<Integer, Long> to, Sums all, Sums distinct) {
  Section {
    from = Map.copyOf(from);
    to = Map.copyOf(to);
  }

  long records() {
    return all.events();
  }

  int partitions() {
    return from.size();
  }
}
