package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.AlertCause;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.Wallet;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;

/** Words a threshold's change as an alert. */
final class Alerts {
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final int PERCENTAGE_SCALE = 6;
  private static final int THRESHOLD_SCALE = 6;

  /** The budget_id of a wallet's alerts. */
  static final String WALLET = "wallet";

  private Alerts() {}

  static BudgetAlert of(
      Budget budget,
      PeriodWindow window,
      Thresholds.Change change,
      Money spend,
      Occasion occasion) {
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
        .setRaisedAt(occasion.now())
        .setAppendedFrom(occasion.appendedFrom())
        .setSubjectKind(budget.getSubjectKind())
        .setSubject(budget.getSubject())
        .setCause(AlertCause.BUDGET)
        .build();
  }

  /**
   * A low-balance mark of a wallet that was reached, or is not any more.
   *
   * @param credited so far, above zero
   */
  static BudgetAlert of(
      Wallet wallet, WalletState state, WalletState.Change change, Money credited, Instant now) {
    BigDecimal amount = credited.value();
    BigDecimal burned = state.burned().value();
    return BudgetAlert.newBuilder()
        .setAlertId(
            "%s/%s/%s/%d"
                .formatted(
                    WALLET,
                    wallet.getOrganizationId(),
                    change.mark().stripTrailingZeros().toPlainString(),
                    change.episode()))
        .setCause(AlertCause.WALLET)
        .setKind(change.kind())
        .setBudgetId(WALLET)
        .setBudgetName("Wallet")
        .setBudgetVersion(wallet.getVersion())
        .setOrganizationId(wallet.getOrganizationId())
        .setScope(ScopeKind.ORGANIZATION)
        .setPeriod(Period.TOTAL.wireName())
        .setPeriodStart(wallet.getOpenedAt())
        .setPeriodEnd(null)
        // The mark is an amount, not a fraction: low_balance says it.
        .setThreshold(BigDecimal.ZERO.setScale(THRESHOLD_SCALE))
        .setEpisode(change.episode())
        .setHard(wallet.getStopAtZero())
        .setSpend(burned)
        .setAmount(amount)
        .setPercentage(burned.multiply(HUNDRED).divide(amount, PERCENTAGE_SCALE, RoundingMode.DOWN))
        .setCurrency(wallet.getCurrency())
        .setRaisedAt(now)
        .setBalance(state.balance(credited).value())
        .setLowBalance(Money.of(change.mark()).value())
        .build();
  }
}
