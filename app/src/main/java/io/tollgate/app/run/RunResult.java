package io.tollgate.app.run;

import io.tollgate.app.api.Reconciliation;
import io.tollgate.app.api.UsageRow;
import io.tollgate.app.run.LineFigures.Outcomes;
import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.Workload;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run came to, by the workload's own count and by the line's.
 *
 * @param sent records handed to the publisher, those sent twice included
 * @param outcomes of those records
 * @param before usage of the workload's period before the run, of its organizations
 * @param after the same afterwards
 */
public record RunResult(
    Workload workload,
    OwnCount own,
    long sent,
    Outcomes outcomes,
    List<UsageRow> before,
    List<UsageRow> after,
    List<ExpectedAlert> expectedAlerts,
    List<BudgetAlert> alerts,
    Reconciliation reconciliation) {
  public RunResult {
    before = List.copyOf(before);
    after = List.copyOf(after);
    expectedAlerts = List.copyOf(expectedAlerts);
    alerts = List.copyOf(alerts);
  }

  /** One thing that has to hold, in words, and whether it does. */
  public record Check(String text, boolean holds) {}

  public boolean isGood() {
    return checks().stream().allMatch(Check::holds);
  }

  /** Everything that has to hold. */
  public List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    long events = workload.events();
    boolean first = outcomes.rated() == events;
    boolean again = outcomes.rated() == 0;
    checks.add(
        new Check(
            "every record has an outcome: %,d sent = %,d rated + %,d duplicates"
                .formatted(sent, outcomes.rated(), outcomes.duplicate()),
            outcomes.rated() + outcomes.duplicate() == sent && outcomes.records() == sent));
    if (first) {
      checks.add(
          new Check(
              "what was used grew by exactly what the generator counted itself, for %d workspaces × models, to the last digit"
                  .formatted(own.groups().size()),
              difference(after, before).equals(counted())));
    } else if (again) {
      checks.add(
          new Check(
              "every event was there already, and no figure grew",
              difference(after, before).isEmpty()));
    } else {
      checks.add(
          new Check(
              "some events were there already; what is there now is what the generator counted"
                  + " itself",
              difference(after, List.of()).equals(counted())));
    }
    if (!expectedAlerts.isEmpty()) {
      checks.add(
          new Check(
              "each of the %d budget thresholds that were crossed raised one alert, and no other did"
                  .formatted(expectedAlerts.size()),
              raised().equals(expected())));
    }
    checks.add(
        new Check("the books balance: " + reconciliation.summary(), reconciliation.isBalanced()));
    return checks;
  }

  private Map<OwnCount.Group, List<BigDecimal>> counted() {
    Map<OwnCount.Group, List<BigDecimal>> figures = new TreeMap<>();
    own.groups()
        .forEach(
            (group, sums) ->
                figures.put(
                    group,
                    figures(
                        sums.requests(), sums.inputTokens(), sums.outputTokens(), sums.cost())));
    return figures;
  }

  /** Groups that did not change are left out. */
  private static Map<OwnCount.Group, List<BigDecimal>> difference(
      List<UsageRow> now, List<UsageRow> then) {
    Map<OwnCount.Group, List<BigDecimal>> figures = new TreeMap<>();
    now.forEach(row -> figures.merge(group(row), figures(row), RunResult::plus));
    then.forEach(
        row ->
            figures.merge(
                group(row),
                figures(row).stream().map(BigDecimal::negate).toList(),
                RunResult::plus));
    figures.replaceAll((group, values) -> values.stream().map(RunResult::plain).toList());
    figures.values().removeIf(values -> values.stream().allMatch(value -> value.signum() == 0));
    return figures;
  }

  private static OwnCount.Group group(UsageRow row) {
    return new OwnCount.Group(row.organization(), row.workspace(), row.model());
  }

  private static List<BigDecimal> figures(UsageRow row) {
    return figures(row.requests(), row.inputTokens(), row.outputTokens(), row.cost());
  }

  private static List<BigDecimal> figures(long requests, long input, long output, BigDecimal cost) {
    return List.of(
        plain(BigDecimal.valueOf(requests)),
        plain(BigDecimal.valueOf(input)),
        plain(BigDecimal.valueOf(output)),
        plain(cost));
  }

  /** One form per value, so that equal figures are equal objects. */
  private static BigDecimal plain(BigDecimal value) {
    return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
  }

  private static List<BigDecimal> plus(List<BigDecimal> a, List<BigDecimal> b) {
    List<BigDecimal> sums = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      sums.add(a.get(i).add(b.get(i)));
    }
    return sums;
  }

  private List<String> raised() {
    return alerts.stream()
        .filter(alert -> alert.getKind() == AlertKind.CROSSED)
        .map(alert -> alert.getBudgetId() + " " + plain(alert.getThreshold()).toPlainString())
        .sorted()
        .toList();
  }

  private List<String> expected() {
    return expectedAlerts.stream()
        .map(alert -> alert.budget() + " " + plain(alert.threshold()).toPlainString())
        .sorted()
        .toList();
  }
}
