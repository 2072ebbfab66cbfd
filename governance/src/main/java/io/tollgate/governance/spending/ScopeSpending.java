package io.tollgate.governance.spending;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.NewIds;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Limits, models and hard budget of an organization or workspace as one thing: what a configuration
 * document shows of them. It keeps nothing of its own; what it changes is what the routes of limits
 * and budgets show.
 */
public final class ScopeSpending {
  private static final String BUDGET_NAME = "Configured budget";

  private final NewIds ids;

  public ScopeSpending(NewIds ids) {
    this.ids = ids;
  }

  /**
   * A hard budget on the scope itself.
   *
   * @param amount decimal text in the organization's currency
   * @param period day, week, month, quarter, year or total
   */
  public record HardBudget(String amount, String period) {
    public HardBudget {
      amount = Inputs.plain(BudgetFields.amount(amount).value());
      BudgetFields.period(period);
    }
  }

  /**
   * What is set on a scope; what is null or empty is inherited.
   *
   * @param allowedModels names or patterns with {@code *}
   * @param deniedModels likewise; beside those denied above
   * @param budget the monthly one where there are several, then the lowest
   */
  public record Terms(
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      @Nullable List<String> allowedModels,
      List<String> deniedModels,
      @Nullable HardBudget budget) {
    public static final Terms NONE = new Terms(null, null, null, List.of(), null);

    public Terms {
      LimitTerms checked =
          new LimitTerms(requestsPerMinute, tokensPerMinute, null, allowedModels, deniedModels);
      allowedModels = checked.allowedModels();
      deniedModels = checked.denied();
    }

    private LimitTerms limits(@Nullable Long tokensPerDay) {
      return new LimitTerms(
          requestsPerMinute, tokensPerMinute, tokensPerDay, allowedModels, deniedModels);
    }

    private boolean hasLimits() {
      return requestsPerMinute != null
          || tokensPerMinute != null
          || allowedModels != null
          || !deniedModels.isEmpty();
    }

    private boolean sameLimits(Terms other) {
      return Objects.equals(requestsPerMinute, other.requestsPerMinute)
          && Objects.equals(tokensPerMinute, other.tokensPerMinute)
          && Objects.equals(allowedModels, other.allowedModels)
          && deniedModels.equals(other.deniedModels);
    }
  }

  /** What is set on a scope now. */
  public static Terms read(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
    LimitScope scope = scope(organization, workspace);
    Optional<Limit> limit = LimitRows.find(handle, scope);
    List<BudgetRows.Row> budgets = budgets(handle, scope);
    return new Terms(
        limit.map(Limit::getRequestsPerMinute).orElse(null),
        limit.map(Limit::getTokensPerMinute).orElse(null),
        limit.map(Limit::getAllowedModels).orElse(null),
        limit.map(Limit::getDeniedModels).orElse(List.of()),
        budgets.isEmpty() ? null : shown(budgets.getFirst().budget()));
  }

  /** Counts every change of what {@link #read} shows, by whichever route; never goes back. */
  public static int version(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
    LimitScope scope = scope(organization, workspace);
    int budgets =
        handle
            .createQuery(
                "SELECT coalesce(sum(version + CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END), 0)"
                    + " FROM budgets WHERE organization_id = :organization AND api_key_id IS NULL"
                    + " AND workspace_id IS NOT DISTINCT FROM CAST(:workspace AS text)"
                    + " AND subject IS NULL")
            .bind("organization", organization.value())
            .bind("workspace", scope.workspace())
            .mapTo(Integer.class)
            .one();
    return LimitRows.lastVersion(handle, scope) + budgets;
  }

  /** Changes of one organization's limits and budgets come one after the other. */
  public static void lock(Handle handle, OrganizationId organization) {
    HardBudgets.lock(handle, organization);
  }

