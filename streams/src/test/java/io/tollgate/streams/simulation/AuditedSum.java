package io.tollgate.streams.simulation;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The auditor's requests, units and cost of anything. */
final class AuditedSum {
  private static final Set<String> NO_TOKENS = Set.of("web_search", "image", "second", "request");

  private long requests;
  private final Map<String, Long> units = new TreeMap<>();
  private BigDecimal cost = BigDecimal.ZERO;

  void add(long count, Map<String, Long> more, BigDecimal costs) {
    requests += count;
    more.forEach((meter, unit) -> units.merge(meter, unit, Long::sum));
    cost = cost.add(costs);
  }

  void add(AuditedSum other) {
    add(other.requests, other.units, other.cost);
  }

  BigDecimal cost() {
    return cost;
  }

  long tokens() {
    return tokens(units);
  }

  static long tokens(Map<String, Long> units) {
    long tokens = 0;
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      tokens += NO_TOKENS.contains(unit.getKey()) ? 0 : unit.getValue();
    }
    return tokens;
  }

  /** Whether it comes to nothing. */
  boolean isNothing() {
    return requests == 0
        && cost.signum() == 0
        && units.values().stream().allMatch(unit -> unit == 0);
  }

  @Override
  public String toString() {
    units.values().removeIf(unit -> unit == 0);
    return requests + " " + units + " " + cost.stripTrailingZeros().toPlainString();
  }
}
