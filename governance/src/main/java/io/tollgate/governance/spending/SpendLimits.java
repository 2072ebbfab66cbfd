package io.tollgate.governance.spending;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Budget;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The spend limit of an organization or workspace in the imitated API: its hard monthly budget, the
 * same that the routes of budgets show. Where a scope has several, the lowest is what counts and is
 * shown; which of them a change means only the routes of budgets can tell.
 */
public final class SpendLimits {
  private static final String PATH = "/spend_limit";
  private static final String NAME = "Spend limit";

  private final Changes changes;
  private final NewIds ids;
  private final Enforcement enforcement;

  /** Whether a hard budget stops traffic now, as far as governance knows. */
  public interface Enforcement {
    boolean isEnforcing(Budget budget);
  }

  public SpendLimits(Changes changes, NewIds ids, Enforcement enforcement) {
    this.changes = changes;
    this.ids = ids;
    this.enforcement = enforcement;
  }

  public void routes(Routes routes) {
    Guard read = Guard.permission(Permission.BUDGETS_READ);
    Guard write = Guard.permission(Permission.BUDGETS_WRITE);
    for (Home home : Home.values()) {
      routes
          .get(home.path(PATH), read, call -> get(call, home.of(call)))
          .post(home.path(PATH), write, call -> set(call, home.of(call)))
          .delete(home.path(PATH), write, call -> delete(call, home.of(call)));
    }
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    return shown(
        changes.read(
            handle -> {
              List<BudgetRows.Row> limits = found(handle, call.organization(), workspace, "");
              if (limits.isEmpty()) {
                throw none(call.organization(), workspace);
              }
              return limits.getFirst();
            }),
        workspace);
  }

  private Answer set(Call call, Optional<WorkspaceId> workspace) {
    SpendTerms terms = call.json(SpendTerms.class);
    String id = ids.next("bud");
    return shown(
        changes.make(
            call.caller(),
            change -> {
              List<BudgetRows.Row> before = locked(change, call, workspace);
              SpendTerms.checkCurrency(
                  terms.currency(),
                  Organizations.require(change.handle(), call.organization()).getCurrency());
              String amount = terms.cents().money().toString();
              for (BudgetRows.Row row : before) {
                Budgets.requireTighter(call, workspace, row, BudgetEdit.ofAmount(amount));
              }
              return before.isEmpty()
                  ? Budgets.insert(
                      change,
                      id,
                      BudgetTerms.monthly(NAME, amount, true),
                      call.organization(),
                      workspace,
                      Optional.empty())
                  : Budgets.edit(change, before.getFirst(), BudgetEdit.ofAmount(amount));
            }),
        workspace);
  }

  private Answer delete(Call call, Optional<WorkspaceId> workspace) {
    changes.makeOnly(
        call.caller(),
        change -> {
          List<BudgetRows.Row> before = locked(change, call, workspace);
          if (before.isEmpty()) {
            throw none(call.organization(), workspace);
          }
          Budgets.requireRemovable(call, workspace, before.getFirst());
          Budgets.delete(change, before.getFirst());
        });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", kind(workspace) + ".deleted");
    json.put("deleted", true);
    return Answer.ok(json);
  }

  /**
   * The scope's hard monthly budgets under a lock, so that two calls do not make two.
   *
   * @throws Refusal 409 if there are several, 412 if the caller means another version
   */
  private static List<BudgetRows.Row> locked(
      Change change, Call call, Optional<WorkspaceId> workspace) {
    OrganizationId organization = call.organization();
    Organizations.require(change.handle(), organization);
    Organizations.lock(change.handle(), organization);
    List<BudgetRows.Row> limits = found(change.handle(), organization, workspace, "FOR UPDATE");
    if (limits.size() > 1) {
      throw Refusal.conflict(
          "spend_limit",
          String.join(", ", limits.stream().map(row -> row.budget().getBudgetId()).toList()),
          "are several hard monthly budgets; change them by /v1/organization/budgets/{id}");
    }
    Version.check(call, limits.isEmpty() ? 0 : limits.getFirst().budget().getVersion());
    return limits;
  }

  private static List<BudgetRows.Row> found(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace, String lock) {
    Organizations.require(handle, organization);
    workspace.ifPresent(id -> Workspaces.require(handle, organization, id));
    return BudgetRows.hardOn(
        handle, organization, workspace.map(WorkspaceId::value), SpendTerms.MONTH, lock);
  }

  private static Refusal none(OrganizationId organization, Optional<WorkspaceId> workspace) {
    return Refusal.notFound(
        "spend_limit", workspace.map(WorkspaceId::value).orElse(organization.value()));
  }

  private static String kind(Optional<WorkspaceId> workspace) {
    return workspace.isPresent() ? "project.spend_limit" : "organization.spend_limit";
  }

  private Answer shown(BudgetRows.Row row, Optional<WorkspaceId> workspace) {
    Budget budget = row.budget();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", kind(workspace));
    json.put("currency", budget.getCurrency());
    json.put("interval", budget.getPeriod());
    Cents.of(budget.getAmount()).addTo(json);
    json.put(
        "enforcement",
        Map.of("status", enforcement.isEnforcing(budget) ? "enforcing" : "inactive"));
    json.put("budget_id", budget.getBudgetId());
    return Answer.ok(json).tagged(budget.getVersion());
  }
}
