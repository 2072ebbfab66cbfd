package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Workspace;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Workspaces, which the public API calls projects. */
public final class Workspaces {
  private static final String PATH = "/v1/organization/projects";

  private final Changes changes;
  private final NewIds ids;

  public Workspaces(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.permission(Permission.WORKSPACES_CREATE), this::create)
        .get(
            PATH,
            Guard.permission(Permission.WORKSPACES_READ).somewhereAtLeast(),
            this::list,
            Page.PARAMETERS)
        .get(PATH + "/{id}", Guard.permission(Permission.WORKSPACES_READ), this::get);
  }

  /** What a new workspace is made of. */
  record Wanted(@Nullable String id, String name) {
    Wanted {
      if (id != null) {
        Fields.id(id, WorkspaceId::new);
      }
      Inputs.text("name", name);
    }
  }

  private Answer create(Call call) {
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("proj") : wanted.id();
    Workspace made =
        changes.make(
            call.caller(), change -> insert(change, call.organization(), id, wanted.name()));
    return Answer.created(json(made));
  }

  private static Workspace insert(
      Change change, OrganizationId organization, String id, String name) {
    Organizations.require(change.handle(), organization);
    Workspace workspace =
        Workspace.newBuilder()
            .setWorkspaceId(id)
            .setOrganizationId(organization.value())
            .setName(name)
            .setValidFrom(change.now())
            .setVersion(1)
            .build();
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO workspaces (id, organization_id, name, created_at, version)"
                    + " VALUES (:id, :organization, :name, :now, 1) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("organization", organization.value())
            .bind("name", name)
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.WORKSPACES, id, workspace);
    change.audit("project.created", id, organization);
    return workspace;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Access.Reach reach = call.access().workspaces(Permission.WORKSPACES_READ);
    Listing<Workspace> listing =
        new Listing<>(
            "workspaces",
            "organization_id = :organization AND (:all::boolean OR id = ANY (string_to_array(:some,"
                + " ',')))",
            Map.of(
                "organization",
                call.organization().value(),
                "all",
                Boolean.toString(reach.all()),
                "some",
                reach.some().stream().map(WorkspaceId::value).collect(Collectors.joining(","))),
            (row, context) -> workspace(row));
    List<Workspace> found =
        changes.read(
            handle -> {
              Organizations.require(handle, call.organization());
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, Workspaces::json));
  }

  private Answer get(Call call) {
    WorkspaceId id = id(call);
    return Answer.ok(json(changes.read(handle -> require(handle, call.organization(), id))));
  }

  /** The workspace that the path names. */
  public static WorkspaceId id(Call call) {
    return call.path("id", text -> Fields.id(text, WorkspaceId::new));
  }

  /**
   * The workspace.
   *
   * @throws Refusal 404 if there is none in this organization
   */
  public static Workspace require(Handle handle, OrganizationId organization, WorkspaceId id) {
    return handle
        .createQuery("SELECT * FROM workspaces WHERE id = :id AND organization_id = :organization")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .map((row, context) -> workspace(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("project_id", id.value()));
  }

  public static boolean exists(Handle handle, OrganizationId organization, WorkspaceId id) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM workspaces"
                + " WHERE id = :id AND organization_id = :organization)")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .mapTo(Boolean.class)
        .one();
  }

  private static Workspace workspace(ResultSet row) throws SQLException {
    return Workspace.newBuilder()
        .setWorkspaceId(row.getString("id"))
        .setOrganizationId(row.getString("organization_id"))
        .setName(row.getString("name"))
        .setValidFrom(Listing.instant(row, "created_at"))
        .setValidUntil(Listing.optionalInstant(row, "archived_at"))
        .setVersion(row.getInt("version"))
        .build();
  }

  private static Map<String, Object> json(Workspace workspace) {
    Instant until = workspace.getValidUntil();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", workspace.getWorkspaceId());
    json.put("object", "organization.project");
    json.put("name", workspace.getName());
    json.put("created_at", workspace.getValidFrom().getEpochSecond());
    json.put("archived_at", until == null ? null : until.getEpochSecond());
    json.put("status", until == null ? "active" : "archived");
    return json;
  }
}
