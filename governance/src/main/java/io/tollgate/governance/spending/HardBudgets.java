package io.tollgate.governance.spending;

import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Budget;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * The budgets that stop traffic, on scopes themselves. As with limits, one below is never looser
 * than one above for the same period; what is not set below is inherited.
 */
final class HardBudgets {
  private HardBudgets() {}

  /** Budgets of one organization that may loosen each other change one after the other. */
  static void lock(Handle handle, OrganizationId organization) {
    Organizations.lock(handle, organization);
  }

  /** All of an organization; monthly ones first, then the lowest. */
  static List<BudgetRows.Row> all(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT * FROM budgets WHERE organization_id = :organization AND subject IS NULL"
                + " AND hard"
                + BudgetRows.ALIVE
                + " ORDER BY (period = 'month') DESC, amount, id")
        .bind("organization", organization.value())
        .map((row, context) -> BudgetRows.row(row))
        .list();
  }

  /** Whether one below allows more than one above in the same period. */
  static boolean isLooser(Budget below, Budget above) {
    return below.getPeriod().equals(above.getPeriod())
        && below.getAmount().compareTo(above.getAmount()) > 0;
  }

  /**
   * Checks a budget that is to be, whose organization is locked.
   *
   * @throws InvalidInput if it is looser than one above
   * @throws Refusal 409 if it is tighter than one below
   */
  static void check(Handle handle, Budget wanted) {
    if (!wanted.getHard() || wanted.getSubject() != null) {
      return;
    }
    LimitScope scope = scope(wanted);
    for (BudgetRows.Row row : all(handle, scope.organization())) {
      Budget other = row.budget();
      LimitScope at = scope(other);
      if (scope.isBelow(at) && isLooser(wanted, other)) {
        throw new InvalidInput(
            "amount",
            Inputs.plain(wanted.getAmount()),
            "must not be looser than above: "
                + at
                + " has "
                + Inputs.plain(other.getAmount())
                + " per "
                + other.getPeriod()
                + " by the hard budget "
                + other.getBudgetId());
      }
      if (at.isBelow(scope) && isLooser(other, wanted)) {
        throw Refusal.conflict(
            "amount",
            Inputs.plain(wanted.getAmount()),
            "would be tighter than below: "
                + at
                + " has "
                + Inputs.plain(other.getAmount())
                + " per "
                + other.getPeriod()
                + " by the hard budget "
                + other.getBudgetId()
                + "; tighten that first");
      }
    }
  }

  static LimitScope scope(Budget budget) {
    return new LimitScope(
        new OrganizationId(budget.getOrganizationId()),
        budget.getWorkspaceId(),
        budget.getApiKeyId());
  }
}
