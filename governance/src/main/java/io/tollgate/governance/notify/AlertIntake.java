package io.tollgate.governance.notify;

import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.NewIds;
import io.tollgate.http.Health;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes committed alerts over from budget.alerts as deliveries, each once.
 *
 * <p>The offset moves in the transaction that writes the deliveries, and only from where it was
 * when the records were read: of several instances that read the same records one commits, the
 * others leave nothing behind and read on from there.
 */
final class AlertIntake implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertIntake.class);
  private static final int BATCH = 100;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final int KAFKA_MILLIS = 15_000;

  private final Database database;
  private final String bootstrapServers;
  private final AvroSerde<BudgetAlert> serde;
  private final NewIds ids;
  private final InstantSource clock;
  private final Duration giveUp;
  private final NotifyStep step;
  private final Runnable takenOver;
  private final LongAdder malformed = new LongAdder();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("notify-intake").unstarted(this::run);
  private volatile Health health = Health.up("alerts are about to be read");

  /**
   * @param takenOver called after each commit that left something to send
   */
  AlertIntake(
      Database database,
      String bootstrapServers,
      SchemaIds schemas,
      NewIds ids,
      InstantSource clock,
      Duration giveUp,
      NotifyStep step,
      Runnable takenOver) {
    this.database = database;
    this.bootstrapServers = bootstrapServers;
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, schemas);
    this.ids = ids;
    this.clock = clock;
    this.giveUp = giveUp;
    this.step = step;
    this.takenOver = takenOver;
  }

  void start() {
    thread.start();
  }

  Health health() {
    return health;
  }

  /** Records that could not be read and were passed over. */
  long malformed() {
    return malformed.sum();
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (Consumer<byte[], byte[]> consumer = consumer()) {
        read(consumer);
      } catch (OffsetMoved e) {
        LOG.info("another instance took these alerts over; reading on from there");
      } catch (RuntimeException e) {
        if (closing.getCount() > 0) {
          // Anyone may read it: what is wrong in detail is for the log.
          health = Health.down("alerts wait on their topic: " + e.getClass().getSimpleName());
          LOG.warn("alerts wait on their topic, trying again: {}", e.toString());
          pause();
        }
      }
    }
  }

  /** How far a partition is taken over: where to read on, and what the table has, if anything. */
  private record Position(long next, Optional<Long> stored) {}

  /** Another instance has moved an offset meanwhile. */
  private static final class OffsetMoved extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    Map<TopicPartition, Position> positions = positions(consumer);
    consumer.assign(positions.keySet());
    positions.forEach((partition, position) -> consumer.seek(partition, position.next()));
    health = Health.up("alerts are read");
    while (closing.getCount() > 0) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      if (!records.isEmpty()) {
        takeOver(records, consumer, positions);
        health = Health.up("alerts are read");
      }
    }
  }

  /**
   * Where to read on. A stored offset that the topic does not have, because its records are gone or
   * the topic is a new one, begins at what there is: nothing is sent twice for it, because webhook
   * ids are unique per channel, and nothing old, because a channel gets what is raised after it.
   */
  private Map<TopicPartition, Position> positions(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.BUDGET_ALERTS.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    Map<Integer, Long> stored = database.read(AlertIntake::offsets);
    Map<TopicPartition, Position> positions = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Optional<Long> known = Optional.ofNullable(stored.get(partition.partition()));
      long begin = first.getOrDefault(partition, 0L);
      long next = known.orElse(begin);
      if (next < begin || next > end.getOrDefault(partition, Long.MAX_VALUE)) {
        LOG.warn("{} has no offset {}; alerts are read from {}", partition, next, begin);
        next = begin;
      }
      positions.put(partition, new Position(next, known));
    }
    return positions;
  }

  private static Map<Integer, Long> offsets(Handle handle) {
    Map<Integer, Long> offsets = new HashMap<>();
    handle
        .createQuery("SELECT partition, next_offset FROM alert_offsets")
        .map((row, context) -> Map.entry(row.getInt("partition"), row.getLong("next_offset")))
        .forEach(entry -> offsets.put(entry.getKey(), entry.getValue()));
    return offsets;
  }

  private void takeOver(
      ConsumerRecords<byte[], byte[]> records,
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Position> positions) {
    List<BudgetAlert> alerts = decoded(records);
    Map<TopicPartition, Long> next = new HashMap<>();
    records.partitions().forEach(one -> next.put(one, consumer.position(one)));
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    int written =
        database.write(
            handle -> {
              next.forEach((partition, to) -> move(handle, partition, positions, to));
              int inserted = deliveries(handle, alerts, now);
              step.at(NotifyStep.Place.BEFORE_TAKEN_OVER);
              return inserted;
            });
    step.at(NotifyStep.Place.AFTER_TAKEN_OVER);
    next.forEach((partition, to) -> positions.put(partition, new Position(to, Optional.of(to))));
    if (written > 0) {
      takenOver.run();
    }
  }

  private List<BudgetAlert> decoded(ConsumerRecords<byte[], byte[]> records) {
    List<BudgetAlert> alerts = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        alerts.add(serde.decode(record.value()));
      } catch (MalformedRecord e) {
        malformed.increment();
        LOG.error(
            "alert {}/{} is passed over: {}", record.partition(), record.offset(), e.getMessage());
      }
    }
    return alerts;
  }

  private static void move(
      Handle handle, TopicPartition partition, Map<TopicPartition, Position> positions, long to) {
    Optional<Long> from = Optional.ofNullable(positions.get(partition)).flatMap(Position::stored);
    int moved =
        from.isPresent()
            ? handle
                .createUpdate(
                    "UPDATE alert_offsets SET next_offset = :to"
                        + " WHERE partition = :partition AND next_offset = :from")
                .bind("partition", partition.partition())
                .bind("from", from.get())
                .bind("to", to)
                .execute()
            : handle
                .createUpdate(
                    "INSERT INTO alert_offsets (partition, next_offset) VALUES (:partition, :to)"
                        + " ON CONFLICT DO NOTHING")
                .bind("partition", partition.partition())
                .bind("to", to)
                .execute();
    if (moved == 0) {
      throw new OffsetMoved();
    }
  }

  private int deliveries(Handle handle, List<BudgetAlert> alerts, Instant now) {
    Map<String, List<Channel>> channels =
        ChannelRows.enabled(
                handle, alerts.stream().map(BudgetAlert::getOrganizationId).distinct().toList())
            .stream()
            .collect(Collectors.groupingBy(Channel::organizationId));
    int written = 0;
    for (BudgetAlert alert : alerts) {
      AlertWebhook webhook = AlertWebhook.of(alert);
      for (Channel channel : channels.getOrDefault(alert.getOrganizationId(), List.of())) {
        if (channel.wants(alert)) {
          written +=
              DeliveryRows.insert(handle, ids.next("del"), channel, webhook, now, now.plus(giveUp));
        }
      }
    }
    return written;
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
            "none",
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            false,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            BATCH,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            KAFKA_MILLIS,
            ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            KAFKA_MILLIS / 2),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private void pause() {
    try {
      boolean closed = closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
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
      if (!thread.join(CLOSE)) {
        thread.interrupt();
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
