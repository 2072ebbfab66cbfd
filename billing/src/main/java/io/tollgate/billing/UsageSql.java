package io.tollgate.billing;

import java.util.ArrayList;
import java.util.List;

/** Adds usage up per bucket, group and meter, in the database. */
final class UsageSql {
  /** Rows of one page; a bound on memory. */
  static final int MOST_ROWS = 200_000;

  private static final long MICROS = 1_000_000L;

  private UsageSql() {}

  static SqlStatement rows(UsageQuery query) {
    List<String> groups = new ArrayList<>();
    if (query.groupBy().contains(Dimension.PROJECT_ID)) {
      groups.add(Dimension.PROJECT_ID.column());
    }
    if (query.groupBy().contains(Dimension.API_KEY_ID)) {
      groups.add(Dimension.API_KEY_ID.column());
    }
    if (groupsByModel(query)) {
      groups.add(Dimension.MODEL.column());
    }
    groups.add("meter");
    groups.add("currency");
    String keys = String.join(", ", groups);
    long width = query.width().seconds();
    SqlStatement.Builder sql =
        new SqlStatement.Builder()
            .add(
                "SELECT intDiv(toUnixTimestamp64Micro(event_time), "
                    + width * MICROS
                    + ") * "
                    + width
                    + " AS bucket,\n")
            .add("  " + keys + ",\n")
            .add(
                "  sum(toInt128(unit)) AS unit_sum,"
                    + " sum(if(ordinal > 1, 0, if(kind = 'reversal', -1, 1))) AS requests,"
                    + " sum(charge) AS cost_sum\n")
            .add("FROM usage_rated\n")
            .add(
                "LEFT ARRAY JOIN meters AS meter, units AS unit, costs AS charge,"
                    + " arrayEnumerate(meters) AS ordinal\n")
            .add("WHERE organization_id = ?\n", query.organization().value())
            .add(
                "  AND event_time >= fromUnixTimestamp64Micro(toInt64(?), 'UTC')\n",
                Micros.of(query.pageStart()))
            .add(
                "  AND event_time < fromUnixTimestamp64Micro(toInt64(?), 'UTC')\n",
                Micros.of(query.pageEnd()));
    for (Dimension dimension : Dimension.values()) {
      sql.andIn(dimension.column(), query.only().getOrDefault(dimension, List.of()));
    }
    sql.andNotIn(Dimension.PROJECT_ID.column(), query.hidden());
    return sql.add("GROUP BY bucket, " + keys + "\n")
        .add("ORDER BY bucket, " + keys + "\n")
        .add("LIMIT " + (MOST_ROWS + 1))
        .build();
  }

  static boolean groupsByModel(UsageQuery query) {
    return query.groupBy().contains(Dimension.MODEL)
        || query.groupBy().contains(Dimension.LINE_ITEM);
  }
}
