package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tollgate.embedded.LocalKafka;
import io.tollgate.schemas.TopicFollower;
import io.tollgate.schemas.TopicFollowing;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader without a group sees of a real broker. */
final class TopicReaderIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PARTITIONS = 3;

  private static @Nullable LocalKafka kafka;
  private static int topics;

  @BeforeAll
  static void start(@TempDir Path data) {
    kafka = LocalKafka.start(LocalKafka.Config.in(data));
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static String topic() throws Exception {
    String topic = "read-" + topics++;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    }
    return topic;
  }

  private static TopicReader reader(String topic) {
    return TopicReader.of(kafka.bootstrapServers(), topic);
  }

  private static KafkaProducer<String, String> producer(String transactionalId) {
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", kafka.bootstrapServers(), "transactional.id", transactionalId),
            new StringSerializer(),
            new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  /** Commits these, one partition after the other. */
  private static void commit(String topic, String... values) {
    try (KafkaProducer<String, String> producer = producer(topic)) {
      producer.beginTransaction();
      send(producer, topic, values);
      producer.commitTransaction();
    }
  }

  private static void send(KafkaProducer<String, String> producer, String topic, String... values) {
    for (int i = 0; i < values.length; i++) {
      producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "key", values[i]));
    }
    producer.flush();
  }

  private static String value(ConsumerRecord<String, byte[]> record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }

  private static List<String> readToEnd(TopicReader reader) {
    List<String> values = new ArrayList<>();
    reader.readToEnd(record -> values.add(value(record)));
    return values;
  }

  /** Takes values, and does at the first of a name what that name says. */
  private static final class Taking implements TopicFollower {
    final List<String> happened = new CopyOnWriteArrayList<>();
    private boolean failed;
    private boolean begunAgain;

    @Override
    public Next take(ConsumerRecords<String, byte[]> batch) {
      for (ConsumerRecord<String, byte[]> record : batch) {
        String value = value(record);
        if (value.equals("fail") && !failed) {
          failed = true;
          throw new IllegalStateException("as the test wants");
        }
        if (value.equals("again") && !begunAgain) {
          begunAgain = true;
          return Next.BEGIN_AGAIN;
        }
        happened.add(value);
      }
      return Next.GO_ON;
    }

    @Override
    public void begun() {
      happened.add("(begun)");
    }

    @Override
    public void caughtUp() {
      happened.add("(caught up)");
    }

    @Override
    public void failed(RuntimeException failure) {
      happened.add("(failed)");
    }
  }

  @Test
  void readsWhatIsCommittedNowAndNothingElse() throws Exception {
    String topic = topic();
    assertThat(readToEnd(reader(topic))).isEmpty();
    commit(topic, "a", "b", "c", "d");
    try (KafkaProducer<String, String> other = producer(topic + "-other")) {
      other.beginTransaction();
      send(other, topic, "aborted", "aborted");
      other.abortTransaction();
      other.beginTransaction();
      send(other, topic, "open");
      List<String> values = new ArrayList<>();
      reader(topic)
          .batchesOf(1)
          .readToEnd(
              record -> {
                // What is committed while one reads is for the next one.
                commit(topic, "late", "late", "late");
                values.add(value(record));
              });
      assertThat(values).containsExactlyInAnyOrder("a", "b", "c", "d");

      Map<Integer, Long> beyond = Map.of(0, 1_000L);
      assertThatThrownBy(() -> reader(topic).readTo(beyond, Duration.ofMillis(300), record -> {}))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining(topic + " could not be read to its end")
          .hasMessageContaining("1000");
    }
    assertThatThrownBy(() -> readToEnd(reader("no-such-topic")))
        .isInstanceOf(UnknownTopicOrPartitionException.class)
        .hasMessageContaining("no-such-topic");
  }

  @Test
  void readsUpToGivenOffsetsOfSomePartitions() throws Exception {
    String topic = topic();
    commit(topic, "a0", "b0", "c0", "a1", "b1", "c1");
    List<String> values = new ArrayList<>();
    reader(topic).readTo(Map.of(0, 1L, 2, 2L), PATIENCE, record -> values.add(value(record)));
    assertThat(values).containsExactlyInAnyOrder("a0", "c0", "c1");
  }

  @Test
  void beginsWhereItIsTold() throws Exception {
    String topic = topic();
    commit(topic, "a0", "b0", "c0", "a1", "b1", "c1");
    Instant between = Instant.now();
    await().until(() -> Instant.now().isAfter(between.plusMillis(5)));
    commit(topic, "late");

    assertThat(readToEnd(reader(topic).from(new TopicStart.End()))).isEmpty();
    assertThat(readToEnd(reader(topic).from(new TopicStart.Appended(between.plusMillis(1)))))
        .containsExactly("late");
    // Partition 0 from its second record, 1 from its first, 2 as if the topic had been made anew.
    assertThat(readToEnd(reader(topic).from(new TopicStart.Kept(() -> Map.of(0, 1L, 2, 99L)))))
        .containsExactlyInAnyOrder("a1", "late", "b0", "b1", "c0", "c1");

    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 1), RecordsToDelete.beforeOffset(1)))
          .all()
          .get();
    }
    assertThat(
            readToEnd(reader(topic).from(new TopicStart.Kept(() -> Map.of(0, 3L, 1, 0L, 2, 2L)))))
        .containsExactlyInAnyOrder("late", "b1");
  }

  @Test
  void followsAndBeginsAgainAfterAFailureOrWhenTold() throws Exception {
    String topic = topic();
    commit(topic, "there");
    Taking taking = new Taking();
    try (TopicFollowing following = reader(topic).follow("following", taking)) {
      following.awaitCaughtUp(PATIENCE);
      commit(topic, "fail");
      await().atMost(PATIENCE).until(() -> taking.happened.contains("fail"));
      commit(topic, "again");
      await().atMost(PATIENCE).until(() -> taking.happened.contains("again"));
      // An end follows: only then is everything sure to have happened.
      await().atMost(PATIENCE).until(() -> taking.happened.getLast().equals("(caught up)"));
    }
    assertThat(taking.happened)
        .containsExactly(
            "(begun)",
            "there",
            "(caught up)",
            "(failed)",
            "(begun)",
            "there",
            "fail",
            "(caught up)",
            "(begun)",
            "there",
            "fail",
            "again",
            "(caught up)");
  }

  @Test
  void goesOnWhenTheBrokerIsBack() throws Exception {
    String topic = topic();
    commit(topic, "before");
    Taking taking = new Taking();
    try (TopicFollowing following =
        reader(topic).from(new TopicStart.End()).follow("following", taking)) {
      following.awaitCaughtUp(PATIENCE);
      kafka.kill();
      kafka.restart();
      commit(topic, IntStream.range(0, 10).mapToObj(i -> "after-" + i).toArray(String[]::new));
      await().atMost(PATIENCE).until(() -> taking.happened.size() >= 12);
    }
    assertThat(taking.happened).doesNotContain("before").contains("after-0", "after-9");
  }

  @Test
  void aTopicThatComesLaterIsFollowedThen() throws Exception {
    Taking taking = new Taking();
    String topic = "read-" + topics;
    try (TopicFollowing following = reader(topic).follow("following", taking)) {
      await().atMost(PATIENCE).until(() -> taking.happened.contains("(failed)"));
      assertThat(following.isCaughtUp()).isFalse();
      assertThat(topic()).isEqualTo(topic);
      commit(topic, "first");
      await().atMost(PATIENCE).until(() -> taking.happened.contains("first"));
    }
  }
}
