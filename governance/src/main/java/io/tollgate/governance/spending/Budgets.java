package io.tollgate.governance.spending;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.KeyHome;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Budgets on an organization, a workspace or an API key, or on a user, model or feature inside one
 * of them.
 */
public final class Budgets {
  private static final String ALL = "/budgets";
  private static final String ONE = "/{budget_id}";
  private static final String FOR_CHANGE = "FOR UPDATE";

  private final Changes changes;
  private final NewIds ids;

  public Budgets(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    Guard read = Guard.permission(Permission.BUDGETS_READ);
    for (Home home : Home.values()) {
      String all = home.path(ALL);
      Guard write = Guard.permission(write(home));
      routes
          .post(all, write, call -> create(call, home.of(call)))
          .get(all, read, call -> list(call, home.of(call)), Page.PARAMETERS)
          .get(all + ONE, read, call -> get(call, home.of(call)))
          .patch(all + ONE, write, call -> edit(call, home.of(call)))
          .delete(all + ONE, write, call -> delete(call, home.of(call)));
    }
  }

  /** In a workspace, whether it is on a key, and so which permission it needs, the budget tells. */
  private static Permission write(Home home) {
    return switch (home) {
      case ORGANIZATION -> Permission.BUDGETS_WRITE;
      case WORKSPACE -> Permission.BUDGETS_WRITE_KEY;
    };
  }

  private static BudgetId id(Call call) {
    return call.path("budget_id", text -> Fields.named("budget_id", text, BudgetId::new));
  }

  private Answer create(Call call, Optional<WorkspaceId> workspace) {
    BudgetTerms terms = call.json(BudgetTerms.class);
    Optional<ApiKeyId> key =
        Optional.ofNullable(terms.apiKeyId())
            .map(id -> Fields.named("api_key_id", id, ApiKeyId::new));
    workspace.ifPresent(one -> call.access().require(needed(key.isPresent()), one));
    String id = terms.id() == null ? ids.next("bud") : terms.id();
    return shown(
        201,
        changes.make(
            call.caller(),
            change -> insert(change, id, terms, call.organization(), workspace, key)));
  }

