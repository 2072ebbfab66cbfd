package io.tollgate.app.chaos;

import java.time.Duration;

/**
 * How a chaos run goes.
 *
 * @param seed decides the sequence of faults and the traffic
 * @param leastFaults as many at least
 * @param least as long at least, from the first event on
 * @param perSecond what the gateway sends
 */
public record ChaosSettings(long seed, int leastFaults, Duration least, int perSecond) {
  public ChaosSettings {
    if (leastFaults < 0 || perSecond < 1 || least.isNegative()) {
      throw new IllegalArgumentException("faults, length and rate must not be negative");
    }
  }

  /** About as many sendings as there will be: what budgets are set by. */
  long expectedSendings() {
    // A fault and what follows it take about this long.
    Duration length = Duration.ofSeconds(12).multipliedBy(leastFaults);
    return perSecond * Math.max(least.toSeconds(), length.toSeconds()) + perSecond;
  }
}
