package io.tollgate.app.chaos;

import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the line from outside: ends of topics, who owns which partition, committed offsets, open
 * transactions. Every question is bounded; one that Kafka does not answer is a {@link
 * BrokerSilent}.
 */
final class LineProbe implements AutoCloseable {
  private static final int ANSWER_SECONDS = 5;

  private static final String GOVERNANCE = "tollgate-governance-";

  private final Admin admin;
  private final int usagePartitions;
  private final Map<String, String> groups = new HashMap<>();

  /** Kafka did not answer. */
  static final class BrokerSilent extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokerSilent(Throwable cause) {
      super("the broker does not answer", cause);
    }
  }

  /**
   * A member of a group.
   *
   * @param name its static name, which outlives its process; its id where it has none
   */
  record Member(String name, Set<Integer> partitions) {
    Member {
      partitions = Set.copyOf(partitions);
    }
  }

  /**
   * A group as it is now.
   *
   * @param committed per partition
   */
  record Group(List<Member> members, Map<Integer, OffsetAndMetadata> committed) {
    Group {
      members = List.copyOf(members);
      committed = Map.copyOf(committed);
    }
  }

  LineProbe(String bootstrapServers, int usagePartitions) {
    this.admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                2_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                ANSWER_SECONDS * 1_000));
    this.usagePartitions = usagePartitions;
  }

  /** The group that reads the topic; without members and offsets before it has first committed. */
  Group group(Topic<?> topic) {
    String name = groups.computeIfAbsent(topic.name(), t -> find(topic).orElse(""));
    if (name.isEmpty()) {
      groups.remove(topic.name());
      return new Group(List.of(), Map.of());
    }
    var described = admin.describeConsumerGroups(List.of(name)).describedGroups().get(name);
    Map<Integer, OffsetAndMetadata> committed = committed(name, topic);
    return new Group(
        answer(Objects.requireNonNull(described)).members().stream()
            .map(member -> member(member, topic))
            .toList(),
        committed);
  }

  private static Member member(MemberDescription member, Topic<?> topic) {
    Set<Integer> partitions = new HashSet<>();
    for (TopicPartition partition : member.assignment().topicPartitions()) {
      if (partition.topic().equals(topic.name())) {
        partitions.add(partition.partition());
      }
    }
    return new Member(member.groupInstanceId().orElse(member.consumerId()), partitions);
  }

  private Optional<String> find(Topic<?> topic) {
    for (GroupListing group : answer(admin.listGroups().all())) {
      // Governance follows usage of its own, to know when keys were last used.
      if (!group.groupId().startsWith(GOVERNANCE) && !committed(group.groupId(), topic).isEmpty()) {
        return Optional.of(group.groupId());
      }
    }
    return Optional.empty();
  }

  private Map<Integer, OffsetAndMetadata> committed(String group, Topic<?> topic) {
    Map<Integer, OffsetAndMetadata> found = new HashMap<>();
    answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, offset) -> {
              if (partition.topic().equals(topic.name()) && offset != null) {
                found.put(partition.partition(), offset);
              }
            });
    return found;
  }

  /** The ids by which exactly-once producers are known, of all groups. */
  Set<String> transactionalIds() {
    Set<String> ids = new TreeSet<>();
    answer(admin.listTransactions().all()).forEach(one -> ids.add(one.transactionalId()));
    return ids;
  }

  /** Committed records of the topic that the group reading it has not committed. */
  long lag(Topic<?> topic) {
    return lag(topic, group(topic).committed().keySet());
  }

  /** As {@link #lag(Topic)}, of some partitions. */
  long lag(Topic<?> topic, Set<Integer> partitions) {
    Map<Integer, OffsetAndMetadata> committed = group(topic).committed();
    Map<Integer, Long> ends = ends(topic, partitions, IsolationLevel.READ_COMMITTED);
    long lag = 0;
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      @Nullable OffsetAndMetadata offset = committed.get(end.getKey());
      lag += end.getValue() - (offset == null ? 0 : offset.offset());
    }
    return lag;
  }

  /** Offsets of usage.rated that belong to transactions still open: written, not committed. */
  long uncommittedRated() {
    return uncommittedRated(all());
  }

  /**
   * As {@link #uncommittedRated()}, of some partitions. A rated record is on its event's partition,
   * so that these are the open transactions of who owns those of usage.events.
   */
  long uncommittedRated(Set<Integer> partitions) {
    return sum(ends(Topics.USAGE_RATED, partitions, IsolationLevel.READ_UNCOMMITTED))
        - sum(ends(Topics.USAGE_RATED, partitions, IsolationLevel.READ_COMMITTED));
  }

  /** The planned inserts that are not known to have landed, by partition of usage.rated. */
  Map<Integer, OffsetAndMetadata> openPlans() {
    Map<Integer, OffsetAndMetadata> open = new HashMap<>(group(Topics.USAGE_RATED).committed());
    open.values().removeIf(offset -> offset.metadata().isEmpty());
    return open;
  }

  private Set<Integer> all() {
    Set<Integer> all = new HashSet<>();
    for (int partition = 0; partition < usagePartitions; partition++) {
      all.add(partition);
    }
    return all;
  }

  private Map<Integer, Long> ends(
      Topic<?> topic, Set<Integer> partitions, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition : partitions) {
      asked.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
    }
    Map<Integer, Long> ends = new HashMap<>();
    answer(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
        .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    return ends;
  }

  private static long sum(Map<Integer, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  private static <T> T answer(KafkaFuture<T> future) {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerSilent(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new BrokerSilent(e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
