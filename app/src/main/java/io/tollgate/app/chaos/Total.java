package io.tollgate.app.chaos;

import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;

/**
 * Requests, units per meter and exact cost. Costs compare by value, 1.50 being 1.5, and a meter of
 * which nothing was used is as one never told.
 */
record Total(long requests, Map<String, Long> units, BigDecimal cost) {
  static final Total NONE = new Total(0, Map.of(), BigDecimal.ZERO);

  Total {
    TreeMap<String, Long> used = new TreeMap<>(units);
    used.values().removeIf(count -> count == 0);
    units = Map.copyOf(used);
    cost = cost.stripTrailingZeros();
  }

  static Total of(UsageEvent event) {
    return new Total(1, event.getUnits(), NumberedEvents.cost(event));
  }

  Total plus(Total other) {
    Map<String, Long> sum = new TreeMap<>(units);
    other.units.forEach((meter, count) -> sum.merge(meter, count, Math::addExact));
    return new Total(requests + other.requests, sum, cost.add(other.cost));
  }

  Total negated() {
    TreeMap<String, Long> taken = new TreeMap<>();
    units.forEach((meter, count) -> taken.put(meter, -count));
    return new Total(-requests, taken, cost.negate());
  }

  /** Of all keys together. */
  static Total sum(Map<String, Total> byKey) {
    return byKey.values().stream().reduce(NONE, Total::plus);
  }

  @Override
  public String toString() {
    return requests + " requests, " + new TreeMap<>(units) + ", " + cost.toPlainString();
  }
}
