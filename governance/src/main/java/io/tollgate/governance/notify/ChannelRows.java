package io.tollgate.governance.notify;

import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.SealedText;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** The table of channels. */
final class ChannelRows {
  static final String TABLE = "alert_channels";
  static final String ALIVE = " AND deleted_at IS NULL";

  private ChannelRows() {}

  /** Whether the id was free. */
  static boolean insert(Handle handle, Channel channel) {
    return bound(
                handle.createUpdate(
                    "INSERT INTO alert_channels (id, organization_id, workspace_id, name, kind,"
                        + " url, enabled, budget_ids, threshold_from, only_workspace_id,"
                        + " sealed_secret, sealed_previous_secret, previous_secret_until,"
                        + " created_at, version) VALUES"
                        + " (:id, :organization, :workspace, :name, 'webhook', :url, :enabled,"
                        + " :budgets, :threshold, :only, :secret, :previous, :until, :created,"
                        + " :version) ON CONFLICT DO NOTHING"),
                channel)
            .bind("organization", channel.organizationId().value())
            .bind("workspace", text(channel.workspaceId()))
            .bind("created", channel.createdAt())
            .execute()
        > 0;
  }

  static void update(Handle handle, Channel channel) {
    bound(
            handle.createUpdate(
                "UPDATE alert_channels SET name = :name, url = :url, enabled = :enabled,"
                    + " budget_ids = :budgets, threshold_from = :threshold, only_workspace_id ="
                    + " :only, sealed_secret = :secret, sealed_previous_secret = :previous,"
                    + " previous_secret_until = :until, version = :version WHERE id = :id"),
            channel)
        .execute();
  }

  private static <S extends SqlStatement<S>> S bound(S statement, Channel channel) {
    Channel.@Nullable Previous previous = channel.previousSecret();
    return statement
        .bind("id", channel.id())
        .bind("name", channel.name())
        .bind("url", channel.url())
        .bind("enabled", channel.enabled())
        .bindArray(
            "budgets",
            String.class,
            channel.filters().budgetIds().stream().map(BudgetId::value).toList())
        .bind("threshold", channel.filters().thresholdFrom())
        .bind("only", text(channel.filters().workspaceId()))
        .bind("secret", channel.secret().value())
        .bind("previous", previous == null ? null : previous.secret().value())
        .bind("until", previous == null ? null : previous.until())
        .bind("version", channel.version());
  }

  static void delete(Handle handle, String id, Instant now) {
    handle
        .createUpdate(
            "UPDATE alert_channels SET deleted_at = :now, clear_secret = NULL, sealed_secret ="
                + " NULL, clear_previous_secret = NULL, sealed_previous_secret = NULL,"
                + " previous_secret_until = NULL WHERE id = :id")
        .bind("id", id)
        .bind("now", now)
        .execute();
  }

  /**
   * How many channels an organization has, its workspaces' among them; nobody adds one meanwhile.
   */
  static int lockedCount(Handle handle, OrganizationId organization) {
    handle.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", TABLE + "/" + organization.value());
    return handle
        .createQuery(
            "SELECT count(*) FROM alert_channels WHERE organization_id = :organization" + ALIVE)
        .bind("organization", organization.value())
        .mapTo(Integer.class)
        .one();
  }

