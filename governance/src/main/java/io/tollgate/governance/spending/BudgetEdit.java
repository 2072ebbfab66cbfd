package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.schemas.avro.Budget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to change about a budget; what is left out stays. What it is on never changes: that would
 * be another budget.
 *
 * @param anchorDay goes back to 1 with another period, unless it is given too
 */
record BudgetEdit(
    @Nullable String name,
    @Nullable String amount,
    @Nullable String period,
    @Nullable List<String> thresholds,
    @Nullable Boolean hard,
    @Nullable Integer anchorDay) {
  BudgetEdit {
    if (name != null) {
      Inputs.text("name", name);
    }
    if (amount != null) {
      BudgetFields.amount(amount);
    }
    if (period != null) {
      BudgetFields.period(period);
    }
    if (thresholds != null) {
      thresholds = List.copyOf(thresholds);
      BudgetFields.thresholds(thresholds);
    }
  }

  static BudgetEdit ofAmount(String amount) {
    return new BudgetEdit(null, amount, null, null, null, null);
  }

  /**
   * The budget as it is then, at the next version; the same one where nothing changes.
   *
   * @throws io.tollgate.schemas.InvalidInput if the period has no such anchor day
   */
  Budget applyTo(Budget before) {
    String then = period == null ? before.getPeriod() : period;
    boolean samePeriod = then.equals(before.getPeriod());
    Budget edited =
        Budget.newBuilder()
            .setBudgetId(before.getBudgetId())
            .setOrganizationId(before.getOrganizationId())
            .setScope(before.getScope())
            .setWorkspaceId(before.getWorkspaceId())
            .setApiKeyId(before.getApiKeyId())
            .setName(name == null ? before.getName() : name)
            .setAmount(amount == null ? before.getAmount() : BudgetFields.amount(amount).value())
            .setCurrency(before.getCurrency())
            .setPeriod(then)
            .setThresholds(
                thresholds == null ? before.getThresholds() : BudgetFields.thresholds(thresholds))
            .setHard(hard == null ? before.getHard() : hard)
            .setSubjectKind(before.getSubjectKind())
            .setSubject(before.getSubject())
            .setAnchorDay(
                anchorDay == null && samePeriod
                    ? before.getAnchorDay()
                    : BudgetFields.anchorDay(then, anchorDay))
            .setVersion(before.getVersion())
            .build();
    if (edited.equals(before)) {
      return before;
    }
    edited.setVersion(before.getVersion() + 1);
    return edited;
  }
}
