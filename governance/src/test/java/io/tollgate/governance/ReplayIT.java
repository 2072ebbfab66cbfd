package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.Api.Response;
import io.tollgate.schemas.AcceptedAt;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.RejectedEventId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RejectedUsage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a replay puts on the topic, and what is refused. */
@ExtendWith(SharedStack.class)
class ReplayIT {
  private static final String REJECTED = "/v1/organization/rejected_events/";
  private static final int PARTITION = 2;
  private static final Instant ACCEPTED = Instant.parse("2026-11-01T12:00:00.123Z");
  private static final Duration ARRIVES = Duration.ofSeconds(20);

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api owner;
  private static @Nullable Api foreign;
  private static @Nullable KafkaProducer<byte[], byte[]> producer;

  @BeforeAll
  static void start() throws Exception {
    running =
        new RunningGovernance(
            SharedStack.config("replay", Objects.requireNonNull(folder)).withOperatorApart());
    owner = organization("replayed");
    foreign = organization("replayed-not");
    KafkaProducer<byte[], byte[]> started =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                SharedStack.endpoints().bootstrapServers(),
                "transactional.id",
                "replay-it"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    started.initTransactions();
    producer = started;
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(producer).close();
    Objects.requireNonNull(running).close();
  }

  private static Api organization(String id) throws Exception {
    Api operator = Objects.requireNonNull(running).operator();
    Response made =
        operator.post(
            "/v1/platform/organizations",
            "{'id':'"
                + id
                + "','name':'N','time_zone':'UTC','currency':'USD',"
                + "'owner':{'email':'o@x.example','name':'O'}}");
    return operator.as(made.text("/owner/personal_key/value"));
  }

  private static Api owner() {
    return Objects.requireNonNull(owner);
  }

  /** Says as the meter topology does that bytes were rejected. */
  private static RejectedEventId reject(int partition, String reason, byte[] bytes)
      throws Exception {
    RejectedUsage rejected =
        RejectedUsage.newBuilder()
            .setPosition(new Position(1, PARTITION, 4L, ACCEPTED.plusSeconds(60), ACCEPTED))
            .setReason(reason)
            .setRule("is not known")
            .setOrganizationId("replayed")
            .setSource("gateway")
            .setId("e")
            .setKey(ByteBuffer.wrap("replayed/ws/key".getBytes(StandardCharsets.UTF_8)))
            .setValueBytes(ByteBuffer.wrap(bytes))
            .build();
    byte[] value =
        AvroSerde.of(Topics.USAGE_REJECTED, RegistryClient.at(SharedStack.endpoints().registry()))
            .encode(rejected);
    KafkaProducer<byte[], byte[]> started = Objects.requireNonNull(producer);
    started.beginTransaction();
    var sent =
        started.send(
            new ProducerRecord<>(Topics.USAGE_REJECTED.name(), partition, new byte[0], value));
    started.commitTransaction();
    return RejectedEventId.of(partition, sent.get().offset());
  }

  private static Response replay(Api api, String id) {
    return api.post(REJECTED + id + "/replay", "{}");
  }

  /** What is on the partition of usage.events with these bytes. */
  private static List<ConsumerRecord<byte[], byte[]>> sentAgain(byte[] bytes) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                SharedStack.endpoints().bootstrapServers(),
                "isolation.level",
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topics.USAGE_EVENTS.name(), PARTITION);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (java.util.Arrays.equals(record.value(), bytes)) {
            found.add(record);
          }
        }
      }
      return found;
    }
  }

  @Test
  void aReplayGoesOutAsItCameWithTheTimeOfItsFirstAcceptance() throws Exception {
    byte[] bytes = {0, 1, 2, 3, -1};
    String id = reject(PARTITION, "unknown_tenant", bytes).toString();

    Response first = replay(owner(), id);
    await().atMost(ARRIVES).until(() -> sentAgain(bytes).size() == 1);
    ConsumerRecord<byte[], byte[]> record = sentAgain(bytes).getFirst();
    Response second = replay(owner(), id);

    assertThat(first.status()).as("%s", first.body()).isEqualTo(202);
    assertThat(first.body().get("replayed_before").asBoolean()).isFalse();
    assertThat(AcceptedAt.in(record.headers())).contains(ACCEPTED);
    assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo("replayed/ws/key");
    assertThat(second.status()).isEqualTo(202);
    assertThat(second.body().get("replayed_before").asBoolean()).isTrue();
    assertThat(second.body().get("times").asInt()).isEqualTo(2);
    assertThat(second.text("/first_replayed_at")).isEqualTo(first.text("/replayed_at"));
    assertThat(Objects.requireNonNull(running).audited("rejected_event.replayed", id)).isEqualTo(2);
    await().atMost(ARRIVES).until(() -> sentAgain(bytes).size() == 2);
  }

  @Test
  void whatCannotBecomeGoodIsRefused() throws Exception {
    for (String reason : List.of("late", "future")) {
      Response refused = replay(owner(), reject(0, reason, new byte[] {7}).toString());
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text("/error/message")).contains(ACCEPTED.toString(), reason);
    }
    Response large = replay(owner(), reject(0, "invalid", new byte[70_000]).toString());
    assertThat(large.status()).isEqualTo(409);
    assertThat(large.text("/error/message")).contains("70000 bytes");
  }

  @Test
  void anothersNoneAndWhatIsGoneAreToldApartFromWhatIsThere() throws Exception {
    RejectedEventId id = reject(0, "unknown_tenant", new byte[] {8});
    RejectedEventId old = reject(3, "unknown_tenant", new byte[] {9});
    RejectedEventId newer = reject(3, "unknown_tenant", new byte[] {10});
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", SharedStack.endpoints().bootstrapServers()))) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(Topics.USAGE_REJECTED.name(), 3),
                  RecordsToDelete.beforeOffset(newer.offset())))
          .all()
          .get();
    }
    Response gone = replay(owner(), old.toString());

    assertThat(replay(Objects.requireNonNull(foreign), id.toString()).status()).isEqualTo(404);
    assertThat(replay(owner(), "1-0-" + (id.offset() + 1)).status())
        .as("where the transaction ended")
        .isEqualTo(404);
    assertThat(replay(owner(), "1-0-999999").status()).isEqualTo(404);
    assertThat(replay(owner(), "1-99-0").status()).isEqualTo(404);
    assertThat(replay(owner(), "2-0-" + id.offset()).status()).isEqualTo(404);
    assertThat(replay(owner(), "nothing").status()).isEqualTo(400);
    assertThat(gone.status()).isEqualTo(410);
    assertThat(gone.text("/error/message")).contains("41 days");
    assertThat(replay(owner(), newer.toString()).status()).isEqualTo(202);
    assertThat(replay(owner(), id.toString()).status()).isEqualTo(202);
  }
}