  /**
   * The channel.
   *
   * @param workspace the one whose channel it must be, if any
   * @param lock empty, or the lock that the row is read under
   * @throws Refusal 404 if there is none, or no more
   */
  static Channel require(
      Handle handle,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      String id,
      String lock) {
    return handle
        .createQuery(
            "SELECT * FROM alert_channels WHERE id = :id AND organization_id = :organization"
                + " AND (CAST(:workspace AS text) IS NULL OR workspace_id = :workspace)"
                + ALIVE
                + " "
                + lock)
        .bind("id", id)
        .bind("organization", organization.value())
        .bind("workspace", text(workspace.orElse(null)))
        .map((row, context) -> channel(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("channel_id", id));
  }

  /** The ids of what channels an organization, or one of its workspaces, has. */
  static List<String> aliveOf(
      Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
    return handle
        .createQuery(
            "SELECT id FROM alert_channels WHERE organization_id = :organization"
                + " AND (CAST(:workspace AS text) IS NULL OR workspace_id = :workspace)"
                + ALIVE
                + " ORDER BY id FOR UPDATE")
        .bind("organization", organization.value())
        .bind("workspace", text(workspace.orElse(null)))
        .mapTo(String.class)
        .list();
  }

  /** The enabled channels of these organizations. */
  static List<Channel> enabled(Handle handle, Collection<String> organizations) {
    return handle
        .createQuery(
            "SELECT * FROM alert_channels WHERE organization_id = ANY (:organizations)"
                + " AND enabled"
                + ALIVE
                + " ORDER BY organization_id, created_at, id")
        .bindArray("organizations", String.class, List.copyOf(organizations))
        .map((row, context) -> channel(row))
        .list();
  }

  private static @Nullable WorkspaceId workspace(ResultSet row, String column) throws SQLException {
    String id = row.getString(column);
    return id == null ? null : new WorkspaceId(id);
  }

  private static @Nullable String text(@Nullable WorkspaceId workspace) {
    return workspace == null ? null : workspace.value();
  }

  /** The names of the keys that secrets are sealed with. */
  static List<String> sealingKeys(Handle handle) {
    return handle
        .createQuery(
            "SELECT DISTINCT split_part(sealed, ':', 1) FROM alert_channels"
                + " CROSS JOIN LATERAL unnest(ARRAY[sealed_secret, sealed_previous_secret])"
                + " AS of_channel (sealed) WHERE sealed IS NOT NULL")
        .mapTo(String.class)
        .list();
  }

  /** The secrets of a channel, in clear if an older version wrote the row. */
  record Secrets(
      String id,
      @Nullable String clear,
      @Nullable String sealed,
      @Nullable String clearPrevious,
      @Nullable String sealedPrevious) {}

  /**
   * Channels of whose secrets one is in clear or sealed with another key, to be sealed with this.
   */
  static List<Secrets> notSealedWith(Handle handle, String key, int most) {
    return handle
        .createQuery(
            "SELECT * FROM alert_channels WHERE clear_secret IS NOT NULL"
                + " OR clear_previous_secret IS NOT NULL"
                + " OR split_part(sealed_secret, ':', 1) <> :key"
                + " OR split_part(sealed_previous_secret, ':', 1) <> :key"
                + " ORDER BY id LIMIT :most FOR UPDATE")
        .bind("key", key)
        .bind("most", most)
        .map(
            (row, context) ->
                new Secrets(
                    row.getString("id"),
                    row.getString("clear_secret"),
                    row.getString("sealed_secret"),
                    row.getString("clear_previous_secret"),
                    row.getString("sealed_previous_secret")))
        .list();
  }

  /** Puts sealed secrets in the place of what was there; to the channel nothing changes. */
  static void seal(Handle handle, String id, SealedText secret, Optional<SealedText> previous) {
    handle
        .createUpdate(
            "UPDATE alert_channels SET clear_secret = NULL, clear_previous_secret = NULL,"
                + " sealed_secret = :secret, sealed_previous_secret = :previous WHERE id = :id")
        .bind("id", id)
        .bind("secret", secret.value())
        .bind("previous", previous.map(SealedText::value).orElse(null))
        .execute();
  }

  static Channel channel(ResultSet row) throws SQLException {
    String previous = row.getString("sealed_previous_secret");
    Instant until = Listing.optionalInstant(row, "previous_secret_until");
    return new Channel(
        row.getString("id"),
        new OrganizationId(row.getString("organization_id")),
        workspace(row, "workspace_id"),
        row.getString("name"),
        row.getString("url"),
        row.getBoolean("enabled"),
        new Channel.Filters(
            Stream.of((String[]) row.getArray("budget_ids").getArray()).map(BudgetId::new).toList(),
            row.getBigDecimal("threshold_from"),
            workspace(row, "only_workspace_id")),
        new SealedText(row.getString("sealed_secret")),
        previous == null || until == null
            ? null
            : new Channel.Previous(new SealedText(previous), until),
        Listing.instant(row, "created_at"),
        row.getInt("version"));
  }
}
