package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalKafkaIT {
  private static final String TOPIC = "things";
  private static final String PRODUCER = "embedded-it";

  @Test
  void committedRecordsSurviveSigkillAndAbortedOnesStayInvisible(@TempDir Path data)
      throws Exception {
    try (LocalKafka kafka = LocalKafka.start(quick(data))) {
      createTopic(kafka);
      long firstPid = kafka.pid();
      try (KafkaProducer<String, String> producer = transactionalProducer(kafka)) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "a", "committed"));
        producer.commitTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "a", "aborted"));
        producer.flush();
        producer.abortTransaction();
      }

      kafka.kill();
      assertThat(kafka.isAlive()).isFalse();
      assertThat(kafka.isHealthy()).isFalse();
      kafka.restart();

      assertThat(kafka.pid()).isNotEqualTo(firstPid);
      try (KafkaProducer<String, String> producer = transactionalProducer(kafka)) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "a", "after the restart"));
        producer.commitTransaction();
      }
      sendTwoMebibytes(kafka);
      assertThat(committed(kafka, 2)).containsExactly("committed", "after the restart");
    }
  }

  /** What Kafka does by itself: see {@link CombinedKafka}. */
  @Test
  void aTransactionThatWasOpenAtSigkillIsNotCommittedByTheNextOne(@TempDir Path data)
      throws Exception {
    try (LocalKafka kafka = LocalKafka.start(quick(data))) {
      createTopic(kafka);
      try (KafkaProducer<String, String> producer = transactionalProducer(kafka)) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "a", "open"));
        producer.flush();
        kafka.kill();
        producer.close(Duration.ZERO);
      }
      kafka.restart();
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> state(admin) == TransactionState.COMPLETE_ABORT);
      }

      try (KafkaProducer<String, String> producer = transactionalProducer(kafka)) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "a", "after the restart"));
        producer.commitTransaction();
      }
      assertThat(committed(kafka, 1)).containsExactly("after the restart");
    }
  }

  private static TransactionState state(Admin admin) throws Exception {
    return admin.describeTransactions(List.of(PRODUCER)).description(PRODUCER).get().state();
  }

  private static LocalKafka.Config quick(Path data) {
    LocalKafka.Config usual = LocalKafka.Config.in(data);
    return new LocalKafka.Config(usual.placement(), 0, 0, usual.heapMib(), true);
  }

  private static void sendTwoMebibytes(LocalKafka kafka) throws Exception {
    int twoMebibytes = 2 * 1024 * 1024;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "max.request.size",
                twoMebibytes + 1024),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>("large", new byte[twoMebibytes])).get();
    }
  }

  private static void createTopic(LocalKafka kafka) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(new NewTopic(TOPIC, 1, (short) 1), new NewTopic("large", 1, (short) 1)))
          .all()
          .get();
    }
  }

  private static KafkaProducer<String, String> transactionalProducer(LocalKafka kafka) {
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "transactional.id",
                PRODUCER,
                "transaction.timeout.ms",
                1_000),
            new StringSerializer(),
            new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  private static List<String> committed(LocalKafka kafka, int expected) {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", kafka.bootstrapServers(),
                "group.id", "embedded-it",
                "auto.offset.reset", "earliest",
                "isolation.level", "read_committed"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.subscribe(List.of(TOPIC));
      List<String> values = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(found -> values.add(found.value()));
                return values.size() >= expected;
              });
      return values;
    }
  }
}
