package io.tollgate.billing;

import io.tollgate.billing.LandedTable.Column;
import java.util.List;

/**
 * The table of landed rejections: a row per record of usage.rejected, never changed. Whose it is,
 * its time and its workspace are what the event says, where it can be read as one; an organization
 * that cannot be read is the empty text, and its rows are nobody's.
 */
final class UsageRejectedTable {
  static final String NAME = "usage_rejected";

  static final LandedTable TABLE =
      new LandedTable(
          NAME,
          List.of(
              new Column("organization_id", "LowCardinality(String)"),
              new Column("workspace_id", "Nullable(String)"),
              new Column("api_key_id", "Nullable(String)"),
              new Column("event_time", "Nullable(DateTime64(6, 'UTC'))"),
              new Column("source", "Nullable(String)"),
              new Column("event_id", "Nullable(String)"),
              new Column("reason", "LowCardinality(String)"),
              new Column("field", "Nullable(String)"),
              new Column("value", "Nullable(String)"),
              new Column("rule", "String"),
              new Column("body_digest", "Nullable(String)"),
              new Column("original_digest", "Nullable(String)"),
              new Column("bytes", "String"),
              new Column("generation", "Int32"),
              new Column("source_partition", "Int32"),
              new Column("source_offset", "Int64"),
              new Column("appended_at", "DateTime64(3, 'UTC')"),
              new Column("accepted_at", "DateTime64(3, 'UTC')"),
              new Column("rejected_partition", "Int32"),
              new Column("rejected_offset", "Int64"),
              new Column("rejected_at", "DateTime64(3, 'UTC')")),
          "rejected_at",
          "rejected_partition",
          "rejected_offset",
          "organization_id, rejected_at, rejected_partition, rejected_offset",
          List.of());

  private UsageRejectedTable() {}
}
