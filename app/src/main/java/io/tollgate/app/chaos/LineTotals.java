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

  /**
   * The numbers of the events that have landed.
   *
   * @param twice told each number that has landed more than once
   */
  BitSet landedNumbers(Consumer<Integer> twice) {
    return numbers("SELECT event_id FROM usage_rated WHERE kind = 'usage'", twice);
  }

  /** The numbers of the corrections whose reversals have landed. */
  BitSet landedReversals(Consumer<Integer> twice) {
    return numbers("SELECT correction_id FROM usage_rated WHERE kind = 'reversal'", twice);
  }

  private BitSet numbers(String sql, Consumer<Integer> twice) {
    BitSet numbers = new BitSet();
    query(
        sql,
        row -> {
          int number = NumberedEvents.number(row.getString(1));
          if (numbers.get(number)) {
            twice.accept(number);
          }
          numbers.set(number);
        });
    return numbers;
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
