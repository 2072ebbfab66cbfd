package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import io.tollgate.schemas.avro.Principal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Roles of people in workspaces, which the imitated API calls users of projects. */
public final class WorkspaceMembers {
  private static final String PATH = "/v1/organization/projects/{id}/users";
  private static final String ONE = PATH + "/{user_id}";
  private static final String MEMBERS =
      "(SELECT p.id, p.email, p.name, w.role, w.created_at, w.workspace_id"
          + " FROM workspace_memberships w JOIN people p ON p.id = w.person_id) AS members";

  private final Changes changes;
  private final PersonLife life;

  public WorkspaceMembers(Changes changes, PersonLife life) {
    this.changes = changes;
    this.life = life;
  }

  public void routes(Routes routes) {
    Guard read = Guard.permission(Permission.MEMBERS_READ);
    Guard manage = Guard.permission(Permission.MEMBERS_MANAGE);
    routes
        .post(PATH, manage, this::add)
        .get(PATH, read, this::list, Page.PARAMETERS)
        .get(ONE, read, this::get)
        .post(ONE, manage, this::edit)
        .delete(ONE, manage, this::remove);
  }

  /** Which member of the organization is to have which role here. */
  record Wanted(
      @Nullable String userId,
      @Nullable String email,
      @Nullable String role,
      @Nullable String tollgateRole) {
    Wanted {
      InvalidInput.unless(
          (userId == null) != (email == null),
          "user_id",
          userId == null ? "" : userId,
          "must stand alone, or email instead of it");
      DialectRoles.workspace(role, tollgateRole, null);
    }
  }

  /** The role that somebody is to have here. */
  record Edit(@Nullable String role, @Nullable String tollgateRole) {}

  private record Row(String id, String email, String name, WorkspaceRole role, Instant addedAt) {
    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("object", "organization.project.user");
      json.put("id", id);
      json.put("name", name);
      json.put("email", email);
      json.put("role", DialectRoles.of(role));
      json.put("added_at", addedAt.getEpochSecond());
      json.put("tollgate_role", role.wireName());
      return json;
    }
  }

  private Answer add(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Wanted wanted = call.json(Wanted.class);
    WorkspaceRole role = DialectRoles.workspace(wanted.role(), wanted.tollgateRole(), null);
    OrganizationId organization = call.organization();
    return Answer.created(
        changes
            .make(
                call.caller(),
                change -> {
                  Workspaces.require(change.handle(), organization, workspace);
                  PeopleRows.lock(change.handle(), organization);
                  GrantRule.requireGrant(call.access(), role, workspace);
                  Member member = member(change.handle(), organization, wanted);
                  if (PeopleRows.role(change.handle(), workspace, member.id()).isPresent()) {
                    throw Refusal.conflict(
                        "user_id", member.id(), "is in this project already; change the role");
                  }
                  return setRole(change, organization, workspace, member.id(), role, "added");
                })
            .json());
  }

  private static Member member(Handle handle, OrganizationId organization, Wanted wanted) {
    if (wanted.userId() != null) {
      return PeopleRows.require(handle, organization, wanted.userId());
    }
    String email = Optional.ofNullable(wanted.email()).orElse("");
    List<Member> found = PeopleRows.byEmail(handle, organization, email);
    if (found.isEmpty()) {
      throw Refusal.notFound("email", email);
    }
    if (found.size() > 1) {
      throw Refusal.conflict("email", email, "is the address of several members; give user_id");
    }
    return found.getFirst();
  }

  private Answer edit(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String person = People.id(call);
    Edit edit = call.json(Edit.class);
    OrganizationId organization = call.organization();
    return Answer.ok(
        changes
            .make(
                call.caller(),
                change -> {
                  Workspaces.require(change.handle(), organization, workspace);
                  PeopleRows.lock(change.handle(), organization);
                  Row before = require(change.handle(), workspace, person);
                  WorkspaceRole role =
                      DialectRoles.workspace(edit.role(), edit.tollgateRole(), before.role());
                  if (role == before.role()) {
                    return before;
                  }
                  GrantRule.requireGrant(call.access(), role, workspace);
                  return setRole(change, organization, workspace, person, role, "updated");
                })
            .json());
  }

  private static Row setRole(
      Change change,
      OrganizationId organization,
      WorkspaceId workspace,
      String person,
      WorkspaceRole role,
      String what) {
    PeopleRows.setRole(change, organization, workspace, person, role);
    change.audit(
        AuditEvent.of("project.user." + what, "project.user", person)
            .in(organization)
            .in(workspace)
            .to(Map.of("role", role.wireName())));
    PersonPrincipals.republish(change, person);
    return require(change.handle(), workspace, person);
  }

  private Answer remove(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String person = People.id(call);
    OrganizationId organization = call.organization();
    changes.makeOnly(
        call.caller(),
        change -> {
          Workspaces.require(change.handle(), organization, workspace);
          PeopleRows.lock(change.handle(), organization);
          Row before = require(change.handle(), workspace, person);
          PeopleRows.leave(change.handle(), workspace, person);
          change.audit(
              AuditEvent.of("project.user.deleted", "project.user", person)
                  .in(organization)
                  .in(workspace)
                  .from(Map.of("role", before.role().wireName())));
          List<Principal> renewed = PersonPrincipals.renewed(change, person);
          life.left(change, organization, Optional.of(workspace), person);
          renewed.forEach(change::publish);
        });
    return Deleted.answer("organization.project.user", person);
  }

  private Answer list(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    Page page = Page.of(call);
    Listing<Row> listing =
        new Listing<>(
            MEMBERS,
            "workspace_id = :workspace",
            Map.of("workspace", workspace.value()),
            (row, context) -> row(row));
    return Answer.ok(
        page.envelope(
            changes.read(
                handle -> {
                  Workspaces.require(handle, call.organization(), workspace);
                  return listing.read(handle, page);
                }),
            Row::json));
  }

  private Answer get(Call call) {
    WorkspaceId workspace = Workspaces.id(call);
    String person = People.id(call);
    return Answer.ok(
        changes
            .read(
                handle -> {
                  Workspaces.require(handle, call.organization(), workspace);
                  return require(handle, workspace, person);
                })
            .json());
  }

  private static Row require(Handle handle, WorkspaceId workspace, String person) {
    return handle
        .createQuery(
            "SELECT * FROM " + MEMBERS + " WHERE workspace_id = :workspace AND id = :person")
        .bind("workspace", workspace.value())
        .bind("person", person)
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("user_id", person));
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        row.getString("email"),
        row.getString("name"),
        WorkspaceRole.valueOf(row.getString("role")),
        Listing.instant(row, "created_at"));
  }
}
