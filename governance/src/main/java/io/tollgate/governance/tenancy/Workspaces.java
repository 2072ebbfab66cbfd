package io.tollgate.governance.tenancy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.Extent;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Workspace;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Workspaces, which the public API calls projects. */
public final class Workspaces {
  private static final String PATH = "/v1/organization/projects";
  private static final String ONE = PATH + "/{id}";
  private static final String[] LIST = {"limit", "after", "include_archived", "ownerless"};

  private final Changes changes;
  private final NewIds ids;
  private final TenantLife life;

  public Workspaces(Changes changes, NewIds ids, TenantLife life) {
    this.changes = changes;
    this.ids = ids;
    this.life = life;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.permission(Permission.WORKSPACES_CREATE).orBySetting(), this::create)
        .get(
            PATH, Guard.permission(Permission.WORKSPACES_READ).somewhereAtLeast(), this::list, LIST)
        .get(ONE, Guard.permission(Permission.WORKSPACES_READ), this::get);
    Guard update = Guard.permission(Permission.WORKSPACES_UPDATE);
    routes
        .post(ONE, update, this::edit)
        .patch(ONE, update, this::edit)
        .post(ONE + "/archive", update, this::archive)
        .post(ONE + "/restore", update, this::restore)
        .delete(ONE, update, this::delete, Deletion.PARAMETERS);
  }

  /** The workspace that the path names. */
  public static WorkspaceId id(Call call) {
    return call.path("id", text -> Fields.id(text, WorkspaceId::new));
  }

  private Answer create(Call call) {
    ObjectNode wanted = call.json(ObjectNode.class);
    JsonNode given = wanted.remove("id");
    InvalidInput.unless(
        given == null || given.isTextual(), "id", String.valueOf(given), "must be text in quotes");
    WorkspaceId id = Fields.id(given == null ? ids.next("proj") : given.asText(), WorkspaceId::new);
    WorkspaceTerms terms = WorkspaceTerms.of(MergePatch.apply(MergePatch.empty(), wanted));
    OrganizationId organization = call.organization();
    return shown(
        call,
        201,
        changes.make(
            call.caller(),
            change -> {
              Organizations.requireActive(change.handle(), organization);
              requireCreation(call, change.handle());
              return insert(change, organization, id, terms);
            }));
  }

  /** A member may where the organization's setting says so. */
  private static void requireCreation(Call call, Handle handle) {
    if (!call.access().may(Permission.WORKSPACES_CREATE)
        && !Organizations.settings(handle, call.organization()).mayMembersCreateWorkspaces()) {
      throw Access.lacking(Permission.WORKSPACES_CREATE);
    }
  }

  private WorkspaceRows.Row insert(
      Change change, OrganizationId organization, WorkspaceId id, WorkspaceTerms terms) {
    requireRoom(change, organization);
    if (!WorkspaceRows.insert(change.handle(), organization, id, terms, false, change.now())) {
      throw Refusal.conflict("id", id.value(), "is taken; ids are never reused");
    }
    life.created(change, Tenant.of(organization, id));
    return told(change, organization, id, "project.created");
  }

  static void requireRoom(Change change, OrganizationId organization) {
    Plans.requireRoom(
        change,
        organization,
        Plan.Bound.WORKSPACES,
        handle -> WorkspaceRows.active(handle, organization));
  }

  /** Publishes and audits a workspace as its row is now. */
  static WorkspaceRows.Row told(
      Change change, OrganizationId organization, WorkspaceId id, String what) {
    WorkspaceRows.Row row = WorkspaceRows.reread(change.handle(), id);
    change.publish(Topics.WORKSPACES, id.value(), row.workspace());
    change.audit(what, id.value(), organization);
    return row;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Access.Reach reach = call.access().workspaces(Permission.WORKSPACES_READ);
    StringBuilder where =
        new StringBuilder(
            "organization_id = :organization AND (CAST(:all AS boolean)"
                + " OR id = ANY (string_to_array(:some, ',')))");
    where.append(
        flag(call, "include_archived").orElse(false)
            ? WorkspaceRows.NOT_DELETED
            : WorkspaceRows.ACTIVE);
    flag(call, "ownerless")
        .ifPresent(
            ownerless -> where.append(ownerless ? " AND owner IS NULL" : " AND owner IS NOT NULL"));
    Listing<WorkspaceRows.Row> listing =
        new Listing<>(
            WorkspaceRows.TABLE,
            where.toString(),
            Map.of(
                "organization",
                call.organization().value(),
                "all",
                Boolean.toString(reach.all()),
                "some",
                reach.some().stream().map(WorkspaceId::value).collect(Collectors.joining(","))),
            (row, context) -> WorkspaceRows.row(row));
    List<WorkspaceRows.Row> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, row -> json(call, row)));
  }

  private static Optional<Boolean> flag(Call call, String name) {
    Optional<String> text = call.query().text(name);
    text.ifPresent(
        given ->
            InvalidInput.unless(
                given.equals("true") || given.equals("false"),
                name,
                given,
                "must be true or false"));
    return text.map(Boolean::parseBoolean);
  }

  private Answer get(Call call) {
    return shown(
        call,
        200,
        changes.read(handle -> WorkspaceRows.require(handle, call.organization(), id(call), "")));
  }

  private Answer edit(Call call) {
    WorkspaceId id = id(call);
    ObjectNode patch = call.json(ObjectNode.class);
    return shown(
        call,
        200,
        changes.make(
            call.caller(),
            change -> {
              WorkspaceRows.Row before = locked(call, change.handle(), id);
              WorkspaceTerms terms = before.terms().with(patch);
              if (terms.equals(before.terms())) {
                return before;
              }
              WorkspaceRows.update(change.handle(), id, terms);
              return told(change, call.organization(), id, "project.updated");
            }));
  }

  private static WorkspaceRows.Row locked(Call call, Handle handle, WorkspaceId id) {
    WorkspaceRows.Row row =
        WorkspaceRows.require(handle, call.organization(), id, WorkspaceRows.FOR_CHANGE);
    Version.check(call, row.workspace().getVersion());
    return row;
  }

  private Answer archive(Call call) {
    WorkspaceId id = id(call);
    return shown(
        call,
        200,
        changes.make(
            call.caller(),
            change -> {
              WorkspaceRows.Row before = locked(call, change.handle(), id);
              if (before.isArchived()) {
                return before;
              }
              if (before.isDefault()) {
                throw Refusal.conflict(
                    "id", id.value(), "is the default project, which takes keys without one");
              }
              TenantRows.archive(change.handle(), WorkspaceRows.TABLE, id.value(), change.now());
              life.archived(change, Tenant.of(call.organization(), id));
              return told(change, call.organization(), id, "project.archived");
            }));
  }

  private Answer restore(Call call) {
    WorkspaceId id = id(call);
    return shown(
        call,
        200,
        changes.make(
            call.caller(),
            change -> {
              requireRoomToRestore(change, call.organization(), id);
              WorkspaceRows.Row before = locked(call, change.handle(), id);
              if (!before.isArchived()) {
                return before;
              }
              TenantRows.restore(change.handle(), WorkspaceRows.TABLE, id.value(), change.now());
              life.restored(change, Tenant.of(call.organization(), id));
              return told(change, call.organization(), id, "project.restored");
            }));
  }

  /** The organization is locked before the workspace, as everywhere. */
  private static void requireRoomToRestore(
      Change change, OrganizationId organization, WorkspaceId id) {
    if (WorkspaceRows.require(change.handle(), organization, id, "").isArchived()) {
      requireRoom(change, organization);
    }
  }

  private Answer delete(Call call) {
    WorkspaceId id = id(call);
    Deletion deletion = Deletion.of(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          Tenant tenant = Tenant.of(call.organization(), id);
          locked(call, change.handle(), id);
          deletion.check(id.value(), life.lastUse(change.handle(), tenant), change.now());
          TenantRows.delete(change.handle(), WorkspaceRows.TABLE, id.value(), change.now());
          life.deleted(change, tenant);
          told(change, call.organization(), id, "project.deleted");
        });
    return Deleted.answer("organization.project", id.value());
  }

  /**
   * The workspace.
   *
   * @throws Refusal 404 if there is none in this organization, or no more
   */
  public static Workspace require(Handle handle, OrganizationId organization, WorkspaceId id) {
    return WorkspaceRows.require(handle, organization, id, "").workspace();
  }

  /** Whether the organization has such a workspace that is not deleted. */
  public static boolean exists(Handle handle, OrganizationId organization, WorkspaceId id) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM workspaces"
                + " WHERE id = :id AND organization_id = :organization"
                + WorkspaceRows.NOT_DELETED
                + ")")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .mapTo(Boolean.class)
        .one();
  }

  /**
   * As {@link #require}, for what is to be new in it.
   *
   * @throws Refusal 409 if it or its organization is archived
   */
  public static Workspace requireActive(
      Handle handle, OrganizationId organization, WorkspaceId id) {
    Organizations.requireActive(handle, organization);
    Workspace workspace = require(handle, organization, id);
    if (workspace.getValidUntil() != null) {
      throw Refusal.conflict(
          "project_id", id.value(), "is archived; it takes nothing new until it is restored");
    }
    return workspace;
  }

  private static Answer shown(Call call, int status, WorkspaceRows.Row row) {
    return Answer.json(status, json(call, row)).tagged(row.workspace().getVersion());
  }

  /** As much of it as the caller may see; who makes one sees what was made. */
  private static Map<String, Object> json(Call call, WorkspaceRows.Row row) {
    Extent extent = call.access().extent(Permission.WORKSPACES_READ, row.id());
    return extent == Extent.NAMES ? named(row) : all(row);
  }

  private static Map<String, Object> named(WorkspaceRows.Row row) {
    Workspace workspace = row.workspace();
    Instant until = workspace.getValidUntil();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", workspace.getWorkspaceId());
    json.put("object", "organization.project");
    json.put("name", workspace.getName());
    json.put("created_at", workspace.getValidFrom().getEpochSecond());
    json.put("archived_at", until == null ? null : until.getEpochSecond());
    json.put("status", TenantRows.status(until, workspace.getDeleted()));
    return json;
  }

  private static Map<String, Object> all(WorkspaceRows.Row row) {
    WorkspaceTerms terms = row.terms();
    Map<String, Object> json = named(row);
    json.put("is_default", row.isDefault());
    json.put("owner", terms.owner());
    json.put("ownerless", terms.owner() == null);
    json.put("key_owner", terms.keyOwner());
    json.put("environment", terms.environment());
    json.put("primary_workload", terms.primaryWorkload());
    json.put("expected_monthly_spend", terms.expectedMonthlySpend());
    json.put("escalation_contact", terms.escalationContact());
    json.put("labels", terms.labelsOrNone());
    json.put("version", row.workspace().getVersion());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Workspace> published() {
    return new TopicSource<>(
        Topics.WORKSPACES,
        "SELECT * FROM workspaces",
        (row, context) -> WorkspaceRows.row(row).workspace(),
        Workspace::getWorkspaceId);
  }
}
