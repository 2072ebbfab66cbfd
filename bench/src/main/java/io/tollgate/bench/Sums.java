package io.tollgate.bench;

import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What every contender must arrive at.
 *
 * @param units over all meters
 * @param picos cost in picodollars; 0 where nothing is rated
 * @param keys distinct (organization, workspace, key)
 */
record Sums(long events, long units, long picos, int keys) {
  static long unitsOf(Map<String, Long> units) {
    long sum = 0;
    for (long count : units.values()) {
      sum += count;
    }
    return sum;
  }

  Sums unrated() {
    return new Sums(events, units, 0, keys);
  }

  /** Where keys were not looked at. */
  Sums withoutKeys() {
    return new Sums(events, units, picos, 0);
  }

  /** Adds up. Not thread-safe. */
  static final class Builder {
    private long events;
    private long units;
    private long picos;
    private final Set<String> keys = new HashSet<>();

    void add(String key, long moreEvents, long moreUnits, long morePicos) {
      events = Math.addExact(events, moreEvents);
      units = Math.addExact(units, moreUnits);
      picos = Math.addExact(picos, morePicos);
      keys.add(key);
    }

    void add(UsageEvent event) {
      add(
          UsagePartitions.key(
              event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId()),
          1,
          unitsOf(event.getUnits()),
          Workload.picos(event.getUnits()));
    }

    Sums build() {
      return new Sums(events, units, picos, keys.size());
    }
  }
}