  /**
   * Sets all of it, on a scope that is there and whose organization is locked.
   *
   * @param tightensOnly whether the caller may make it stricter only
   * @throws InvalidInput if it is looser than above
   * @throws Refusal 409 if it is tighter than below, or the scope has several hard budgets and
   *     another one is wanted; 403 if it is looser than before and the caller may tighten only
   */
  public void put(
      Change change,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      Terms wanted,
      boolean tightensOnly) {
    Terms before = read(change.handle(), organization, workspace);
    if (!wanted.sameLimits(before)) {
      putLimits(change, scope(organization, workspace), wanted, tightensOnly);
    }
    if (!Objects.equals(wanted.budget(), before.budget())) {
      putBudget(change, organization, workspace, wanted.budget(), tightensOnly);
    }
  }

  private static void putLimits(
      Change change, LimitScope scope, Terms wanted, boolean tightensOnly) {
    Optional<Limit> before = LimitRows.find(change.handle(), scope);
    Long tokensPerDay = before.map(Limit::getTokensPerDay).orElse(null);
    if (!wanted.hasLimits() && tokensPerDay == null) {
      before.ifPresent(
          limit -> {
            if (tightensOnly) {
              Tightness.requireTighter(limit, Limits.limit(scope, wanted.limits(null), 0));
            }
            Limits.delete(change, scope, limit);
          });
      return;
    }
    LimitTerms terms = wanted.limits(tokensPerDay);
    Limits.put(change, scope, old -> terms, tightensOnly);
  }

  private void putBudget(
      Change change,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      @Nullable HardBudget wanted,
      boolean tightensOnly) {
    List<BudgetRows.Row> before = budgets(change.handle(), scope(organization, workspace));
    if (before.size() > 1) {
      throw Refusal.conflict(
          "budgets",
          String.join(", ", before.stream().map(row -> row.budget().getBudgetId()).toList()),
          "are several hard budgets; change them by /v1/organization/budgets/{id}");
    }
    if (before.isEmpty()) {
      if (wanted != null) {
        BudgetTerms terms =
            new BudgetTerms(
                null,
                BUDGET_NAME,
                wanted.amount(),
                wanted.period(),
                null,
                true,
                null,
                null,
                null,
                null);
        Budgets.insert(change, ids.next("bud"), terms, organization, workspace, Optional.empty());
      }
      return;
    }
    BudgetRows.Row row = before.getFirst();
    if (wanted == null) {
      if (tightensOnly) {
        Tightness.refuseRemoval("amount");
      }
      Budgets.delete(change, row);
      return;
    }
    BudgetEdit edit = new BudgetEdit(null, wanted.amount(), wanted.period(), null, null, null);
    if (tightensOnly) {
      Tightness.requireTighter(row.budget(), edit.applyTo(row.budget()));
    }
    Budgets.edit(change, row, edit);
  }

  private static List<BudgetRows.Row> budgets(Handle handle, LimitScope scope) {
    return HardBudgets.all(handle, scope.organization()).stream()
        .filter(row -> HardBudgets.scope(row.budget()).equals(scope))
        .toList();
  }

  private static HardBudget shown(Budget budget) {
    return new HardBudget(Inputs.plain(budget.getAmount()), budget.getPeriod());
  }

  private static LimitScope scope(OrganizationId organization, Optional<WorkspaceId> workspace) {
    return new LimitScope(organization, workspace.map(WorkspaceId::value).orElse(null), null);
  }

  /**
   * What is looser below than above, by its name in the routes of limits and budgets; empty if
   * nothing is.
   */
  public static Optional<String> looser(Terms below, Terms above) {
    LimitScope scope = new LimitScope(new OrganizationId("any"), null, null);
    return Tightness.looser(
            Limits.limit(scope, below.limits(null), 0), Limits.limit(scope, above.limits(null), 0))
        .map(Tightness.Looser::field)
        .or(
            () ->
                isLooser(below.budget(), above.budget())
                    ? Optional.of("amount")
                    : Optional.empty());
  }

  private static boolean isLooser(@Nullable HardBudget below, @Nullable HardBudget above) {
    return below != null
        && above != null
        && below.period().equals(above.period())
        && BudgetFields.amount(below.amount()).compareTo(BudgetFields.amount(above.amount())) > 0;
  }
}
