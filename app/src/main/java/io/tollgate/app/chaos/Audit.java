package io.tollgate.app.chaos;

import io.tollgate.app.chaos.LineTotals.Outcomes;
import io.tollgate.app.chaos.NumberedEvents.Kind;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
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
  private static final int MOST_DIFFERENCES = 50;

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

  /** Whether as many alerts have come as must; they follow the last usage by a commit or two. */
  boolean hasAllAlerts() {
    Map<String, Total> totals = events.totals(ledger.begun());
    long wanted =
        budgets.stream().mapToLong(budget -> budget.crossed(budget.spend(totals)).size()).sum();
    return line.alerts().size() >= wanted;
  }

  /** Every difference found, up to a bound; none is what is wanted. */
  List<String> differences() {
    long sent = ledger.begun();
    Map<String, Total> wanted = events.totals(sent);
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
    BitSet wanted = new BitSet();
    acknowledged.stream().filter(number -> events.kind(number) == Kind.USAGE).forEach(wanted::set);
    BitSet landed =
        line.landedNumbers(number -> differences.add("event " + number + " has landed twice"));
    BitSet lost = (BitSet) wanted.clone();
    lost.andNot(landed);
    BitSet unknown = (BitSet) landed.clone();
    unknown.andNot(wanted);
    same("acknowledged events that have not landed", 0, lost.cardinality());
    same("landed events that were not acknowledged", 0, unknown.cardinality());
  }

  /** Resends after kills and time-outs add duplicates, and conflicts, but nothing else. */
  private void outcomes(long sent) {
    Outcomes found = line.outcomes();
    same("outcomes: rated", events.count(Kind.USAGE, sent), found.rated());
    same(
        "outcomes: records",
        found.records(),
        found.rated() + found.duplicates() + found.rejected());
    same("outcomes: rejected other than conflicts", 0L, found.rejected() - found.conflicts());
    same("outcomes: unrated, waiting, rerouted", 0L, found.other());
    same("rejections on the topic", Map.of("conflict", found.conflicts()), line.rejections());
    atLeast("outcomes: duplicates", events.count(Kind.DUPLICATE, sent), found.duplicates());
    atLeast("outcomes: conflicts", events.count(Kind.CONFLICT, sent), found.conflicts());
  }

  /**
   * Spend only grows: each threshold is crossed once and for good, lower ones before higher ones,
   * by a spend that had reached it.
   */
  private void alerts(Map<String, Total> totals, List<BudgetAlert> alerts) {
    for (ChaosBudget budget : budgets) {
      BigDecimal spend = budget.spend(totals);
      List<BudgetAlert> own =
          alerts.stream().filter(alert -> alert.getBudgetId().equals(budget.id())).toList();
      same(
          "thresholds crossed of " + budget.id() + ", in order",
          budget.crossed(spend).stream().map(BigDecimal::stripTrailingZeros).toList(),
          own.stream().map(alert -> alert.getThreshold().stripTrailingZeros()).toList());
      for (BudgetAlert alert : own) {
        boolean legal =
            alert.getKind() == AlertKind.CROSSED
                && alert.getEpisode() == 1
                && alert.getSpend().compareTo(alert.getThreshold().multiply(budget.amount())) >= 0
                && alert.getSpend().compareTo(spend) <= 0;
        if (!legal) {
          differences.add("alert that may not be: " + alert);
        }
      }
    }
    long known =
        budgets.stream()
            .mapToLong(
                budget ->
                    alerts.stream()
                        .filter(alert -> alert.getBudgetId().equals(budget.id()))
                        .count())
            .sum();
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