  static BudgetRows.Row insert(
      Change change,
      String id,
      BudgetTerms terms,
      OrganizationId organizationId,
      Optional<WorkspaceId> given,
      Optional<ApiKeyId> key) {
    Organization organization = Organizations.requireActive(change.handle(), organizationId);
    HardBudgets.lock(change.handle(), organizationId);
    String workspace =
        workspace(change.handle(), organizationId, given, key).map(WorkspaceId::value).orElse(null);
    String keyId = key.map(ApiKeyId::value).orElse(null);
    Budget budget =
        Budget.newBuilder()
            .setBudgetId(id)
            .setOrganizationId(organizationId.value())
            .setScope(BudgetRows.scope(workspace, keyId))
            .setWorkspaceId(workspace)
            .setApiKeyId(keyId)
            .setName(terms.name())
            .setAmount(terms.money().value())
            .setCurrency(organization.getCurrency())
            .setPeriod(terms.period())
            .setThresholds(terms.fractions())
            .setHard(terms.isHard())
            .setSubjectKind(terms.kind())
            .setSubject(terms.subject())
            .setAnchorDay(terms.anchor())
            .setVersion(1)
            .build();
    HardBudgets.check(change.handle(), budget);
    if (!BudgetRows.insert(change.handle(), budget, change.now())) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.BUDGETS, id, budget);
    BudgetRows.Row made = new BudgetRows.Row(budget, change.now());
    change.audit(event("budget.created", budget).to(json(made)));
    return made;
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    return shown(200, changes.read(handle -> require(handle, call, workspace, id, "")));
  }

  private Answer edit(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    BudgetEdit edit = call.json(BudgetEdit.class);
    return shown(
        200,
        changes.make(
            call.caller(),
            change -> {
              HardBudgets.lock(change.handle(), call.organization());
              BudgetRows.Row before = require(change.handle(), call, workspace, id, FOR_CHANGE);
              workspace.ifPresent(one -> requireWrite(call, one, before.budget()));
              Version.check(call, before.budget().getVersion());
              requireTighter(call, workspace, before, edit);
              return edit(change, before, edit);
            }));
  }

  static BudgetRows.Row edit(Change change, BudgetRows.Row before, BudgetEdit edit) {
    Budget edited = edit.applyTo(before.budget());
    if (edited.getVersion() != before.budget().getVersion()) {
      String id = edited.getBudgetId();
      HardBudgets.check(change.handle(), edited);
      BudgetRows.update(change.handle(), edited);
      change.publish(Topics.BUDGETS, id, edited);
      change.audit(
          event("budget.updated", edited)
              .from(json(before))
              .to(json(new BudgetRows.Row(edited, before.createdAt()))));
    }
    return new BudgetRows.Row(edited, before.createdAt());
  }

  private Answer delete(Call call, Optional<WorkspaceId> workspace) {
    BudgetId id = id(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          BudgetRows.Row before = require(change.handle(), call, workspace, id, FOR_CHANGE);
          workspace.ifPresent(one -> requireWrite(call, one, before.budget()));
          requireRemovable(call, workspace, before);
          Version.check(call, before.budget().getVersion());
          delete(change, before);
        });
    return Deleted.answer("organization.budget", id.value());
  }

  static void delete(Change change, BudgetRows.Row row) {
    Budget budget = row.budget();
    BudgetRows.delete(change.handle(), new BudgetId(budget.getBudgetId()), change.now());
    change.remove(Topics.BUDGETS, budget.getBudgetId());
    change.audit(event("budget.deleted", budget).from(json(row)));
  }

  private static Permission needed(boolean onKey) {
    return onKey ? Permission.BUDGETS_WRITE_KEY : Permission.BUDGETS_WRITE;
  }

  private static void requireWrite(Call call, WorkspaceId workspace, Budget budget) {
    call.access().require(needed(budget.getApiKeyId() != null), workspace);
  }

  /**
   * For a change to a budget by whoever may tighten only.
   *
   * @throws Refusal 403 if it would be looser
   */
  static void requireTighter(
      Call call, Optional<WorkspaceId> workspace, BudgetRows.Row before, BudgetEdit edit) {
    workspace
        .filter(one -> tightensOnly(call, one, before.budget()))
        .ifPresent(one -> Tightness.requireTighter(before.budget(), edit.applyTo(before.budget())));
  }

  /** As {@link #requireTighter} for a deletion. */
  static void requireRemovable(Call call, Optional<WorkspaceId> workspace, BudgetRows.Row before) {
    workspace
        .filter(one -> tightensOnly(call, one, before.budget()))
        .ifPresent(one -> Tightness.refuseRemoval());
  }

  private static boolean tightensOnly(Call call, WorkspaceId workspace, Budget budget) {
    return call.access().tightensOnly(needed(budget.getApiKeyId() != null), workspace);
  }

  /** Whether the organization has a budget, in that workspace if one is named. */
  public static boolean exists(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace, BudgetId id) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT 1 FROM budgets WHERE id = :id AND organization_id ="
                + " :organization AND (CAST(:workspace AS text) IS NULL"
                + " OR workspace_id = :workspace)"
                + BudgetRows.ALIVE
                + ")")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .bind("workspace", workspace.map(WorkspaceId::value).orElse(null))
        .mapTo(Boolean.class)
        .one();
  }

  private static BudgetRows.Row require(
      Handle handle, Call call, Optional<WorkspaceId> workspace, BudgetId id, String lock) {
    Organizations.require(handle, call.organization());
    workspace.ifPresent(one -> Workspaces.require(handle, call.organization(), one));
    return BudgetRows.require(
        handle, call.organization(), workspace.map(WorkspaceId::value), id, lock);
  }

  /** The workspace that the budget is in: the path's, which must hold the key, or the key's own. */
  private static Optional<WorkspaceId> workspace(
      Handle handle,
      OrganizationId organization,
      Optional<WorkspaceId> given,
      Optional<ApiKeyId> key) {
    given.ifPresent(id -> Workspaces.require(handle, organization, id));
    if (key.isEmpty()) {
      return given;
    }
    WorkspaceId own = KeyHome.require(handle, organization, key.get());
    if (given.isPresent() && !given.get().equals(own)) {
      throw Refusal.notFound("api_key_id", key.get().value());
    }
    return Optional.of(own);
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    String organization = call.organization().value();
    Listing<BudgetRows.Row> listing =
        workspace
            .map(
                id ->
                    new Listing<>(
                        "budgets",
                        "organization_id = :organization AND workspace_id = :workspace"
                            + BudgetRows.ALIVE,
                        Map.of("organization", organization, "workspace", id.value()),
                        (row, context) -> BudgetRows.row(row)))
            .orElseGet(
                () ->
                    new Listing<>(
                        "budgets",
                        "organization_id = :organization" + BudgetRows.ALIVE,
                        Map.of("organization", organization),
                        (row, context) -> BudgetRows.row(row)));
    List<BudgetRows.Row> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              workspace.ifPresent(id -> Workspaces.require(handle, call.organization(), id));
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, Budgets::json));
  }

  private static Answer shown(int status, BudgetRows.Row row) {
    return Answer.json(status, json(row)).tagged(row.budget().getVersion());
  }

  private static AuditEvent event(String type, Budget budget) {
    String workspace = budget.getWorkspaceId();
    return AuditEvent.of(type, "budget", budget.getBudgetId())
        .in(new OrganizationId(budget.getOrganizationId()))
        .in(workspace == null ? null : new WorkspaceId(workspace));
  }

  private static Map<String, Object> json(BudgetRows.Row row) {
    Budget budget = row.budget();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.budget");
    json.put("id", budget.getBudgetId());
    json.put("name", budget.getName());
    json.put("organization_id", budget.getOrganizationId());
    json.put("project_id", budget.getWorkspaceId());
    json.put("api_key_id", budget.getApiKeyId());
    json.put("amount", Inputs.plain(budget.getAmount()));
    json.put("currency", budget.getCurrency());
    json.put("period", budget.getPeriod());
    json.put("thresholds", budget.getThresholds().stream().map(Inputs::plain).toList());
    json.put("hard", budget.getHard());
    SubjectKind kind = budget.getSubjectKind();
    json.put("subject_kind", kind == null ? null : BudgetFields.wireName(kind));
    json.put("subject", budget.getSubject());
    json.put("anchor_day", budget.getAnchorDay());
    json.put("version", budget.getVersion());
    json.put("created_at", row.createdAt().getEpochSecond());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Budget> published() {
    return new TopicSource<>(
        Topics.BUDGETS,
        "SELECT * FROM budgets WHERE deleted_at IS NULL",
        (row, context) -> BudgetRows.row(row).budget(),
        Budget::getBudgetId);
  }
}
