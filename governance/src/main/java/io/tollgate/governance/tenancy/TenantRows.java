package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Listing;
import io.tollgate.schemas.avro.Pause;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What the tables of organizations and workspaces have alike: how their rows rest and end. */
final class TenantRows {
  /** More restorations than this forget the oldest pause, as its usage is long decided. */
  static final int MOST_PAUSES = 16;

  private TenantRows() {}

  static void archive(Handle handle, String table, String id, Instant now) {
    update(handle, "UPDATE " + table + " SET archived_at = :now", id, now);
  }

  /** The time it was archived becomes a pause; the newest comes first. */
  static void restore(Handle handle, String table, String id, Instant now) {
    String kept = "greatest(0, cardinality(paused_from) - " + (MOST_PAUSES - 1) + ")";
    update(
        handle,
        "UPDATE "
            + table
            + " SET paused_from = array_prepend(archived_at, trim_array(paused_from, "
            + kept
            + ")), paused_until = array_prepend(CAST(:now AS timestamptz), trim_array(paused_until,"
            + " "
            + kept
            + ")), archived_at = NULL",
        id,
        now);
  }

  static void delete(Handle handle, String table, String id, Instant now) {
    update(handle, "UPDATE " + table + " SET deleted_at = :now", id, now);
  }

  private static void update(Handle handle, String sql, String id, Instant now) {
    handle
        .createUpdate(sql + ", version = version + 1 WHERE id = :id")
        .bind("id", id)
        .bind("now", now)
        .execute();
  }

  /** When it was archived or deleted, whichever was first; null while it is active. */
  static @Nullable Instant end(ResultSet row) throws SQLException {
    Instant archived = Listing.optionalInstant(row, "archived_at");
    return archived == null ? Listing.optionalInstant(row, "deleted_at") : archived;
  }

  static boolean isDeleted(ResultSet row) throws SQLException {
    return Listing.optionalInstant(row, "deleted_at") != null;
  }

  /** Ascending. */
  static List<Pause> pauses(ResultSet row) throws SQLException {
    Timestamp[] from = (Timestamp[]) row.getArray("paused_from").getArray();
    Timestamp[] until = (Timestamp[]) row.getArray("paused_until").getArray();
    List<Pause> pauses = new ArrayList<>();
    for (int i = from.length - 1; i >= 0; i--) {
      pauses.add(new Pause(from[i].toInstant(), until[i].toInstant()));
    }
    return pauses;
  }

  /** As answers show it. */
  static String status(@Nullable Instant validUntil, boolean deleted) {
    return deleted ? "deleted" : validUntil == null ? "active" : "archived";
  }
}
