package io.tollgate.billing;

import io.tollgate.schemas.UsagePartitions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One membership in the landing group: polls, feeds the lanes of its partitions, commits what they
 * want committed, and has their inserts done by a few threads, so that polling never waits for
 * ClickHouse. Outcomes come back through a queue with at most one entry per lane. Everything but
 * the inserts happens on the polling thread.
 */
final class LandingSession implements ConsumerRebalanceListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LandingSession.class);
  private static final int INSERT_THREADS = 3;
  private static final Duration IDLE_POLL = Duration.ofMillis(100);
  private static final Duration BUSY_POLL = Duration.ofMillis(10);
  private static final Duration BROKER_ANSWER = Duration.ofSeconds(20);
  private static final Duration FINISH = Duration.ofSeconds(3);

  private final LandedLog log;
  private final LandingConfig config;
  private final InstantSource clock;
  private final Consumer<byte[], byte[]> consumer;
  private final ClickHouse clickHouse;
  private final RowEncoder encoder;
  private final ExecutorService inserts =
      Executors.newFixedThreadPool(
          INSERT_THREADS, Thread.ofPlatform().name("landing-insert-", 0).factory());
  private final Queue<Runnable> outcomes = new ConcurrentLinkedQueue<>();
  private final Map<TopicPartition, PartitionLane> lanes = new HashMap<>();
  private boolean checking;
  private Instant checkDueAt = Instant.MIN;
  private int failedChecks;
  private int failingInserts;
  private volatile Optional<String> lastError = Optional.empty();
  private volatile List<LandingStatus.Partition> partitions = List.of();
  private volatile boolean retrying;

  LandingSession(
      LandedLog log,
      LandingConfig config,
      InstantSource clock,
      Consumer<byte[], byte[]> consumer,
      ClickHouse clickHouse,
      RowEncoder encoder) {
    this.log = log;
    this.config = config;
    this.clock = clock;
    this.consumer = consumer;
    this.clickHouse = clickHouse;
    this.encoder = encoder;
  }

  void wakeup() {
    consumer.wakeup();
  }

  LandingStatus status() {
    return new LandingStatus(
        retrying ? LandingStatus.State.RETRYING : LandingStatus.State.RUNNING,
        lastError,
        partitions);
  }

  /** Lands until told to stop, by {@code stopped} or by a wake-up of the consumer. */
  void run(BooleanSupplier stopped) {
    consumer.subscribe(List.of(log.topic().name()), this);
    while (!stopped.getAsBoolean()) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(isBusy() ? BUSY_POLL : IDLE_POLL);
      feed(records);
      drainOutcomes();
      advance();
      commit();
      send();
      check();
      throttle();
      observe();
    }
  }

  private boolean isBusy() {
    return !outcomes.isEmpty()
        || lanes.values().stream().anyMatch(lane -> lane.bufferedBytes() > 0);
  }

  private void feed(ConsumerRecords<byte[], byte[]> records) {
    Instant now = clock.instant();
    for (TopicPartition partition : records.partitions()) {
      PartitionLane lane = lanes.get(partition);
      if (lane == null) {
        throw new IllegalStateException("records of " + partition + " without a lane");
      }
      for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
        lane.accept(
            new LogRecord(record.partition(), record.offset(), record.timestamp(), valueOf(record)),
            now);
      }
    }
  }

  private static byte[] valueOf(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      throw new LandingHalted(
          record.topic()
              + " partition "
              + record.partition()
              + " offset "
              + record.offset()
              + " has no value");
    }
    return value;
  }

  private void drainOutcomes() {
    for (Runnable outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
      outcome.run();
    }
  }

  private void advance() {
    Instant now = clock.instant();
    lanes.forEach((partition, lane) -> lane.advance(consumer.position(partition), now));
  }

  /**
   * One request for all lanes. A refused commit changes nothing: the lanes ask again, or are taken
   * away.
   */
  private void commit() {
    Map<TopicPartition, PartitionLane.Commit> wanted = new HashMap<>();
    lanes.forEach(
        (partition, lane) -> lane.wanted().ifPresent(commit -> wanted.put(partition, commit)));
    if (wanted.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    wanted.forEach(
        (partition, commit) ->
            offsets.put(partition, new OffsetAndMetadata(commit.offset(), commit.metadata())));
    try {
      consumer.commitSync(offsets, BROKER_ANSWER);
    } catch (RebalanceInProgressException e) {
      LOG.debug("the group is being rebalanced; commits wait for the next poll");
      return;
    } catch (CommitFailedException e) {
      LOG.warn(
          "this process has lost its partitions; whoever has them repeats the last planned ranges");
      return;
    } catch (TimeoutException e) {
      lastError = Optional.of("commit: " + e.getMessage());
      LOG.warn("a commit was not answered in time, tried again: {}", e.getMessage());
      return;
    }
    Instant now = clock.instant();
    wanted.forEach((partition, commit) -> lane(partition).committed(commit, now));
  }

  private PartitionLane lane(TopicPartition partition) {
    PartitionLane lane = lanes.get(partition);
    if (lane == null) {
      throw new IllegalStateException("no lane for " + partition);
    }
    return lane;
  }

  private void send() {
    Instant now = clock.instant();
    for (PartitionLane lane : lanes.values()) {
      lane.due(now).ifPresent(sent -> inserts.execute(() -> insert(lane, sent)));
    }
  }

  /** On an insert thread. */
  private void insert(PartitionLane lane, Insertion.Sent sent) {
    try {
      if (clock.instant().isAfter(sent.plannedAt().plus(config.limits().planFreshness()))) {
        // This process may have been stopped since; only a new commit tells whether the partition
        // is still its own.
        throw new ClickHouseUnavailable(
            "not sent: the plan has grown old", new IllegalStateException("stalled"));
      }
      clickHouse.insert(log.table(), sent.range().token(), sent.batch().rows());
      outcomes.add(() -> landed(lane, sent));
    } catch (RuntimeException e) {
      outcomes.add(() -> failed(lane, sent, e));
    }
  }

  private void landed(PartitionLane lane, Insertion.Sent sent) {
    failingInserts = 0;
    lane.landed(sent);
    LOG.debug("landed {}: {} rows", sent.range(), sent.range().count());
  }

  private void failed(PartitionLane lane, Insertion.Sent sent, RuntimeException error) {
    failingInserts++;
    lastError = Optional.of(sent.range() + ": " + error.getMessage());
    LOG.warn(
        "{} did not land, attempt {}: {}", sent.range(), sent.failures() + 1, error.getMessage());
    lane.failed(sent, clock.instant());
  }

  /** Asks the table what it holds of lanes that are new, before they plan anything. */
  private void check() {
    List<PartitionLane> unchecked =
        lanes.values().stream().filter(lane -> !lane.isChecked()).toList();
    if (unchecked.isEmpty() || checking || clock.instant().isBefore(checkDueAt)) {
      return;
    }
    checking = true;
    inserts.execute(
        () -> {
          try {
            clickHouse.createTables();
            Map<Integer, Long> highest = highestOffsets();
            outcomes.add(() -> checked(unchecked, highest));
          } catch (RuntimeException e) {
            outcomes.add(() -> checkFailed(e));
          }
        });
  }

  private Map<Integer, Long> highestOffsets() {
    Map<Integer, Long> highest = new HashMap<>();
    clickHouse.query(
        new SqlStatement(
            "SELECT %2$s, max(%3$s) FROM %1$s WHERE generation = ? GROUP BY %2$s"
                .formatted(log.table().name(), log.table().partition(), log.table().offset()),
            List.of(UsagePartitions.GENERATION)),
        row -> highest.put(row.getInt(1), row.getLong(2)));
    return highest;
  }

  private void checked(List<PartitionLane> asked, Map<Integer, Long> highest) {
    checking = false;
    failedChecks = 0;
    for (PartitionLane lane : asked) {
      Long offset = highest.get(lane.partition());
      lane.check(offset == null ? OptionalLong.empty() : OptionalLong.of(offset));
    }
  }

  private void checkFailed(RuntimeException error) {
    checking = false;
    failedChecks++;
    lastError = Optional.of(String.valueOf(error.getMessage()));
    LOG.warn("the table cannot be read yet, attempt {}: {}", failedChecks, error.getMessage());
    checkDueAt = clock.instant().plus(config.limits().retryAfter(failedChecks));
  }

  /** Paused partitions are not fetched, while polling keeps the assignment. */
  private void throttle() {
    long buffered = lanes.values().stream().mapToLong(PartitionLane::bufferedBytes).sum();
    boolean full = buffered >= config.limits().bufferedBytes();
    Set<TopicPartition> paused = consumer.paused();
    Set<TopicPartition> pause = new HashSet<>();
    Set<TopicPartition> resume = new HashSet<>();
    lanes.forEach(
        (partition, lane) -> {
          boolean wanted = lane.wantsMore() && !full;
          if (wanted && paused.contains(partition)) {
            resume.add(partition);
          } else if (!wanted && !paused.contains(partition)) {
            pause.add(partition);
          }
        });
    consumer.pause(pause);
    consumer.resume(resume);
  }

  private void observe() {
    Map<Integer, LandingStatus.Partition> observed = new TreeMap<>();
    lanes.forEach(
        (partition, lane) -> {
          long end = consumer.position(partition) + consumer.currentLag(partition).orElse(0);
          observed.put(
              lane.partition(),
              new LandingStatus.Partition(
                  lane.partition(), lane.committedOffset(), end, lane.landedRows()));
        });
    partitions = new ArrayList<>(observed.values());
    retrying = failedChecks > 0 || failingInserts > 0;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
    if (assigned.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> offsets =
        consumer.committed(Set.copyOf(assigned), BROKER_ANSWER);
    Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(assigned, BROKER_ANSWER);
    for (TopicPartition partition : assigned) {
      OffsetAndMetadata offset = offsets.get(partition);
      PartitionLane lane =
          offset == null
              ? PartitionLane.first(
                  UsagePartitions.GENERATION,
                  partition.partition(),
                  beginnings.getOrDefault(partition, 0L),
                  config.limits(),
                  encoder)
              : PartitionLane.resumed(
                  UsagePartitions.GENERATION,
                  partition.partition(),
                  new PartitionLane.Commit(offset.offset(), offset.metadata()),
                  config.limits(),
                  encoder);
      lanes.put(partition, lane);
      consumer.seek(partition, lane.start());
      LOG.info(
          "{} is landed from offset {}{}",
          partition,
          lane.start(),
          offset == null ? ", the first time" : "");
    }
  }

  /** What is under way is left to the next owner, who repeats it under the same token. */
  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
    revoked.forEach(lanes::remove);
  }

  @Override
  public void close() {
    inserts.shutdown();
    try {
      if (!inserts.awaitTermination(FINISH.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.info("inserts under way are left to the next owner");
        inserts.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
