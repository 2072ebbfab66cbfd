package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.streams.LineUnderTest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The auditor of live usage: whatever is asked about a scope and a period is answered with what the
 * deltas come to, and with the period that budgets have.
 */
final class TallyLedger {
  private static final List<String> PERIODS =
      List.of("day", "week", "month", "quarter", "year", "total");

  private final AuditedSums sums;
  private final AuditedZones zones;
  private int questions;

  TallyLedger(AuditedSums sums, AuditedZones zones) {
    this.sums = sums;
    this.zones = zones;
  }

  /**
   * Asks about one scope of those a task has, each time about another.
   *
   * @param stores of a task that has just committed
   * @param here whether an organization's usage comes to the task
   */
  void askOne(LineUnderTest.Stores stores, Predicate<String> here, Instant now) {
    List<AuditedScope> scopes = scopes(here);
    if (!scopes.isEmpty()) {
      ask(stores, scopes.get(questions++ % scopes.size()), now);
    }
  }

  /** Asks about all scopes that a task has. */
  void askAll(LineUnderTest.Stores stores, Predicate<String> here, Instant now) {
    scopes(here).forEach(scope -> ask(stores, scope, now));
  }

  private List<AuditedScope> scopes(Predicate<String> here) {
    List<AuditedScope> scopes = new ArrayList<>(sums.scopes());
    scopes.removeIf(scope -> !here.test(scope.organization()));
    return scopes;
  }

  private void ask(LineUnderTest.Stores stores, AuditedScope scope, Instant now) {
    for (String period : PERIODS) {
      LineUnderTest.LiveSum live =
          LineUnderTest.live(
              stores,
              new LineUnderTest.Asked(
                  scope.organization(),
                  scope.kind(),
                  scope.id(),
                  scope.subjectKind(),
                  scope.subject(),
                  period),
              now);
      AuditedPeriods.Window window = zones.of(scope.organization()).window(period, 1, now);
      AuditedSum told = new AuditedSum();
      told.add(live.requests(), live.units(), live.cost());
      String is = told + " in " + new AuditedPeriods.Window(live.start(), live.end());
      String mustBe = sums.in(scope, window) + " in " + window;
      unless(
          is.equals(mustBe),
          "tallies-true",
          "%s of %s at %s is %s, must be %s",
          period,
          scope.key(),
          now,
          is,
          mustBe);
    }
  }
}
