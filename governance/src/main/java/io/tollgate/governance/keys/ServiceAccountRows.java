package io.tollgate.governance.keys;

import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The table of service accounts. */
final class ServiceAccountRows {
  static final String WHERE = "workspace_id = :workspace AND deleted_at IS NULL";

  private ServiceAccountRows() {}

  /**
   * A program's own identity in a workspace.
   *
   * @param role {@code editor} or null: what its keys may do beside their scopes
   */
  record Row(
      String id,
      OrganizationId organization,
      WorkspaceId workspace,
      String name,
      @Nullable String role,
      Instant createdAt,
      int version) {}

  /** Whether the id was free. */
  static boolean insert(Handle handle, Row account) {
    return handle
            .createUpdate(
                "INSERT INTO service_accounts (id, organization_id, workspace_id, name, role,"
                    + " created_at, version) VALUES (:id, :organization, :workspace, :name, :role,"
                    + " :now, :version) ON CONFLICT (id) DO NOTHING")
            .bind("id", account.id())
            .bind("organization", account.organization().value())
            .bind("workspace", account.workspace().value())
            .bind("name", account.name())
            .bind("role", account.role())
            .bind("now", account.createdAt())
            .bind("version", account.version())
            .execute()
        > 0;
  }

  static void update(Handle handle, Row account) {
    handle
        .createUpdate(
            "UPDATE service_accounts SET name = :name, role = :role, version = :version"
                + " WHERE id = :id")
        .bind("id", account.id())
        .bind("name", account.name())
        .bind("role", account.role())
        .bind("version", account.version())
        .execute();
  }

  static void delete(Handle handle, Row account, Instant now) {
    handle
        .createUpdate("UPDATE service_accounts SET deleted_at = :now WHERE id = :id")
        .bind("id", account.id())
        .bind("now", now)
        .execute();
  }

  /**
   * The account.
   *
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if the workspace has none of this id
   */
  static Row require(
      Handle handle, OrganizationId organization, WorkspaceId workspace, String id, String lock) {
    return handle
        .createQuery(
            "SELECT * FROM service_accounts WHERE id = :id AND organization_id = :organization"
                + " AND "
                + WHERE
                + " "
                + lock)
        .bindMap(
            Map.of("id", id, "organization", organization.value(), "workspace", workspace.value()))
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("service_account_id", id));
  }

  /** The role of an account, if it has one and is still there. */
  static @Nullable String role(Handle handle, @Nullable String id) {
    return handle
        .createQuery("SELECT role FROM service_accounts WHERE id = :id AND deleted_at IS NULL")
        .bind("id", id)
        .mapTo(String.class)
        .findOne()
        .orElse(null);
  }

  static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("id"),
        new OrganizationId(row.getString("organization_id")),
        new WorkspaceId(row.getString("workspace_id")),
        row.getString("name"),
        row.getString("role"),
        Listing.instant(row, "created_at"),
        row.getInt("version"));
  }
}
