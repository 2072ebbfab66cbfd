package io.tollgate.governance.notify;

import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.NewIds;
import io.tollgate.http.Health;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicFollower;
import io.tollgate.schemas.TopicFollowing;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.TopicStart;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes committed alerts over from budget.alerts as deliveries, each once.
 *
 * <p>The offset moves in the transaction that writes the deliveries, and only from where it was
 * when the records were read: of several instances that read the same records one commits, the
 * others leave nothing behind and read on from there.
 */
final class AlertIntake implements TopicFollower, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertIntake.class);
  private static final int BATCH = 100;

  private final Database database;
  private final TopicReader reader;
  private final AvroSerde<BudgetAlert> serde;
  private final NewIds ids;
  private final InstantSource clock;
  private final Duration giveUp;
  private final NotifyStep step;
  private final Runnable takenOver;
  private final LongAdder malformed = new LongAdder();

  /** What the table has of each partition, as far as this reading knows. */
  private final Map<Integer, Long> stored = new HashMap<>();

  private @Nullable TopicFollowing following;
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
    this.reader =
        TopicReader.of(bootstrapServers, Topics.BUDGET_ALERTS)
            .from(new TopicStart.Kept(this::storedOffsets))
            .batchesOf(BATCH);
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, schemas);
    this.ids = ids;
    this.clock = clock;
    this.giveUp = giveUp;
    this.step = step;
    this.takenOver = takenOver;
  }

  void start() {
    following = reader.follow("notify-intake", this);
  }

  Health health() {
    return health;
  }

  /** Records that could not be read and were passed over. */
  long malformed() {
    return malformed.sum();
  }

  @Override
  public void begun() {
    health = Health.up("alerts are read");
  }

  @Override
  public void failed(RuntimeException failure) {
    // Anyone may read it: what is wrong in detail is for the log.
    health = Health.down("alerts wait on their topic: " + failure.getClass().getSimpleName());
  }

  /** Another instance has moved an offset meanwhile. */
  private static final class OffsetMoved extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Where to read on. Of an offset that the topic does not have nothing is sent twice, because
   * webhook ids are unique per channel, and nothing old, because a channel gets what is raised
   * after it.
   */
  private Map<Integer, Long> storedOffsets() {
    stored.clear();
    stored.putAll(
        database.read(
            handle ->
                handle
                    .createQuery("SELECT partition, next_offset FROM alert_offsets")
                    .map(
                        (row, context) ->
                            Map.entry(row.getInt("partition"), row.getLong("next_offset")))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
    return stored;
  }

  @Override
  public Next take(ConsumerRecords<String, byte[]> batch) {
    List<BudgetAlert> alerts = decoded(batch);
    Map<Integer, Long> next = new HashMap<>();
    batch.nextOffsets().forEach((one, offset) -> next.put(one.partition(), offset.offset()));
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    int written;
    try {
      written =
          database.write(
              handle -> {
                next.forEach((partition, to) -> move(handle, partition, to));
                int inserted = deliveries(handle, alerts, now);
                step.at(NotifyStep.Place.BEFORE_TAKEN_OVER);
                return inserted;
              });
    } catch (OffsetMoved e) {
      LOG.info("another instance took these alerts over; reading on from there");
      return Next.BEGIN_AGAIN;
    }
    step.at(NotifyStep.Place.AFTER_TAKEN_OVER);
    stored.putAll(next);
    if (written > 0) {
      takenOver.run();
    }
    return Next.GO_ON;
  }

  private List<BudgetAlert> decoded(ConsumerRecords<String, byte[]> records) {
    List<BudgetAlert> alerts = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : records) {
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

  private void move(Handle handle, int partition, long to) {
    Optional<Long> from = Optional.ofNullable(stored.get(partition));
    int moved =
        from.isPresent()
            ? handle
                .createUpdate(
                    "UPDATE alert_offsets SET next_offset = :to"
                        + " WHERE partition = :partition AND next_offset = :from")
                .bind("partition", partition)
                .bind("from", from.get())
                .bind("to", to)
                .execute()
            : handle
                .createUpdate(
                    "INSERT INTO alert_offsets (partition, next_offset) VALUES (:partition, :to)"
                        + " ON CONFLICT DO NOTHING")
                .bind("partition", partition)
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
            .collect(Collectors.groupingBy(channel -> channel.organizationId().value()));
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

  @Override
  public void close() {
    if (following != null) {
      following.close();
    }
  }
}
