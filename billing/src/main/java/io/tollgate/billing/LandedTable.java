package io.tollgate.billing;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A table that is filled from a topic, a row per record, never changed. A part belongs to one month
 * of append time, which only grows within a Kafka partition, so that a batch is one part and lands
 * whole or not at all.
 *
 * @param columns in the order in which the row encoder writes them
 * @param month the column that holds the append time
 * @param partition the column that holds the record's partition
 * @param offset the column that holds the record's offset
 * @param order what rows lie by
 * @param migrations what a table of an earlier version lacks
 */
record LandedTable(
    String name,
    List<Column> columns,
    String month,
    String partition,
    String offset,
    String order,
    List<String> migrations) {
  /**
   * Blocks whose tokens the engine remembers: an insert is one. With a lane's pace of at most two
   * inserts a second, 32 partitions need half an hour to push a token out, while a plan older than
   * seconds is committed again before its insert is sent.
   */
  static final int DEDUPLICATION_WINDOW = 100_000;

  /** A column and its type in the database. */
  record Column(String name, String type) {}

  LandedTable {
    columns = List.copyOf(columns);
    migrations = List.copyOf(migrations);
  }

  List<String> columnNames() {
    return columns.stream().map(Column::name).toList();
  }

  String createStatement() {
    return columns.stream()
        .map(column -> "  " + column.name() + " " + column.type())
        .collect(
            Collectors.joining(
                ",\n",
                "CREATE TABLE IF NOT EXISTS " + name + " (\n",
                ")\n"
                    + "ENGINE = MergeTree\n"
                    + "PARTITION BY toYYYYMM("
                    + month
                    + ")\n"
                    + "ORDER BY ("
                    + order
                    + ")\n"
                    + "SETTINGS non_replicated_deduplication_window = "
                    + DEDUPLICATION_WINDOW));
  }
}
