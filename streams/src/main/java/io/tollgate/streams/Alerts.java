package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.AlertCause;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;

/** Words a threshold's change as an alert. */
final class Alerts {
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final int PERCENTAGE_SCALE = 6;
  private static final int THRESHOLD_SCALE = 6;

  private Alerts() {}

  static BudgetAlert of(
      Budget budget, PeriodWindow window, Thresholds.Change change, Money spend, Instant now) {
    BigDecimal threshold = change.threshold().setScale(THRESHOLD_SCALE, RoundingMode.UNNECESSARY);
    return BudgetAlert.newBuilder()
        .setAlertId(
            "%s/%s/%s/%d"
                .formatted(
                    budget.getBudgetId(),
                    window.name(),
                    threshold.stripTrailingZeros().toPlainString(),
                    change.episode()))
        .setKind(change.kind())
        .setBudgetId(budget.getBudgetId())
        .setBudgetName(budget.getName())
        .setBudgetVersion(budget.getVersion())
        .setOrganizationId(budget.getOrganizationId())
        .setScope(budget.getScope())
        .setWorkspaceId(budget.getWorkspaceId())
        .setApiKeyId(budget.getApiKeyId())
        .setPeriod(budget.getPeriod())
        .setPeriodStart(window.start())
        .setPeriodEnd(window.end())
        .setThreshold(threshold)
        .setEpisode(change.episode())
        .setHard(budget.getHard())
        .setSpend(spend.value())
        .setAmount(budget.getAmount())
        .setPercentage(
            spend
                .value()
                .multiply(HUNDRED)
                .divide(budget.getAmount(), PERCENTAGE_SCALE, RoundingMode.DOWN))
        .setCurrency(budget.getCurrency())
        .setRaisedAt(now)
        .setSubjectKind(budget.getSubjectKind())
        .setSubject(budget.getSubject())
        .setCause(AlertCause.BUDGET)
        .build();
  }
}
