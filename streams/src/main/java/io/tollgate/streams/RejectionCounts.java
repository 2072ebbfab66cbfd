package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.RejectedUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
 * Counts committed rejections by reason since this process started, over all partitions. For people
 * who watch: after an outage some may be missing here, never on the topic.
 */
final class RejectionCounts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RejectionCounts.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);
  private static final int FETCH_BYTES = 256 * 1024;

  private final String bootstrapServers;
  private final AvroSerde<RejectedUsage> serde;
  private final Map<RejectReason, LongAdder> counts = new EnumMap<>(RejectReason.class);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private RejectionCounts(String bootstrapServers, SchemaIds ids) {
    this.bootstrapServers = bootstrapServers;
    this.serde = AvroSerde.of(Topics.USAGE_REJECTED, ids);
    for (RejectReason reason : RejectReason.values()) {
      counts.put(reason, new LongAdder());
    }
    this.thread = Thread.ofPlatform().daemon().name("rejections").unstarted(this::run);
  }

  static RejectionCounts start(String bootstrapServers, SchemaIds ids) {
    RejectionCounts rejections = new RejectionCounts(bootstrapServers, ids);
    rejections.thread.start();
    return rejections;
  }

  long count(RejectReason reason) {
    LongAdder count = counts.get(reason);
    return count == null ? 0 : count.sum();
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (Consumer<byte[], byte[]> consumer = consumer()) {
        read(consumer);
      } catch (WakeupException e) {
        LOG.debug("rejections are no longer counted");
      } catch (RuntimeException e) {
        LOG.warn("rejections are counted anew from now on: {}", e.toString());
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
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            FETCH_BYTES),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions = new ArrayList<>();
    consumer
        .partitionsFor(Topics.USAGE_REJECTED.name())
        .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    while (closing.getCount() > 0) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        count(record);
      }
    }
  }

  private void count(ConsumerRecord<byte[], byte[]> record) {
    try {
      String reason = serde.decode(record.value()).getReason();
      for (RejectReason known : RejectReason.values()) {
        if (known.wireName().equals(reason)) {
          counts.getOrDefault(known, new LongAdder()).increment();
        }
      }
    } catch (MalformedRecord e) {
      LOG.error(
          "rejection {}/{} is left out: {}", record.partition(), record.offset(), e.getMessage());
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
