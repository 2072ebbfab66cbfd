package io.tollgate.billing;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The third source of reconciliation: the database adds its rows up itself. */
final class LandedReader {
  /** Faulty rows named one by one. */
  static final int MOST_ROWS = 100;

  private static final String HOUR =
      "intDiv(toUnixTimestamp64Micro(event_time), 3600000000) * 3600 AS hour";

  private static final String TOTALS =
      """
      SELECT organization_id, %s, %s AS requests, sum(cost) AS cost_sum
      FROM usage_rated
      GROUP BY organization_id, hour\
      """
          .formatted(HOUR, UsageRatedTable.REQUESTS);

  private static final String UNITS =
      """
      SELECT organization_id, %s, meter, sum(toInt128(unit)) AS unit_sum
      FROM usage_rated
      ARRAY JOIN meters AS meter, units AS unit
      GROUP BY organization_id, hour, meter\
      """
          .formatted(HOUR);

  private static final String COSTS =
      """
      SELECT currency, sum(cost) AS cost_sum
      FROM usage_rated
      GROUP BY currency
      ORDER BY currency\
      """;

  private static final String POSITIONS =
      """
      SELECT count() AS row_count, uniqExactIf(rated_offset, kind = 'usage') AS usages,
        uniqExactIf(rated_offset, kind = 'reversal') AS reversals
      FROM usage_rated
      WHERE generation = ? AND rated_partition = ? AND rated_offset >= ?\
      """;

  private static final String DOUBLED =
      """
      SELECT organization_id, %s, rated_partition, rated_offset, count() AS times
      FROM usage_rated
      GROUP BY organization_id, hour, rated_partition, rated_offset
      HAVING times > 1
      ORDER BY organization_id, hour, rated_partition, rated_offset
      LIMIT %d\
      """
          .formatted(HOUR, MOST_ROWS);

  /**
   * Rate × units has 6 decimals and a cost 12; both sides are compared in 256 bits, where nothing
   * overflows.
   */
  private static final String NOT_RECOMPUTED =
      """
      SELECT organization_id, %s, rated_partition, rated_offset, cost,
        arraySum((unit, rate) -> toDecimal256(ifNull(rate, 0), 6) * unit, units, rates) AS rated_micros
      FROM usage_rated
      WHERE toDecimal256(cost, 12) * 1000000 != rated_micros
        OR arrayExists((unit, rate, charge) ->
          toDecimal256(charge, 12) * 1000000 != toDecimal256(ifNull(rate, 0), 6) * unit, units, rates, costs)
      ORDER BY organization_id, hour, rated_partition, rated_offset
      LIMIT %d\
      """
          .formatted(HOUR, MOST_ROWS);

  private static final String ROWS_OF_AN_HOUR =
      """
      SELECT rated_partition, rated_offset
      FROM usage_rated
      WHERE organization_id = ?
        AND event_time >= fromUnixTimestamp64Micro(toInt64(?), 'UTC')
        AND event_time < fromUnixTimestamp64Micro(toInt64(?), 'UTC')\
      """;

  private final ClickHouse clickHouse;

  LandedReader(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /** A row by its position in usage.rated. */
  record Position(int partition, long offset) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byPartition = Integer.compare(partition, other.partition);
      return byPartition != 0 ? byPartition : Long.compare(offset, other.offset);
    }

    @Override
    public String toString() {
      return "usage.rated partition " + partition + " offset " + offset;
    }
  }

  Map<OrganizationHour, HourTotals> hours() {
    Map<OrganizationHour, Map<String, Long>> units = new HashMap<>();
    clickHouse.query(
        new SqlStatement(UNITS, List.of()),
        row ->
            units
                .computeIfAbsent(hour(row), none -> new HashMap<>())
                .put(row.getString("meter"), row.getBigDecimal("unit_sum").longValueExact()));
    Map<OrganizationHour, HourTotals> hours = new TreeMap<>();
    clickHouse.query(
        new SqlStatement(TOTALS, List.of()),
        row -> {
          OrganizationHour hour = hour(row);
          return hours.put(
              hour,
              new HourTotals(
                  row.getLong("requests"),
                  units.getOrDefault(hour, Map.of()),
                  Money.of(row.getBigDecimal("cost_sum"))));
        });
    return hours;
  }

  List<Reconciliation.CurrencyTotal> costs() {
    return clickHouse.query(
        new SqlStatement(COSTS, List.of()),
        row ->
            new Reconciliation.CurrencyTotal(
                row.getString("currency"), Money.of(row.getBigDecimal("cost_sum")).toString()));
  }

  /** All rows. */
  long rows() {
    return clickHouse
        .query(
            new SqlStatement("SELECT count() FROM usage_rated", List.of()), row -> row.getLong(1))
        .getFirst();
  }

  /** Rows, and distinct positions by kind. */
  record Counts(long rows, Books.RatedCounts positions) {}

  /** Rows of a partition at or above an offset. */
  Counts counts(int generation, int partition, long from) {
    return clickHouse
        .query(
            new SqlStatement(POSITIONS, List.of(generation, partition, from)),
            row ->
                new Counts(
                    row.getLong("row_count"),
                    new Books.RatedCounts(row.getLong("usages"), row.getLong("reversals"))))
        .getFirst();
  }

  /** Positions that are in the table more than once. */
  List<Difference> doubled() {
    return clickHouse.query(
        new SqlStatement(DOUBLED, List.of()),
        row -> {
          Position position =
              new Position(row.getInt("rated_partition"), row.getLong("rated_offset"));
          long times = row.getLong("times");
          return Difference.ofRow(
              hour(row),
              position.partition(),
              "row",
              BigDecimal.ONE,
              BigDecimal.valueOf(times),
              position + " is in the table " + times + " times");
        });
  }

  /**
   * Rows whose cost is not the sum of their charges, or with a charge that is not rate × units /
   * 1,000,000.
   */
  List<Difference> notRecomputed() {
    return clickHouse.query(
        new SqlStatement(NOT_RECOMPUTED, List.of()),
        row -> {
          Position position =
              new Position(row.getInt("rated_partition"), row.getLong("rated_offset"));
          BigDecimal recomputed = row.getBigDecimal("rated_micros").movePointLeft(6);
          BigDecimal cost = row.getBigDecimal("cost");
          return Difference.ofRow(
              hour(row),
              position.partition(),
              "row.cost",
              Money.of(recomputed).value(),
              cost,
              position + " does not cost what its units and rates say");
        });
  }

  /** The positions of an hour's rows, with repetitions. */
  List<Position> positions(OrganizationHour hour) {
    return new ArrayList<>(
        clickHouse.query(
            new SqlStatement(
                ROWS_OF_AN_HOUR,
                List.of(
                    hour.organization().value(),
                    Micros.of(hour.hour()),
                    Micros.of(hour.hour().plusSeconds(3_600)))),
            row -> new Position(row.getInt("rated_partition"), row.getLong("rated_offset"))));
  }

  private static OrganizationHour hour(ResultSet row) throws SQLException {
    return new OrganizationHour(
        new OrganizationId(row.getString("organization_id")),
        Instant.ofEpochSecond(row.getLong("hour")));
  }
}
