package io.tollgate.billing;

import java.time.Instant;

/**
 * A closed batch on its way into the table.
 *
 * <pre>
 *             committed                  sent
 *  Unplanned ──────────▶ Planned ───────────────▶ Sent ──▶ landed
 *      ▲                    ▲  failed, plan fresh  │
 *      │                    └──────────────────────┤
 *      └───────────────────────────────────────────┘ failed, plan old
 * </pre>
 */
sealed interface Insertion {
  Batch batch();

  PlannedRange range();

  /**
   * The range has to be committed before anything is sent, or again because the last time is long
   * ago.
   */
  record Unplanned(Batch batch, PlannedRange range, int failures, Instant dueAt)
      implements Insertion {
    Planned planned(Instant now) {
      return new Planned(batch, range, failures, now, dueAt);
    }
  }

  /** Committed; may be sent from {@code dueAt} on. */
  record Planned(Batch batch, PlannedRange range, int failures, Instant plannedAt, Instant dueAt)
      implements Insertion {
    Sent sent() {
      return new Sent(batch, range, failures, plannedAt);
    }
  }

  /** With ClickHouse; its fate is not known yet. */
  record Sent(Batch batch, PlannedRange range, int failures, Instant plannedAt)
      implements Insertion {
    Insertion failed(Instant now, LandingLimits limits) {
      Instant dueAt = now.plus(limits.retryAfter(failures + 1));
      return dueAt.isAfter(plannedAt.plus(limits.planFreshness()))
          ? new Unplanned(batch, range, failures + 1, dueAt)
          : new Planned(batch, range, failures + 1, plannedAt, dueAt);
    }
  }
}
