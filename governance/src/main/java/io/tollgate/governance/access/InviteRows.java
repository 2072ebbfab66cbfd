package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table of invites. */
final class InviteRows {
  static final String LISTED = "organization_id = :organization AND revoked_at IS NULL";

  /**
   * An invite.
   *
   * @param workspaces roles in workspaces that come with the membership
   */
  record Row(
      String id,
      OrganizationId organization,
      String email,
      OrganizationRole role,
      Map<WorkspaceId, WorkspaceRole> workspaces,
      String invitedBy,
      Instant createdAt,
      Instant expiresAt,
      @Nullable Instant acceptedAt) {

    Map<String, Object> json(Instant now) {
      List<Map<String, Object>> projects = new ArrayList<>();
      workspaces.forEach(
          (workspace, workspaceRole) -> {
            Map<String, Object> project = new LinkedHashMap<>();
            project.put("id", workspace.value());
            project.put("role", DialectRoles.of(workspaceRole));
            project.put("tollgate_role", workspaceRole.wireName());
            projects.add(project);
          });
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("object", "organization.invite");
      json.put("id", id);
      json.put("email", email);
      json.put("role", DialectRoles.of(role));
      json.put("status", status(now));
      json.put("projects", projects);
      json.put("created_at", createdAt.getEpochSecond());
      json.put("expires_at", expiresAt.getEpochSecond());
      json.put("accepted_at", acceptedAt == null ? null : acceptedAt.getEpochSecond());
      json.put("tollgate_role", role.wireName());
      return json;
    }

    private String status(Instant now) {
      if (acceptedAt != null) {
        return "accepted";
      }
      return now.isBefore(expiresAt) ? "pending" : "expired";
    }

    Map<String, Object> audited() {
      return Map.of("email", email, "role", role.wireName());
    }
  }

  private InviteRows() {}

  static void insert(Handle handle, Row row, String tokenHash) {
    List<String> workspaces = new ArrayList<>();
    List<String> roles = new ArrayList<>();
    row.workspaces()
        .forEach(
            (workspace, role) -> {
              workspaces.add(workspace.value());
              roles.add(role.name());
            });
    handle
        .createUpdate(
            "INSERT INTO invites (id, organization_id, email, role, workspaces, workspace_roles,"
                + " token_hash, invited_by, created_at, expires_at) VALUES (:id, :organization,"
                + " :email, :role, :workspaces, :roles, :token, :by, :created, :expires)")
        .bind("id", row.id())
        .bind("organization", row.organization().value())
        .bind("email", row.email())
        .bind("role", row.role().name())
        .bindArray("workspaces", String.class, workspaces)
        .bindArray("roles", String.class, roles)
        .bind("token", tokenHash)
        .bind("by", row.invitedBy())
        .bind("created", row.createdAt())
        .bind("expires", row.expiresAt())
        .execute();
  }

  /**
   * @throws Refusal 404 if the organization has no such invite
   */
  static Row require(Handle handle, OrganizationId organization, String id, String lock) {
    return handle
        .createQuery("SELECT * FROM invites WHERE " + LISTED + " AND id = :id " + lock)
        .bind("organization", organization.value())
        .bind("id", id)
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("invite_id", id));
  }

  /** The invite that a token opens now, locked. */
  static Optional<Row> open(Handle handle, String tokenHash, Instant now) {
    return handle
        .createQuery(
            "SELECT * FROM invites WHERE token_hash = :token AND revoked_at IS NULL"
                + " AND accepted_at IS NULL AND expires_at > :now FOR UPDATE")
        .bind("token", tokenHash)
        .bind("now", now)
        .map((row, context) -> row(row))
        .findOne();
  }

  /** Those that could still be accepted; they take a place in the plan. */
  static long pending(Handle handle, OrganizationId organization, Instant now) {
    return handle
        .createQuery(
            "SELECT count(*) FROM invites WHERE "
                + LISTED
                + " AND accepted_at IS NULL AND expires_at > :now")
        .bind("organization", organization.value())
        .bind("now", now)
        .mapTo(Long.class)
        .one();
  }

  static boolean isPending(Handle handle, OrganizationId organization, String email, Instant now) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT FROM invites WHERE "
                + LISTED
                + " AND accepted_at IS NULL AND expires_at > :now"
                + " AND lower(email) = lower(:email))")
        .bind("organization", organization.value())
        .bind("now", now)
        .bind("email", email)
        .mapTo(Boolean.class)
        .one();
  }

  static void renew(Handle handle, String id, String tokenHash, Instant expires) {
    handle
        .createUpdate(
            "UPDATE invites SET token_hash = :token, expires_at = :expires WHERE id = :id")
        .bind("token", tokenHash)
        .bind("expires", expires)
        .bind("id", id)
        .execute();
  }

  static void accepted(Change change, String id, String person) {
    change
        .handle()
        .createUpdate("UPDATE invites SET accepted_at = :now, accepted_by = :person WHERE id = :id")
        .bind("now", change.now())
        .bind("person", person)
        .bind("id", id)
        .execute();
  }

  static void revoke(Change change, String id) {
    change
        .handle()
        .createUpdate("UPDATE invites SET revoked_at = :now WHERE id = :id")
        .bind("now", change.now())
        .bind("id", id)
        .execute();
  }

  /** Whoever may less than before leaves no open door behind, nor do the keys that end with it. */
  static void revokeBy(
      Change change, OrganizationId organization, String inviter, List<AdminKeyRows.Row> keys) {
    List<String> inviters = new ArrayList<>(List.of(inviter));
    keys.forEach(key -> inviters.add(key.id()));
    change
        .handle()
        .createUpdate(
            "UPDATE invites SET revoked_at = :now WHERE organization_id = :organization"
                + " AND invited_by = ANY (:by) AND accepted_at IS NULL AND revoked_at IS NULL")
        .bind("now", change.now())
        .bind("organization", organization.value())
        .bindArray("by", String.class, inviters)
        .execute();
  }

  static void revokeAll(Change change, OrganizationId organization) {
    change
        .handle()
        .createUpdate(
            "UPDATE invites SET revoked_at = :now WHERE organization_id = :organization"
                + " AND accepted_at IS NULL AND revoked_at IS NULL")
        .bind("now", change.now())
        .bind("organization", organization.value())
        .execute();
  }

  static Row row(ResultSet row) throws SQLException {
    String[] ids = (String[]) row.getArray("workspaces").getArray();
    String[] roles = (String[]) row.getArray("workspace_roles").getArray();
    Map<WorkspaceId, WorkspaceRole> workspaces = new LinkedHashMap<>();
    for (int i = 0; i < ids.length; i++) {
      workspaces.put(new WorkspaceId(ids[i]), WorkspaceRole.valueOf(roles[i]));
    }
    return new Row(
        row.getString("id"),
        new OrganizationId(row.getString("organization_id")),
        row.getString("email"),
        OrganizationRole.valueOf(row.getString("role")),
        workspaces,
        row.getString("invited_by"),
        Listing.instant(row, "created_at"),
        Listing.instant(row, "expires_at"),
        Listing.optionalInstant(row, "accepted_at"));
  }
}
