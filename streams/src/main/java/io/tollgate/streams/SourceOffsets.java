package io.tollgate.streams;

import io.tollgate.schemas.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a topology begins to read: at the first record, said once, before it first runs. The
 * sources themselves reset to nothing, so that records which were deleted before they were read
 * stop the topology loudly instead of leaving a gap.
 */
final class SourceOffsets implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(30);

  private final Admin admin;

  SourceOffsets(String bootstrapServers) {
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  /**
   * How many partitions a topic has.
   *
   * @throws IllegalStateException if it does not exist
   */
  int partitions(Topic<?> topic) {
    return get(
            admin
                .describeTopics(List.of(topic.name()))
                .topicNameValues()
                .values()
                .iterator()
                .next(),
            topic.name())
        .partitions()
        .size();
  }

  /** Commits the first offset of every partition where the application has not committed any. */
  void ensure(String applicationId, Topic<?> topic) {
    Map<TopicPartition, OffsetSpec> missing = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> committed =
        get(
            admin.listConsumerGroupOffsets(applicationId).partitionsToOffsetAndMetadata(),
            applicationId);
    for (int partition = 0; partition < partitions(topic); partition++) {
      TopicPartition one = new TopicPartition(topic.name(), partition);
      if (committed.get(one) == null) {
        missing.put(one, OffsetSpec.earliest());
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
    get(admin.listOffsets(missing).all(), topic.name())
        .forEach(
            (partition, offset) -> first.put(partition, new OffsetAndMetadata(offset.offset())));
    get(admin.alterConsumerGroupOffsets(applicationId, first).all(), applicationId);
  }

  private static <T> T get(KafkaFuture<T> future, String about) {
    try {
      return future.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(about + " cannot be looked up in Kafka: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking up " + about, e);
    }
  }

  @Override
  public void close() {
    admin.close(BOUND);
  }
}
