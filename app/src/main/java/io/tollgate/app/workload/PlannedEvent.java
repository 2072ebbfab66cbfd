package io.tollgate.app.workload;

import io.tollgate.schemas.Meter;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One request of a workload, before it becomes a usage event. {@code units} by meter, disjoint;
 * {@code resent} marks the second hand-out of an event, on purpose and unchanged.
 */
public record PlannedEvent(
    String id,
    Instant time,
    TenantPlan.Seat seat,
    String provider,
    String model,
    Map<String, Long> units,
    Optional<String> user,
    Optional<String> feature,
    boolean resent) {
  public PlannedEvent {
    units = Map.copyOf(units);
  }

  PlannedEvent again() {
    return new PlannedEvent(id, time, seat, provider, model, units, user, feature, true);
  }

  /** Input, cache reads and cache writes. */
  public long inputTokens() {
    return tokens(Meter.Side.INPUT_TOKENS);
  }

  /** Output and reasoning. */
  public long outputTokens() {
    return tokens(Meter.Side.OUTPUT_TOKENS);
  }

  private long tokens(Meter.Side side) {
    long sum = 0;
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      if (Meter.of(unit.getKey()).side() == side) {
        sum += unit.getValue();
      }
    }
    return sum;
  }
}
