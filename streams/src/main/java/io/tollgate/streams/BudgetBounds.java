package io.tollgate.streams;

import io.tollgate.schemas.avro.SubjectKind;
import java.time.Duration;

/**
 * The bounds of the budget topology.
 *
 * @param mostUsers distinct users per organization that are tallied, besides those with a budget;
 *     usage of the others counts for the organization, workspace and key only, and is reported
 * @param mostModels the same of models
 * @param mostFeatures the same of features
 * @param subjectsKept a user, model or feature without usage for this long makes room for another
 * @param quarterHoursKept tallies of workspaces and keys are kept by quarter-hour for this long
 *     after the usage, then by day
 * @param periodsKept a period that ended longer ago is judged no more, and its state is removed
 * @param readsPerStep tallies and states that are read, at least, before a step of bringing edits
 *     into force stops; the step ends with the budget at hand, which reads at most the
 *     quarter-hours kept and the days of its period
 * @param readsPerDelta the same of the step that follows each delta
 * @param daysPerStep days of scopes that are joined from quarter-hours per step
 * @param foldedFrom pending sums from which on these are added to the stores; a task has at most
 *     four and a half times as many in memory, besides those of one record, and in all but the
 *     worst case half of that
 * @param foldedPerCommit sums that are added per commit then, at least
 * @param alertCommit between two commits that alerts, and limits which change, ask for
 */
record BudgetBounds(
    int mostUsers,
    int mostModels,
    int mostFeatures,
    Duration subjectsKept,
    Duration quarterHoursKept,
    Duration periodsKept,
    int readsPerStep,
    int readsPerDelta,
    int daysPerStep,
    int foldedFrom,
    int foldedPerCommit,
    Duration alertCommit) {
  /** Usage is accepted up to 34 days late; what is that late should meet its own quarter-hour. */
  private static final Duration LATEST_USAGE = Duration.ofDays(34);

  BudgetBounds {
    positive("mostUsers", mostUsers);
    positive("mostModels", mostModels);
    positive("mostFeatures", mostFeatures);
    positive("readsPerStep", readsPerStep);
    positive("readsPerDelta", readsPerDelta);
    positive("daysPerStep", daysPerStep);
    positive("foldedFrom", foldedFrom);
    positive("foldedPerCommit", foldedPerCommit);
    if (quarterHoursKept.compareTo(LATEST_USAGE) <= 0
        || subjectsKept.compareTo(LATEST_USAGE) <= 0
        || periodsKept.compareTo(LATEST_USAGE) <= 0) {
      throw new IllegalArgumentException("must be kept for longer than usage may be late");
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1: " + value);
    }
  }

  int most(SubjectKind kind) {
    return switch (kind) {
      case USER -> mostUsers;
      case MODEL -> mostModels;
      case FEATURE -> mostFeatures;
    };
  }

  static BudgetBounds standard() {
    return new BudgetBounds(
        10_000,
        2_000,
        10_000,
        Duration.ofDays(35),
        Duration.ofDays(35),
        Duration.ofDays(400),
        20_000,
        2_000,
        100,
        100_000,
        500,
        CommitIntervals.standard().alert());
  }

  /** The same with other bounds of what is pending. */
  BudgetBounds folding(int from, int perCommit) {
    return new BudgetBounds(
        mostUsers,
        mostModels,
        mostFeatures,
        subjectsKept,
        quarterHoursKept,
        periodsKept,
        readsPerStep,
        readsPerDelta,
        daysPerStep,
        from,
        perCommit,
        alertCommit);
  }

  /** The same with another distance of commits out of turn. */
  BudgetBounds committingAlerts(Duration between) {
    return new BudgetBounds(
        mostUsers,
        mostModels,
        mostFeatures,
        subjectsKept,
        quarterHoursKept,
        periodsKept,
        readsPerStep,
        readsPerDelta,
        daysPerStep,
        foldedFrom,
        foldedPerCommit,
        between);
  }
}
