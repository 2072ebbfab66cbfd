package io.tollgate.streams;

import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works out up to which moment everything that was accepted is in the tallies, over all partitions
 * and instances, and how far each topology is behind. A look says where usage.events ends now; once
 * the meter topology has committed that far and holds nothing back, it says where usage.deltas
 * ends; once the budget topology has committed that far, the moment of the look is reached.
 */
final class Completeness implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Completeness.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration CLOSE = Duration.ofSeconds(6);

  /** Looks under way; while the line lags further, none is begun. */
  private static final int MOST_LOOKS = 600;

  private final Admin admin;
  private final String meterGroup;
  private final String budgetGroup;
  private final Supplier<Collection<PartitionOutcomes>> outcomes;
  private final InstantSource clock;
  private final Deque<Look> accepted = new ArrayDeque<>();
  private final Deque<Look> metered = new ArrayDeque<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable Instant complete;
  private volatile long meterLag;
  private volatile long budgetLag;

  /** Where a topic ended, by partition, at a moment before that was read. */
  private record Look(Instant at, Map<Integer, Long> ends) {
    boolean isReachedBy(Map<Integer, Long> committed) {
      return ends.entrySet().stream()
          .allMatch(end -> committed.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }
  }

  private Completeness(
      Admin admin,
      String meterGroup,
      String budgetGroup,
      Supplier<Collection<PartitionOutcomes>> outcomes,
      InstantSource clock) {
    this.admin = admin;
    this.meterGroup = meterGroup;
    this.budgetGroup = budgetGroup;
    this.outcomes = outcomes;
    this.clock = clock;
    this.thread = Thread.ofPlatform().daemon().name("completeness").unstarted(this::run);
  }

  /**
   * Starts to look.
   *
   * @param outcomes the newest of every partition
   */
  static Completeness start(
      String bootstrapServers,
      String meterGroup,
      String budgetGroup,
      Supplier<Collection<PartitionOutcomes>> outcomes,
      InstantSource clock) {
    Completeness completeness =
        new Completeness(
            Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers)),
            meterGroup,
            budgetGroup,
            outcomes,
            clock);
    completeness.thread.start();
    return completeness;
  }

  /** Everything accepted before it is tallied; empty until that was so once. */
  Optional<Instant> completeThrough() {
    return Optional.ofNullable(complete);
  }

  /** Offsets of usage.events that the meter topology has not committed, as of the last look. */
  long meterLag() {
    return meterLag;
  }

  /** Offsets of usage.deltas that the budget topology has not committed. */
  long budgetLag() {
    return budgetLag;
  }

  private void run() {
    try {
      while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          look();
        } catch (ExecutionException | TimeoutException e) {
          LOG.debug("Kafka does not say how far the topologies are: {}", e.toString());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws ExecutionException, TimeoutException, InterruptedException {
    Instant now = clock.instant();
    Map<Integer, Long> events = ends(Topics.USAGE_EVENTS);
    if (accepted.size() < MOST_LOOKS) {
      accepted.add(new Look(now, events));
    }
    Map<Integer, Long> meter = committed(meterGroup, Topics.USAGE_EVENTS);
    meterLag = lag(events, meter);
    Map<Integer, Long> deltas = ends(Topics.USAGE_DELTAS);
    boolean heldBack = outcomes.get().stream().anyMatch(one -> one.getWaiting() > 0);
    Instant reached = heldBack ? null : newestReached(accepted, meter);
    if (reached != null) {
      metered.add(new Look(reached, deltas));
    }
    Map<Integer, Long> budget = committed(budgetGroup, Topics.USAGE_DELTAS);
    budgetLag = lag(deltas, budget);
    Instant tallied = newestReached(metered, budget);
    if (tallied != null) {
      complete = tallied;
    }
  }

  private static @Nullable Instant newestReached(Deque<Look> looks, Map<Integer, Long> committed) {
    Instant newest = null;
    while (!looks.isEmpty() && looks.getFirst().isReachedBy(committed)) {
      newest = looks.removeFirst().at();
    }
    return newest;
  }

  private static long lag(Map<Integer, Long> ends, Map<Integer, Long> committed) {
    return ends.entrySet().stream()
        .mapToLong(end -> Math.max(0, end.getValue() - committed.getOrDefault(end.getKey(), 0L)))
        .sum();
  }

  private Map<Integer, Long> ends(Topic<?> topic)
      throws ExecutionException, TimeoutException, InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    answer(admin.describeTopics(List.of(topic.name())).allTopicNames())
        .values()
        .forEach(
            described ->
                described
                    .partitions()
                    .forEach(
                        partition ->
                            asked.put(
                                new TopicPartition(topic.name(), partition.partition()),
                                OffsetSpec.latest())));
    Map<Integer, Long> ends = new HashMap<>();
    answer(admin.listOffsets(asked).all())
        .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    return ends;
  }

  private Map<Integer, Long> committed(String group, Topic<?> topic)
      throws ExecutionException, TimeoutException, InterruptedException {
    Map<Integer, Long> committed = new HashMap<>();
    answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, offset) -> {
              if (offset != null && partition.topic().equals(topic.name())) {
                committed.put(partition.partition(), offset.offset());
              }
            });
    return committed;
  }

  private static <T> T answer(KafkaFuture<T> future)
      throws ExecutionException, TimeoutException, InterruptedException {
    return future.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    admin.close(CLOSE);
  }
}
