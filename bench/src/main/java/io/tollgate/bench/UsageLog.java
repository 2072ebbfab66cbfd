package io.tollgate.bench;

import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The topics of a run: publishes to usage.events, tells and sets offsets, removes what was read.
 */
final class UsageLog implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(30);

  private final String bootstrapServers;
  private final SchemaIds ids;
  private final Admin admin;

  UsageLog(String bootstrapServers, SchemaIds ids) {
    this.bootstrapServers = bootstrapServers;
    this.ids = ids;
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  Admin admin() {
    return admin;
  }

  /** The topics that only comparison jobs write. */
  void createBenchTopics(int partitions) {
    get(
        admin
            .createTopics(
                List.of(
                    new NewTopic(StorePerEvent.RATED_TOPIC, partitions, (short) 1),
                    new NewTopic(Totals.TOTALS_TOPIC, partitions, (short) 1)))
            .all());
  }

  /** Publishes tenants and prices, then events 0 to count - 1, through the SDK. */
  Section publish(Workload workload, long count) {
    try (ReferenceData reference = new ReferenceData(bootstrapServers, ids)) {
      reference.publish(workload);
    }
    Map<Integer, Long> from = ends(Topics.USAGE_EVENTS.name());
    Sums.Builder all = new Sums.Builder();
    Sums.Builder distinct = new Sums.Builder();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    try (UsagePublisher publisher =
        UsagePublisher.open(bootstrapServers, ids, PublisherSettings.standard())) {
      for (long number = 0; number < count; number++) {
        var event = workload.event(number);
        all.add(event);
        if (!Workload.repeats(number)) {
          distinct.add(event);
        }
        var unused =
            publisher
                .publish(event)
                .whenComplete(
                    (place, problem) -> {
                      if (problem != null) {
                        failure.compareAndSet(null, problem);
                      }
                    });
      }
    }
    Throwable problem = failure.get();
    if (problem != null) {
      throw new IllegalStateException("an event was not accepted", problem);
    }
    return new Section(from, ends(Topics.USAGE_EVENTS.name()), all.build(), distinct.build());
  }

  /** The offset after the last record by partition; of a topic that is not there, none. */
  Map<Integer, Long> ends(String topic) {
    int partitions =
        get(admin.describeTopics(List.of(topic)).topicNameValues().values().iterator().next())
            .partitions()
            .size();
    Map<TopicPartition, OffsetSpec> wanted =
        IntStream.range(0, partitions)
            .boxed()
            .collect(Collectors.toMap(p -> new TopicPartition(topic, p), p -> OffsetSpec.latest()));
    Map<Integer, Long> ends = new HashMap<>();
    Map<TopicPartition, ListOffsetsResultInfo> found = get(admin.listOffsets(wanted).all());
    found.forEach((partition, info) -> ends.put(partition.partition(), info.offset()));
    return ends;
  }

  /** Has a group that is not active begin at these offsets. */
  void begin(String group, String topic, Map<Integer, Long> offsets) {
    Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
    offsets.forEach(
        (partition, offset) ->
            first.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
    get(admin.alterConsumerGroupOffsets(group, first).all());
  }

  /** What a group has committed, in records after these offsets. */
  long committedSince(String group, Map<Integer, Long> offsets) {
    long records = 0;
    Map<TopicPartition, OffsetAndMetadata> committed =
        get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    for (Map.Entry<TopicPartition, OffsetAndMetadata> one : committed.entrySet()) {
      if (one.getKey().topic().equals(Topics.USAGE_EVENTS.name()) && one.getValue() != null) {
        records += one.getValue().offset() - offsets.getOrDefault(one.getKey().partition(), 0L);
      }
    }
    return records;
  }

  /** Records of a topic that a group has not committed yet, transactions' markers included. */
  long lag(String group, String topic) {
    Map<TopicPartition, OffsetAndMetadata> committed =
        get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    long lag = 0;
    for (Map.Entry<Integer, Long> end : ends(topic).entrySet()) {
      OffsetAndMetadata offset = committed.get(new TopicPartition(topic, end.getKey()));
      lag += end.getValue() - (offset == null ? 0 : offset.offset());
    }
    return lag;
  }

  /** Removes all records: they have been checked, and the disk is to stay small. */
  void empty(String topic) {
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    ends(topic)
        .forEach(
            (partition, end) ->
                all.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(end)));
    get(admin.deleteRecords(all).all());
  }

  /** Deletes the internal topics of an application that has ended. */
  void deleteInternal(String application) {
    List<String> internal =
        get(admin.listTopics().names()).stream()
            .filter(topic -> topic.startsWith(application + "-"))
            .toList();
    get(admin.deleteTopics(internal).all());
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("Kafka did not do what the bench asked: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking Kafka", e);
    }
  }

  @Override
  public void close() {
    admin.close(BOUND);
  }
}
