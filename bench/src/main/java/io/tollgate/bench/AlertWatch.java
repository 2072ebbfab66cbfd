package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Notes when each budget's first alert is seen by a reader of committed records. */
final class AlertWatch implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);

  private final Rig rig;
  private final AvroSerde<BudgetAlert> serde;
  private final Map<String, Long> seen = new ConcurrentHashMap<>();
  private final CountDownLatch assigned = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean closing;

  AlertWatch(Rig rig) throws InterruptedException {
    this.rig = rig;
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, rig.ids());
    this.thread = Thread.ofPlatform().daemon().name("alerts").start(this::read);
    assigned.await();
  }

  private void read() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                rig.endpoints().bootstrapServers(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString(),
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.BUDGET_ALERTS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      assigned.countDown();
      while (!closing) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          long now = System.nanoTime();
          seen.putIfAbsent(serde.decode(record.value()).getBudgetId(), now);
        }
      }
    } finally {
      assigned.countDown();
    }
  }

  /** When each was seen, in nanoseconds of this JVM, by budget. */
  Map<String, Long> seen() {
    return seen;
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
