package io.tollgate.app.chaos;

import io.tollgate.app.chaos.NumberedEvents.Key;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A budget for all time with ten thresholds that the traffic crosses one after the other.
 *
 * @param workspace empty for a budget on the whole organization
 */
record ChaosBudget(String id, String organization, Optional<String> workspace, BigDecimal amount) {
  /** A tenth, two tenths, up to all of it. */
  static final List<BigDecimal> THRESHOLDS =
      IntStream.rangeClosed(1, 10).mapToObj(tenth -> BigDecimal.valueOf(tenth, 1)).toList();

  private static final int SAMPLE = 20_000;
  private static final int CENT_SCALE = 2;

  /**
   * One on each organization and each workspace, so large that the last threshold is reached late.
   */
  static List<ChaosBudget> of(NumberedEvents events, long expected) {
    Map<String, Total> sample = events.totals(SAMPLE);
    List<ChaosBudget> budgets = new ArrayList<>();
    for (String organization :
        NumberedEvents.keys().stream().map(Key::organization).distinct().toList()) {
      budgets.add(budget(organization, Optional.empty(), sample, expected));
      NumberedEvents.keys().stream()
          .filter(key -> key.organization().equals(organization))
          .map(Key::workspace)
          .distinct()
          .forEach(
              workspace ->
                  budgets.add(budget(organization, Optional.of(workspace), sample, expected)));
    }
    return budgets;
  }

  private static ChaosBudget budget(
      String organization, Optional<String> workspace, Map<String, Total> sample, long expected) {
    ChaosBudget unset =
        new ChaosBudget(
            workspace.orElse(organization) + "-total", organization, workspace, BigDecimal.ZERO);
    BigDecimal amount =
        unset
            .spend(sample)
            .multiply(BigDecimal.valueOf(expected))
            .divide(BigDecimal.valueOf(SAMPLE), CENT_SCALE, RoundingMode.UP);
    return new ChaosBudget(unset.id, organization, workspace, amount);
  }

  /** What totals per API key come to in its scope. */
  BigDecimal spend(Map<String, Total> byKey) {
    BigDecimal spend = BigDecimal.ZERO;
    for (Key key : NumberedEvents.keys()) {
      if (key.organization().equals(organization)
          && workspace.map(key.workspace()::equals).orElse(true)) {
        spend = spend.add(byKey.getOrDefault(key.key(), Total.NONE).cost());
      }
    }
    return spend;
  }

  /** The thresholds that this spend has reached. */
  List<BigDecimal> crossed(BigDecimal spend) {
    return THRESHOLDS.stream()
        .filter(threshold -> spend.compareTo(threshold.multiply(amount)) >= 0)
        .toList();
  }
}
