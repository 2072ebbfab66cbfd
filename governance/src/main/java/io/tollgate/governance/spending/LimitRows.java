package io.tollgate.governance.spending;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.Limit;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** The table of limits. A deleted row stays, so that versions go on counting. */
final class LimitRows {
  private static final String ALIVE = " AND deleted_at IS NULL";

  private LimitRows() {}

  /** The limits of one scope, if there are any now. */
  static Optional<Limit> find(Handle handle, LimitScope scope) {
    return handle
        .createQuery(
            "SELECT * FROM limits WHERE organization_id = :organization AND scope = :kind"
                + " AND scope_id = :id"
                + ALIVE)
        .bind("organization", scope.organization().value())
        .bind("kind", scope.kindName())
        .bind("id", scope.id())
        .map((row, context) -> limit(row))
        .findOne();
  }

  /** All limits of an organization. */
  static List<Limit> all(Handle handle, OrganizationId organization) {
    return handle
        .createQuery(
            "SELECT * FROM limits WHERE organization_id = :organization"
                + ALIVE
                + " ORDER BY scope, scope_id")
        .bind("organization", organization.value())
        .map((row, context) -> limit(row))
        .list();
  }

  /** The version of the last limits of a scope, deleted or not; 0 if there never were any. */
  static int lastVersion(Handle handle, LimitScope scope) {
    return handle
        .createQuery(
            "SELECT version FROM limits WHERE organization_id = :organization AND scope = :kind"
                + " AND scope_id = :id")
        .bind("organization", scope.organization().value())
        .bind("kind", scope.kindName())
        .bind("id", scope.id())
        .mapTo(Integer.class)
        .findOne()
        .orElse(0);
  }

  static void put(Handle handle, Limit limit, Instant now) {
    LimitScope scope = LimitScope.of(limit);
    Update update =
        handle
            .createUpdate(
                "INSERT INTO limits (organization_id, scope, scope_id, workspace_id, api_key_id,"
                    + " requests_per_minute, tokens_per_minute, tokens_per_day, allowed_models,"
                    + " denied_models, updated_at, version) VALUES (:organization, :kind, :id,"
                    + " :workspace, :key, :rpm, :tpm, :tpd, :allowed, :denied, :now, :version)"
                    + " ON CONFLICT (organization_id, scope, scope_id) DO UPDATE SET"
                    + " requests_per_minute = :rpm, tokens_per_minute = :tpm,"
                    + " tokens_per_day = :tpd, allowed_models = :allowed, denied_models = :denied,"
                    + " updated_at = :now, deleted_at = NULL, version = :version")
            .bind("organization", limit.getOrganizationId())
            .bind("kind", scope.kindName())
            .bind("id", scope.id())
            .bind("workspace", limit.getWorkspaceId())
            .bind("key", limit.getApiKeyId())
            .bind("rpm", limit.getRequestsPerMinute())
            .bind("tpm", limit.getTokensPerMinute())
            .bind("tpd", limit.getTokensPerDay())
            .bindArray("denied", String.class, limit.getDeniedModels())
            .bind("now", now)
            .bind("version", limit.getVersion());
    if (limit.getAllowedModels() == null) {
      update.bindNull("allowed", java.sql.Types.ARRAY);
    } else {
      update.bindArray("allowed", String.class, limit.getAllowedModels());
    }
    update.execute();
  }

  /** Ends the limits of a scope; the deletion is a version of its own. */
  static void delete(Handle handle, LimitScope scope, Instant now) {
    handle
        .createUpdate(
            "UPDATE limits SET deleted_at = :now, updated_at = :now, version = version + 1"
                + " WHERE organization_id = :organization AND scope = :kind AND scope_id = :id")
        .bind("organization", scope.organization().value())
        .bind("kind", scope.kindName())
        .bind("id", scope.id())
        .bind("now", now)
        .execute();
  }

  static Limit limit(ResultSet row) throws SQLException {
    String workspace = row.getString("workspace_id");
    String key = row.getString("api_key_id");
    return Limit.newBuilder()
        .setOrganizationId(row.getString("organization_id"))
        .setScope(BudgetRows.scope(workspace, key))
        .setWorkspaceId(workspace)
        .setApiKeyId(key)
        .setRequestsPerMinute(count(row, "requests_per_minute"))
        .setTokensPerMinute(count(row, "tokens_per_minute"))
        .setTokensPerDay(count(row, "tokens_per_day"))
        .setAllowedModels(models(row.getArray("allowed_models")))
        .setDeniedModels(List.of((String[]) row.getArray("denied_models").getArray()))
        .setVersion(row.getInt("version"))
        .build();
  }

  private static @Nullable Long count(ResultSet row, String column) throws SQLException {
    long count = row.getLong(column);
    return row.wasNull() ? null : count;
  }

  private static @Nullable List<String> models(@Nullable Array models) throws SQLException {
    return models == null ? null : List.of((String[]) models.getArray());
  }
}
