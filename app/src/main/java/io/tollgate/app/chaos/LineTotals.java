package io.tollgate.app.chaos;

import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RejectedUsage;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;

/** Adds up what the line has: records as a committed reader sees them, and landed rows. */
record LineTotals(String bootstrapServers, SchemaIds ids, LocalClickHouse clickHouse) {
  /** The newest outcomes, over all partitions. */
  record Outcomes(
      long records,
      long rated,
      long duplicates,
      long rejected,
      long conflicts,
      long voids,
      long other) {
    Outcomes plus(PartitionOutcomes one) {
      return new Outcomes(
          records + one.getRecords(),
          rated + one.getRated(),
          duplicates + one.getDuplicate(),
          rejected + one.getRejected(),
          conflicts + one.getConflict(),
          voids + one.getVoids(),
          other
              + one.getUnrated()
              + one.getWaiting()
              + one.getRerouted()
              + one.getWithdrawn()
              + one.getWrittenOff());
    }
  }

  /** Committed rated usage by API key. */
  Map<String, Total> rated() {
    Map<String, Total> totals = new TreeMap<>();
    read(
        Topics.USAGE_RATED,
        rated ->
            totals.merge(
                rated.getEvent().getApiKeyId(),
                new Total(
                    rated.getKind() == RatedKind.REVERSAL ? -1 : 1,
                    rated.getEvent().getUnits(),
                    rated.getCost()),
                Total::plus));
    return totals;
  }

  Outcomes outcomes() {
    Map<Integer, PartitionOutcomes> newest = new HashMap<>();
    read(Topics.USAGE_OUTCOMES, outcomes -> newest.put(outcomes.getPartition(), outcomes));
    Outcomes sum = new Outcomes(0, 0, 0, 0, 0, 0, 0);
    for (PartitionOutcomes outcomes : newest.values()) {
      sum = sum.plus(outcomes);
    }
    return sum;
  }

  /** Committed alerts; those of one budget in their order. */
  List<BudgetAlert> alerts() {
    List<BudgetAlert> alerts = new ArrayList<>();
    read(Topics.BUDGET_ALERTS, alerts::add);
    return alerts;
  }

  /** How many committed rejections there are, by reason. */
  Map<String, Long> rejections() {
    Map<String, Long> byReason = new TreeMap<>();
    read(
        Topics.USAGE_REJECTED,
        (RejectedUsage rejected) -> byReason.merge(rejected.getReason(), 1L, Long::sum));
    return byReason;
  }

  /** Landed rows by API key. */
  Map<String, Total> landed() {
    Map<String, Total> totals = new TreeMap<>();
    query(
        "SELECT api_key_id, sum(if(kind = 'reversal', -1, 1)), sum(cost) FROM usage_rated"
            + " GROUP BY api_key_id",
        row ->
            totals.put(
                row.getString(1), new Total(row.getLong(2), Map.of(), row.getBigDecimal(3))));
    query(
        "SELECT api_key_id, meter, sum(used) FROM usage_rated"
            + " ARRAY JOIN meters AS meter, units AS used GROUP BY api_key_id, meter",
        row ->
            totals.merge(
                row.getString(1),
                new Total(0, Map.of(row.getString(2), row.getLong(3)), Total.NONE.cost()),
                Total::plus));
    return totals;
  }

  /** The numbers of the events that have landed. */
  BitSet landedNumbers() {
    return numbers("SELECT event_id FROM usage_rated WHERE kind = 'usage'");
  }

  /** The numbers of the corrections whose reversals have landed. */
  BitSet landedReversals() {
    return numbers("SELECT correction_id FROM usage_rated WHERE kind = 'reversal'");
  }

  private BitSet numbers(String sql) {
    BitSet numbers = new BitSet();
    query(sql, row -> numbers.set(NumberedEvents.number(row.getString(1))));
    return numbers;
  }

  /**
   * What has landed more than once: a line for each, up to a bound, and one with their number.
   * Where both were read from the same offset, an event was metered again; else deduplication has
   * missed a copy; with the same offset of usage.rated, a row was inserted again.
   */
  List<String> landedTwice(int most) {
    List<String> lines = new ArrayList<>();
    query(
        "SELECT kind, if(kind = 'reversal', correction_id, event_id) AS id, count() OVER () AS ids,"
            + " toString(arraySort(groupArray((source_partition, source_offset, rated_offset))))"
            + " AS places FROM usage_rated GROUP BY kind, id HAVING count() > 1"
            + " ORDER BY min(source_partition), min(source_offset) LIMIT "
            + most,
        row -> {
          if (lines.isEmpty()) {
            lines.add(row.getLong(3) + " have landed more than once");
          }
          lines.add(
              "%s %s has landed more than once, from (partition, offset, offset rated) %s"
                  .formatted(row.getString(1), row.getString(2), row.getString(4)));
        });
    return lines;
  }

  private interface Row {
    void read(ResultSet row) throws SQLException;
  }

  private void query(String sql, Row each) {
    Properties login = new Properties();
    login.setProperty("user", LocalClickHouse.USER);
    login.setProperty("password", clickHouse.password());
    login.setProperty("compress", "false");
    try (Connection connection = DriverManager.getConnection(clickHouse.jdbcUrl("default"), login);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        each.read(rows);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private <V extends SpecificRecord> void read(Topic<V> topic, Consumer<V> each) {
    AvroSerde<V> serde = AvroSerde.of(topic, ids);
    TopicReader.of(bootstrapServers, topic)
        .readToEnd(record -> each.accept(serde.decode(record.value())));
  }
}
