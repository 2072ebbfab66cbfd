package io.tollgate.governance.keys;

import io.tollgate.governance.store.Listing;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The tables of API keys and their secrets. No row is ever deleted. */
final class KeyRows {
  private KeyRows() {}

  /** Whether the id was free. */
  static boolean insert(Handle handle, KeyRow key) {
    return handle
            .createUpdate(
                "INSERT INTO api_keys (id, organization_id, workspace_id, name, scopes,"
                    + " service_account_id, user_id, created_by, created_at, expires_at,"
                    + " rotation_due_at, allowed_ip_ranges, valid_until, version) VALUES (:id,"
                    + " :organization, :workspace, :name, :scopes, :account, :user, :by, :created,"
                    + " :expires, :due, :ranges, :until, :version) ON CONFLICT (id) DO NOTHING")
            .bind("id", key.id().value())
            .bind("organization", key.organization().value())
            .bind("workspace", key.workspace().value())
            .bind("name", key.name())
            .bindArray("scopes", String.class, key.scopes())
            .bind("account", key.serviceAccountId())
            .bind("user", key.userId())
            .bind("by", key.createdBy())
            .bind("created", key.createdAt())
            .bind("expires", key.expiresAt())
            .bind("due", key.rotationDueAt())
            .bindArray("ranges", String.class, key.allowedIpRanges())
            .bind("until", key.validUntil())
            .bind("version", key.version())
            .execute()
        > 0;
  }

  static void update(Handle handle, KeyRow key) {
    handle
        .createUpdate(
            "UPDATE api_keys SET name = :name, scopes = :scopes, expires_at = :expires,"
                + " disabled_at = :disabled, revoked_at = :revoked, rotation_due_at = :due,"
                + " allowed_ip_ranges = :ranges, valid_until = :until, version = :version"
                + " WHERE id = :id")
        .bind("id", key.id().value())
        .bind("name", key.name())
        .bindArray("scopes", String.class, key.scopes())
        .bind("expires", key.expiresAt())
        .bind("disabled", key.disabledAt())
        .bind("revoked", key.revokedAt())
        .bind("due", key.rotationDueAt())
        .bindArray("ranges", String.class, key.allowedIpRanges())
        .bind("until", key.validUntil())
        .bind("version", key.version())
        .execute();
  }

  /**
   * The key.
   *
   * @param workspace the one it must be in, if any
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if there is none, or it has ended for good
   */
  static KeyRow require(
      Handle handle,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      ApiKeyId id,
      String lock) {
    return handle
        .createQuery(
            "SELECT * FROM api_keys WHERE id = :id AND organization_id = :organization"
                + " AND (CAST(:workspace AS text) IS NULL OR workspace_id = :workspace)"
                + " AND revoked_at IS NULL "
                + lock)
        .bind("id", id.value())
        .bind("organization", organization.value())
        .bind("workspace", workspace.map(WorkspaceId::value).orElse(null))
        .map((row, context) -> row(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("api_key_id", id.value()));
  }

  /** How many keys of an organization have not ended for good: what its plan bounds. */
  static long count(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT count(*) FROM api_keys WHERE organization_id = :organization"
                + " AND revoked_at IS NULL")
        .bind("organization", organization.value())
        .mapTo(Long.class)
        .one();
  }

  /** The keys that have not ended for good and meet a condition, locked. */
  static List<KeyRow> alive(Handle handle, String column, String value) {
    return handle
        .createQuery(
            "SELECT * FROM api_keys WHERE "
                + column
                + " = :value AND revoked_at IS NULL ORDER BY id FOR UPDATE")
        .bind("value", value)
        .map((row, context) -> row(row))
        .list();
  }

  /** Every key there ever was. */
  static List<KeyRow> all(Handle handle) {
    return handle
        .createQuery("SELECT * FROM api_keys ORDER BY id")
        .map((row, context) -> row(row))
        .list();
  }

  static void putSecret(Handle handle, ApiKeyId key, KeySecret secret) {
    handle
        .createUpdate(
            "INSERT INTO api_key_secrets (hash, api_key_id, prefix, last_four, created_at,"
                + " valid_until) VALUES (:hash, :key, :prefix, :last, :created, :until)"
                + " ON CONFLICT (hash) DO UPDATE SET valid_until = :until")
        .bind("hash", secret.hash())
        .bind("key", key.value())
        .bind("prefix", secret.prefix())
        .bind("last", secret.lastFour())
        .bind("created", secret.createdAt())
        .bind("until", secret.validUntil())
        .execute();
  }

  /** All secrets that a key ever had, the newest first. */
  static List<KeySecret> secrets(Handle handle, ApiKeyId key) {
    return handle
        .createQuery(
            "SELECT * FROM api_key_secrets WHERE api_key_id = :key"
                + " ORDER BY created_at DESC, hash")
        .bind("key", key.value())
        .map(
            (row, context) ->
                new KeySecret(
                    row.getString("hash"),
                    row.getString("prefix"),
                    row.getString("last_four"),
                    Listing.instant(row, "created_at"),
                    Listing.optionalInstant(row, "valid_until")))
        .list();
  }

  static KeyRow row(ResultSet row) throws SQLException {
    return new KeyRow(
        new ApiKeyId(row.getString("id")),
        new OrganizationId(row.getString("organization_id")),
        new WorkspaceId(row.getString("workspace_id")),
        row.getString("name"),
        List.of((String[]) row.getArray("scopes").getArray()),
        row.getString("service_account_id"),
        row.getString("user_id"),
        row.getString("created_by"),
        Listing.instant(row, "created_at"),
        Listing.optionalInstant(row, "expires_at"),
        Listing.optionalInstant(row, "disabled_at"),
        Listing.optionalInstant(row, "revoked_at"),
        Listing.optionalInstant(row, "rotation_due_at"),
        Listing.optionalInstant(row, "last_used_at"),
        List.of((String[]) row.getArray("allowed_ip_ranges").getArray()),
        row.getInt("version"));
  }

  /** Moves the last use of keys forward, never back. */
  static void used(Handle handle, List<String> keys, List<Instant> at) {
    handle
        .createUpdate(
            "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, used.at)"
                + " FROM unnest(CAST(:keys AS text[]), CAST(:at AS timestamptz[])) AS used(id, at)"
                + " WHERE k.id = used.id")
        .bindArray("keys", String.class, keys)
        .bindArray("at", String.class, at.stream().map(Instant::toString).toList())
        .execute();
  }
}
