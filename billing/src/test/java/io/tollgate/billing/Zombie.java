package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A landing process that stops at the worst moment: after its plan is committed, before its insert
 * is sent.
 */
final class Zombie implements AutoCloseable {
  private static final TopicPartition PARTITION = new TopicPartition(Topics.USAGE_RATED.name(), 0);
  private static final LandingLimits LIMITS =
      new LandingLimits(
          100_000,
          64 << 20,
          Duration.ZERO,
          64 << 20,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10));

  private final RatedRowEncoder encoder;
  private final KafkaConsumer<byte[], byte[]> consumer;

  Zombie(Line line) {
    encoder = new RatedRowEncoder(line.serde);
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", line.kafka.bootstrapServers());
    settings.put("group.id", "landing");
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", false);
    settings.put("auto.offset.reset", "earliest");
    settings.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
    settings.put("max.poll.interval.ms", 6_000);
    settings.put("session.timeout.ms", 6_000);
    consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Returns what it was about to insert. */
  Insertion.Sent planAndStall() {
    consumer.subscribe(List.of(PARTITION.topic()));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(100));
              return consumer.assignment().contains(PARTITION);
            });
    OffsetAndMetadata committed = consumer.committed(java.util.Set.of(PARTITION)).get(PARTITION);
    PartitionLane lane =
        committed == null
            ? PartitionLane.first(UsagePartitions.GENERATION, 0, 0, LIMITS, encoder)
            : PartitionLane.resumed(
                UsagePartitions.GENERATION,
                0,
                new PartitionLane.Commit(committed.offset(), committed.metadata()),
                LIMITS,
                encoder);
    lane.check(OptionalLong.empty());
    consumer.seek(PARTITION, lane.start());
    int[] taken = {0};
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              for (ConsumerRecord<byte[], byte[]> row :
                  consumer.poll(Duration.ofMillis(100)).records(PARTITION)) {
                lane.accept(
                    new LogRecord(row.partition(), row.offset(), row.timestamp(), row.value()),
                    Instant.EPOCH);
                taken[0]++;
              }
              return taken[0] > 0;
            });
    lane.advance(consumer.position(PARTITION), Instant.EPOCH);
    PartitionLane.Commit plan = lane.wanted().orElseThrow();
    consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(plan.offset(), plan.metadata())));
    lane.committed(plan, Instant.EPOCH);
    return lane.due(Instant.EPOCH).orElseThrow();
  }

  void assertThatItCannotPlanAnything() {
    assertThatThrownBy(
            () -> consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(0, "late plan"))))
        .isInstanceOf(CommitFailedException.class);
  }

  /** Encodes rows of an organization called parts, which are in no log. */
  static void encode(Line line, int rows, Consumer<Batch> then) {
    RatedRowEncoder encoder = new RatedRowEncoder(line.serde);
    Batch batch = new Batch(0, 0, 202_610, Instant.EPOCH);
    for (int i = 0; i < rows; i++) {
      byte[] value =
          line.serde.encode(RatedUsages.rated().organization("parts").id("part-" + i).build());
      batch.add(new LogRecord(0, i, RatedUsages.TIME.toEpochMilli(), value), encoder);
    }
    then.accept(batch);
  }

  /** Sends half of the rows, then breaks off as a killed process does. */
  static void insertHalf(Line line, Batch batch) throws Exception {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    batch.rows().writeTo(rows);
    byte[] bytes = rows.toByteArray();
    ClickHouseSettings settings = line.clickHouseSettings();
    try (Client client =
        new Client.Builder()
            .addEndpoint(settings.url().toString())
            .setUsername(settings.user())
            .setPassword(settings.password())
            .compressClientRequest(false)
            .setMaxRetries(0)
            .build()) {
      client
          .insert(
              UsageRatedTable.NAME,
              UsageRatedTable.TABLE.columnNames(),
              out -> {
                out.write(bytes, 0, bytes.length / 2);
                out.flush();
                throw new IOException("killed");
              },
              ClickHouseFormat.RowBinary,
              new InsertSettings().setDeduplicationToken("half"))
          .get()
          .close();
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
