package io.tollgate.bench;

import java.util.Map;

/**
 * What every contender must arrive at: how many events, how many units over all meters, how many
 * keys.
 *
 * @param keys distinct (organization, workspace, key)
 */
record Sums(long events, long units, int keys) {
  static long unitsOf(Map<String, Long> units) {
    long sum = 0;
    for (long count : units.values()) {
      sum += count;
    }
    return sum;
  }
}
