package io.tollgate.app.fault;

import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Looks at the line from outside: ends of topics, committed offsets, open transactions. */
final class LineProbe implements AutoCloseable {
  private static final long ANSWER_SECONDS = 30;

  private final Admin admin;
  private final int partitions;

  LineProbe(String bootstrapServers, int partitions) {
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
    this.partitions = partitions;
  }

  /** Records of the topic that the group reading it has not committed. */
  long lag(Topic<?> topic) {
    long committed = 0;
    for (OffsetAndMetadata offset : committed(topic)) {
      committed += offset.offset();
    }
    return sum(ends(topic, IsolationLevel.READ_COMMITTED)) - committed;
  }

  /** Offsets of usage.rated that belong to transactions still open: written, not committed. */
  long uncommittedRated() {
    return sum(ends(Topics.USAGE_RATED, IsolationLevel.READ_UNCOMMITTED))
        - sum(ends(Topics.USAGE_RATED, IsolationLevel.READ_COMMITTED));
  }

  /** How many partitions of usage.rated have a planned insert that is not known to have landed. */
  long openPlans() {
    return committed(Topics.USAGE_RATED).stream()
        .filter(offset -> !offset.metadata().isEmpty())
        .count();
  }

  /** The sum of what the group reading the topic has committed. */
  long progress(Topic<?> topic) {
    return committed(topic).stream().mapToLong(OffsetAndMetadata::offset).sum();
  }

  private Collection<OffsetAndMetadata> committed(Topic<?> topic) {
    Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>();
    for (GroupListing group : answer(admin.listGroups().all())) {
      answer(admin.listConsumerGroupOffsets(group.groupId()).partitionsToOffsetAndMetadata())
          .forEach(
              (partition, offset) -> {
                if (partition.topic().equals(topic.name()) && offset != null) {
                  found.put(partition, offset);
                }
              });
    }
    return found.values();
  }

  private Map<TopicPartition, Long> ends(Topic<?> topic, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      asked.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    answer(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  private static long sum(Map<TopicPartition, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  private static <T> T answer(KafkaFuture<T> future) {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the broker does not answer", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
