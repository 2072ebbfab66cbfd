package io.tollgate.billing;

import io.tollgate.schemas.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads from the broker where the usage topics end and how far the landing group has come.
 * Thread-safe.
 */
final class LinePositions implements AutoCloseable {
  private static final long ANSWER_SECONDS = 10;

  private final Admin admin;
  private final TailProbe tails;
  private final String group;

  LinePositions(String bootstrapServers, String group) {
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    this.tails = new TailProbe(bootstrapServers);
    this.group = group;
  }

  /**
   * Ends of usage.events by partition: the offset after its last record.
   *
   * @param metered how far the meter topology is, so that what follows its last record is looked at
   */
  Map<Integer, Long> eventsEnds(Map<Integer, CompletenessTracker.Metered> metered) {
    Map<Integer, Long> ends =
        offsets(Topics.USAGE_EVENTS.name(), OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    ends.replaceAll(
        (partition, end) ->
            tails.recordsEnd(
                partition,
                metered.getOrDefault(partition, CompletenessTracker.Metered.NOTHING).nextOffset(),
                end));
    return ends;
  }

  /** Ends of the committed part of usage.rated by partition. */
  Map<Integer, Long> ratedEnds() {
    return offsets(Topics.USAGE_RATED.name(), OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
  }

  /** Where a topic begins by partition: above zero once records have expired. */
  Map<Integer, Long> beginnings(String topic) {
    return offsets(topic, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
  }

  /** Everything below has landed, by partition; partitions that were never landed are absent. */
  Map<Integer, Long> landed() {
    Map<TopicPartition, OffsetAndMetadata> committed =
        answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    Map<Integer, Long> landed = new TreeMap<>();
    committed.forEach(
        (partition, offset) -> {
          if (offset != null && partition.topic().equals(Topics.USAGE_RATED.name())) {
            landed.put(partition.partition(), offset.offset());
          }
        });
    return landed;
  }

  private Map<Integer, Long> offsets(String topic, OffsetSpec spec, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    answer(admin.describeTopics(List.of(topic)).allTopicNames())
        .forEach(
            (name, description) ->
                description
                    .partitions()
                    .forEach(info -> wanted.put(new TopicPartition(name, info.partition()), spec)));
    Map<Integer, Long> offsets = new TreeMap<>();
    answer(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all())
        .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
    return offsets;
  }

  private static <T> T answer(KafkaFuture<T> future) {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while asking the broker", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the broker does not tell positions: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    tails.close();
    admin.close();
  }
}
