package io.tollgate.app.run;

import io.tollgate.app.workload.OwnCount;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.schemas.BudgetId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A threshold that the workload, by its own count, must cross exactly once. */
public record ExpectedAlert(BudgetId budget, BigDecimal threshold) {
  private static final List<BigDecimal> THRESHOLDS = List.of(new BigDecimal("0.8"), BigDecimal.ONE);

  static List<ExpectedAlert> of(TenantPlan plan, OwnCount count) {
    List<ExpectedAlert> expected = new ArrayList<>();
    for (TenantPlan.Organization organization : plan.organizations()) {
      add(organization.budget(), count.spend(organization.id()), expected);
      for (TenantPlan.Workspace workspace : organization.workspaces()) {
        add(workspace.budget(), count.spend(workspace.id()), expected);
      }
    }
    return expected;
  }

  private static void add(
      Optional<TenantPlan.Budget> budget, BigDecimal spend, List<ExpectedAlert> expected) {
    if (budget.isPresent()) {
      BigDecimal amount = TenancySetup.amount(budget.get(), spend);
      for (BigDecimal threshold : THRESHOLDS) {
        if (spend.compareTo(amount.multiply(threshold)) >= 0) {
          expected.add(new ExpectedAlert(budget.get().id(), threshold));
        }
      }
    }
  }
}
