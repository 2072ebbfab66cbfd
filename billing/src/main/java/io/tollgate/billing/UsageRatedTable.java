package io.tollgate.billing;

import io.tollgate.billing.LandedTable.Column;
import java.util.List;

/**
 * The table of landed usage: a row per record of usage.rated, never changed.
 *
 * <p>A part belongs to one month of append time, which only grows within a Kafka partition, so that
 * a batch is one part and lands whole or not at all. Rows lie by tenant and event time, as queries
 * and invoices read them. The four arrays {@code meters}, {@code units}, {@code rates} and {@code
 * costs} run in parallel; a null rate says that the meter was told but not charged. All integers
 * are as wide as in Java and signed, because ClickHouse wraps what does not fit without a word.
 *
 * <p>A row of kind {@code reversal} takes an earlier row's usage back: units and costs are negated
 * and it counts minus one request ({@link #REQUESTS}), so that sums over rows are right whatever
 * was corrected. Its event time is that of the usage it takes back, its source position that of the
 * correction.
 */
final class UsageRatedTable {
  static final String NAME = "usage_rated";

  /** What the requests of rows add up to. */
  static final String REQUESTS = "sum(if(kind = 'reversal', -1, 1))";

  private static final List<Column> COLUMNS =
      List.of(
          new Column("organization_id", "LowCardinality(String)"),
          new Column("workspace_id", "LowCardinality(String)"),
          new Column("api_key_id", "String"),
          new Column("event_time", "DateTime64(6, 'UTC')"),
          new Column("source", "LowCardinality(String)"),
          new Column("event_id", "String"),
          new Column("user", "Nullable(String)"),
          new Column("feature", "LowCardinality(Nullable(String))"),
          new Column("tags", "Map(LowCardinality(String), String)"),
          new Column("provider", "LowCardinality(String)"),
          new Column("requested_model", "LowCardinality(Nullable(String))"),
          new Column("model", "LowCardinality(String)"),
          new Column("service_tier", "LowCardinality(String)"),
          new Column("quality", "Enum8('reported' = 0, 'estimated' = 1, 'missing' = 2)"),
          new Column("provider_request_id", "Nullable(String)"),
          new Column("hold_id", "Nullable(String)"),
          new Column("backfill_id", "LowCardinality(Nullable(String))"),
          new Column("correction", "Enum8('none' = 0, 'void' = 1, 'amend' = 2)"),
          new Column("original_id", "Nullable(String)"),
          new Column("kind", "Enum8('usage' = 0, 'reversal' = 1)"),
          new Column("correction_id", "Nullable(String)"),
          new Column("body_digest", "FixedString(16)"),
          new Column("currency", "LowCardinality(String)"),
          new Column("price_book_id", "LowCardinality(String)"),
          new Column("price_version", "Int32"),
          new Column("context_over", "Nullable(Int64)"),
          new Column("meters", "Array(LowCardinality(String))"),
          new Column("units", "Array(Int64)"),
          new Column("rates", "Array(Nullable(Decimal(38, 6)))"),
          new Column("costs", "Array(Decimal(38, 12))"),
          new Column("cost", "Decimal(38, 12)"),
          new Column("generation", "Int32"),
          new Column("source_partition", "Int32"),
          new Column("source_offset", "Int64"),
          new Column("appended_at", "DateTime64(3, 'UTC')"),
          new Column("accepted_at", "DateTime64(3, 'UTC')"),
          new Column("rated_partition", "Int32"),
          new Column("rated_offset", "Int64"),
          new Column("rated_at", "DateTime64(3, 'UTC')"));

  /** A table of an earlier version lacks these; its rows are usage. */
  private static final List<String> MIGRATIONS =
      List.of(addColumn("kind", "original_id"), addColumn("correction_id", "kind"));

  static final LandedTable TABLE =
      new LandedTable(
          NAME,
          COLUMNS,
          "rated_at",
          "rated_partition",
          "rated_offset",
          "organization_id, workspace_id, event_time, source_partition, source_offset",
          MIGRATIONS);

  private UsageRatedTable() {}

  private static String addColumn(String name, String after) {
    String type =
        COLUMNS.stream()
            .filter(column -> column.name().equals(name))
            .map(Column::type)
            .findFirst()
            .orElseThrow();
    return "ALTER TABLE "
        + NAME
        + " ADD COLUMN IF NOT EXISTS "
        + name
        + " "
        + type
        + " AFTER "
        + after;
  }
}
