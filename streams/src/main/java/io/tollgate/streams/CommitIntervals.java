package io.tollgate.streams;

import java.time.Duration;

/**
 * How often the topologies commit; most of an alert's latency.
 *
 * <p>The budget topology sees usage once the meter topology has committed it, and others see an
 * alert once the budget topology has. The meter topology writes one record per organization,
 * partition and commit, so that its interval is also what throughput depends on. The budget
 * topology commits out of turn what somebody waits for ({@link CommitRequests}); its interval is
 * for the rest.
 *
 * @param meter between two commits of the meter topology
 * @param budget between two commits of the budget topology at most
 * @param alert between two commits that alerts, and limits which change, ask for out of turn
 */
public record CommitIntervals(Duration meter, Duration budget, Duration alert) {
  public CommitIntervals {
    if (!meter.isPositive() || !budget.isPositive() || !alert.isPositive()) {
      throw new IllegalArgumentException("commit intervals must be positive");
    }
  }

  /** Alerts within a second, as long as the machine keeps up. */
  static CommitIntervals standard() {
    return new CommitIntervals(
        Duration.ofMillis(400), Duration.ofMillis(1_000), Duration.ofMillis(100));
  }

  Duration longest() {
    return meter.compareTo(budget) > 0 ? meter : budget;
  }
}
