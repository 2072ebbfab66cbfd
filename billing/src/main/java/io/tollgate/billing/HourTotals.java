package io.tollgate.billing;

import io.tollgate.schemas.Money;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one source says of an organization's hour.
 *
 * @param units by wire name of the meter; zeros are left out
 */
public record HourTotals(long requests, Map<String, Long> units, Money cost) {
  /** An hour of which a source knows nothing. */
  static final HourTotals NOTHING = new HourTotals(0, Map.of(), Money.ZERO);

  public HourTotals {
    Map<String, Long> told = new TreeMap<>(units);
    told.values().removeIf(count -> count == 0);
    units = Map.copyOf(told);
  }

  HourTotals plus(HourTotals other) {
    Map<String, Long> sum = new TreeMap<>(units);
    other.units.forEach((meter, count) -> sum.merge(meter, count, Math::addExact));
    return new HourTotals(Math.addExact(requests, other.requests), sum, cost.plus(other.cost));
  }

  long unitsOf(String meter) {
    return units.getOrDefault(meter, 0L);
  }
}
