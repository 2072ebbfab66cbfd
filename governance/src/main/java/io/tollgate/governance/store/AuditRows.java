package io.tollgate.governance.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.statement.SqlStatement;

/** The table of audit rows: how one is written and read. */
public final class AuditRows {
  static final String INSERT =
      "INSERT INTO audit (chain, sequence, at, type, outcome, attempts, actor_kind, actor,"
          + " actor_email, address, route, subject_kind, subject, workspace_id, before, after,"
          + " hash) VALUES (:chain, :sequence, :at, :type, :outcome, :attempts, :actorKind,"
          + " :actor, :actorEmail, :address, :route, :subjectKind, :subject, :workspace, :before,"
          + " :after, :hash)";

  private AuditRows() {}

  static void bind(SqlStatement<?> insert, AuditEntry entry, byte[] hash) {
    insert
        .bind("chain", entry.chain())
        .bind("sequence", entry.sequence())
        .bind("at", entry.at())
        .bind("type", entry.type())
        .bind("outcome", entry.outcome().wireName())
        .bind("attempts", entry.attempts())
        .bind("actorKind", entry.actor().kind())
        .bind("actor", entry.actor().id())
        .bind("actorEmail", entry.actor().email())
        .bind("address", entry.address())
        .bind("route", entry.route())
        .bind("subjectKind", entry.subjectKind())
        .bind("subject", entry.subject())
        .bind("workspace", entry.workspace())
        .bind("before", entry.before())
        .bind("after", entry.after())
        .bind("hash", hash);
  }

  /** The entry that a row holds. */
  public static AuditEntry entry(ResultSet row) throws SQLException {
    return new AuditEntry(
        row.getString("chain"),
        row.getLong("sequence"),
        Listing.instant(row, "at"),
        row.getString("type"),
        AuditEntry.Outcome.of(row.getString("outcome")),
        row.getLong("attempts"),
        new Actor(
            row.getString("actor_kind"), row.getString("actor"), row.getString("actor_email")),
        row.getString("address"),
        row.getString("route"),
        row.getString("subject_kind"),
        row.getString("subject"),
        row.getString("workspace_id"),
        row.getString("before"),
        row.getString("after"));
  }
}
