package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest committed alerts of each organization, in memory, kept current by a thread of its own
 * that reads budget.alerts from the beginning at each start.
 */
final class AlertLog implements AutoCloseable {
  /** Older alerts of an organization are on the topic only. */
  static final int MOST_PER_ORGANIZATION = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(AlertLog.class);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);

  private final String bootstrapServers;
  private final AvroSerde<BudgetAlert> serde;
  private final Map<String, Deque<BudgetAlert>> byOrganization = new HashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private final AlertLatency latency;
  private volatile boolean caughtUp;

  private AlertLog(String bootstrapServers, SchemaIds ids, AlertLatency latency) {
    this.latency = latency;
    this.bootstrapServers = bootstrapServers;
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, ids);
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("view-" + Topics.BUDGET_ALERTS.name())
            .unstarted(this::run);
  }

  static AlertLog start(String bootstrapServers, SchemaIds ids, AlertLatency latency) {
    AlertLog log = new AlertLog(bootstrapServers, ids, latency);
    log.thread.start();
    return log;
  }

  /** Whether everything that the topic held at the start has been read. */
  boolean isCaughtUp() {
    return caughtUp;
  }

  /** The alerts of an organization, newest first. */
  List<BudgetAlert> newestFirst(String organizationId) {
    synchronized (byOrganization) {
      return List.copyOf(byOrganization.getOrDefault(organizationId, new ArrayDeque<>()));
    }
  }

  void add(BudgetAlert alert) {
    synchronized (byOrganization) {
      Deque<BudgetAlert> alerts =
          byOrganization.computeIfAbsent(alert.getOrganizationId(), id -> new ArrayDeque<>());
      alerts.addFirst(alert);
      if (alerts.size() > MOST_PER_ORGANIZATION) {
        alerts.removeLast();
      }
    }
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (Consumer<byte[], byte[]> consumer = consumer()) {
        read(consumer);
      } catch (WakeupException e) {
        LOG.debug("the log of alerts is closed");
      } catch (RuntimeException e) {
        LOG.warn("the log of alerts is read again from the beginning: {}", e.toString());
        pause();
      }
    }
  }

  private Consumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            IsolationLevel.READ_COMMITTED.toString(),
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions = new ArrayList<>();
    consumer
        .partitionsFor(Topics.BUDGET_ALERTS.name())
        .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    synchronized (byOrganization) {
      byOrganization.clear();
    }
    while (closing.getCount() > 0) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        decode(record);
      }
      if (!caughtUp
          && partitions.stream().allMatch(p -> consumer.position(p) >= ends.getOrDefault(p, 0L))) {
        caughtUp = true;
      }
    }
  }

  private void decode(ConsumerRecord<byte[], byte[]> record) {
    try {
      BudgetAlert alert = serde.decode(record.value());
      add(alert);
      if (caughtUp) {
        latency.seen(alert);
      }
    } catch (MalformedRecord e) {
      LOG.error("alert {}/{} is left out: {}", record.partition(), record.offset(), e.getMessage());
    }
  }

  private void pause() {
    try {
      boolean closed = closing.await(AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS);
      LOG.debug("closed meanwhile: {}", closed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing.countDown();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
