package io.tollgate.app.fault;

import io.tollgate.app.fault.NumberedEvents.Total;
import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedUsage;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Adds up what the line has: rated records as a committed reader sees them, and landed rows. */
record LineTotals(String bootstrapServers, SchemaIds ids, LocalClickHouse clickHouse) {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int ID_PREFIX = "evt-".length();

  /** The newest outcomes, over all partitions. */
  record Outcomes(long records, long rated, long duplicates, long rejected) {
    Outcomes plus(PartitionOutcomes other) {
      return new Outcomes(
          records + other.getRecords(),
          rated + other.getRated(),
          duplicates + other.getDuplicate(),
          rejected + other.getRejected());
    }
  }

  Map<String, Total> rated() {
    Map<String, Total> totals = new TreeMap<>();
    read(
        Topics.USAGE_RATED,
        rated -> totals.merge(rated.getEvent().getOrganizationId(), total(rated), Total::plus));
    return totals;
  }

  private static Total total(RatedUsage rated) {
    long units = rated.getEvent().getUnits().values().stream().mapToLong(Long::longValue).sum();
    return new Total(1, units, rated.getCost()).normal();
  }

  Outcomes outcomes() {
    Map<Integer, PartitionOutcomes> newest = new HashMap<>();
    read(Topics.USAGE_OUTCOMES, outcomes -> newest.put(outcomes.getPartition(), outcomes));
    Outcomes sum = new Outcomes(0, 0, 0, 0);
    for (PartitionOutcomes outcomes : newest.values()) {
      sum = sum.plus(outcomes);
    }
    return sum;
  }

  Map<String, Total> landed() {
    Map<String, Total> totals = new TreeMap<>();
    query(
        "SELECT organization_id, count(), sum(arraySum(units)), sum(cost)"
            + " FROM usage_rated GROUP BY organization_id",
        row ->
            totals.put(
                row.getString(1),
                new Total(row.getLong(2), row.getLong(3), row.getBigDecimal(4)).normal()));
    return totals;
  }

  /**
   * The numbers of the events that have landed.
   *
   * @throws IllegalStateException if one has landed twice
   */
  BitSet landedNumbers() {
    BitSet numbers = new BitSet();
    query(
        "SELECT event_id FROM usage_rated",
        row -> {
          int number = Integer.parseInt(row.getString(1).substring(ID_PREFIX));
          if (numbers.get(number)) {
            throw new IllegalStateException("event " + number + " has landed twice");
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
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          each.accept(serde.decode(record.value()));
        }
      }
    }
  }
}
