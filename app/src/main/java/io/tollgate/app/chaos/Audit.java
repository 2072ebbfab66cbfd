package io.tollgate.app.chaos;

import io.tollgate.app.chaos.LineTotals.Outcomes;
import io.tollgate.app.chaos.NumberedEvents.Kind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds what the line counted against what the traffic must come to by its own arithmetic. Knows
 * nothing of how the line counts.
 */
final class Audit {
  /** More differences than this say no more. */
  private static final int MOST_DIFFERENCES = 80;

  /** Of what has landed more than once, the first of these are told one by one. */
  private static final int MOST_TWICE = 30;

  private final NumberedEvents events;
  private final List<ChaosBudget> budgets;
  private final SendLedger ledger;
  private final LineTotals line;
  private final List<String> differences = new ArrayList<>();

  Audit(NumberedEvents events, List<ChaosBudget> budgets, SendLedger ledger, LineTotals line) {
    this.events = events;
    this.budgets = budgets;
    this.ledger = ledger;
    this.line = line;
  }

  /** Whether the alerts have come that must; they follow the last usage by a commit or two. */
  boolean hasAllAlerts() {
    Map<String, Total> totals = events.totals(ledger.begun());
    List<BudgetAlert> alerts = line.alerts();
    return budgets.stream()
        .allMatch(
            budget -> {
              AlertHistory history = new AlertHistory(budget);
              alerts.forEach(history::add);
              return history.open().equals(budget.crossed(budget.spend(totals)));
            });
  }

  /** Every difference found, up to a bound; none is what is wanted. */
  List<String> differences() {
    long sent = ledger.begun();
    Map<String, Total> wanted = events.totals(sent);
    differences.addAll(line.landedTwice(MOST_TWICE));
    totals("rated", wanted, line.rated());
    totals("landed", wanted, line.landed());
    landedOnce(sent);
    outcomes(sent);
    alerts(wanted, line.alerts());
    return List.copyOf(differences.subList(0, Math.min(differences.size(), MOST_DIFFERENCES)));
  }

  private void totals(String where, Map<String, Total> wanted, Map<String, Total> found) {
    Set<String> keys = new TreeSet<>(wanted.keySet());
    keys.addAll(found.keySet());
    for (String key : keys) {
      same(
          where + " of " + key,
          wanted.getOrDefault(key, Total.NONE),
          found.getOrDefault(key, Total.NONE));
    }
  }

  private void landedOnce(long sent) {
    BitSet acknowledged = ledger.acknowledged();
    same("acknowledged sendings", sent, (long) acknowledged.cardinality());
    landedOnce("event", acknowledged, Set.of(Kind.USAGE, Kind.AMEND), line.landedNumbers());
    landedOnce("reversal", acknowledged, Set.of(Kind.VOID, Kind.AMEND), line.landedReversals());
  }

  private void landedOnce(String what, BitSet acknowledged, Set<Kind> kinds, BitSet landed) {
    BitSet wanted = new BitSet();
    acknowledged.stream()
        .filter(number -> kinds.contains(events.kind(number)))
        .forEach(wanted::set);
    BitSet lost = (BitSet) wanted.clone();
    lost.andNot(landed);
    BitSet unknown = (BitSet) landed.clone();
    unknown.andNot(wanted);
    same(what + "s acknowledged that have not landed", 0, lost.cardinality());
    same(what + "s landed that were not acknowledged", 0, unknown.cardinality());
  }

  /** Resends after kills and time-outs add duplicates, and conflicts, but nothing else. */
  private void outcomes(long sent) {
    Outcomes found = line.outcomes();
    same(
        "outcomes: rated",
        events.count(Kind.USAGE, sent) + events.count(Kind.AMEND, sent),
        found.rated());
    same("outcomes: voids", events.count(Kind.VOID, sent), found.voids());
    same(
        "outcomes: records",
        found.records(),
        found.rated() + found.duplicates() + found.rejected() + found.voids());
    same("outcomes: rejected other than conflicts", 0L, found.rejected() - found.conflicts());
    same("outcomes: unrated, waiting, rerouted, withdrawn, written off", 0L, found.other());
    same("rejections on the topic", Map.of("conflict", found.conflicts()), line.rejections());
    atLeast("outcomes: duplicates", events.count(Kind.DUPLICATE, sent), found.duplicates());
    atLeast("outcomes: conflicts", events.count(Kind.CONFLICT, sent), found.conflicts());
  }

  /** Whatever the way there: legal steps, and at the end open what the spend has reached. */
  private void alerts(Map<String, Total> totals, List<BudgetAlert> alerts) {
    long known = 0;
    for (ChaosBudget budget : budgets) {
      AlertHistory history = new AlertHistory(budget);
      alerts.forEach(history::add);
      differences.addAll(history.illegal());
      known += history.size();
      same(
          "thresholds of " + budget.id() + " open at the end",
          budget.crossed(budget.spend(totals)),
          history.open());
    }
    same("alerts of budgets of ours", (long) alerts.size(), known);
  }

  private void same(String what, Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) {
      differences.add(what + ": wanted " + wanted + ", found " + found);
    }
  }

  private void atLeast(String what, long wanted, long found) {
    if (found < wanted) {
      differences.add(what + ": wanted at least " + wanted + ", found " + found);
    }
  }
}
