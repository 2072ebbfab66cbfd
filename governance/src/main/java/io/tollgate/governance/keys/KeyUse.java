package io.tollgate.governance.keys;

import io.tollgate.governance.store.Database;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.RegistryUnavailable;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes when each API key was last used: by the usage that the line has rated, some seconds later.
 * Whoever asks whether a key may be done away with should know.
 *
 * <p>Offsets are committed after the table has the times, so nothing is missed; a time only moves
 * forward, so that reading twice does no harm. While Kafka or the database is away the times stand
 * still.
 */
public final class KeyUse implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyUse.class);
  private static final String GROUP = "tollgate-governance-key-use";
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** A last use need not be known at once, and each write costs the database something. */
  private static final Duration EVERY = Duration.ofSeconds(2);

  /** Bounds what is held in memory between two writes. */
  private static final int MOST_KEYS = 10_000;

  private final Database database;
  private final AvroSerde<UsageDelta> deltas;
  private final Consumer<String, byte[]> consumer;
  private final Thread thread;
  private volatile boolean closing;

  private KeyUse(Database database, Endpoints kafka) {
    this.database = database;
    this.deltas = AvroSerde.of(Topics.USAGE_DELTAS, RegistryClient.at(kafka.registry()));
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ConsumerConfig.GROUP_ID_CONFIG,
                GROUP,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString(),
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    this.thread = Thread.ofPlatform().daemon().name("key-use").unstarted(this::run);
  }

  /** Starts to read; Kafka need not be there yet. */
  public static KeyUse start(Database database, Endpoints kafka) {
    KeyUse use = new KeyUse(database, kafka);
    use.thread.start();
    return use;
  }

  private void run() {
    try (consumer) {
      while (!closing) {
        follow();
      }
    }
  }

  private void follow() {
    Map<String, Instant> used = new HashMap<>();
    try {
      consumer.subscribe(List.of(Topics.USAGE_DELTAS.name()));
      long written = System.nanoTime();
      while (!closing) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          note(record, used);
        }
        if (used.size() >= MOST_KEYS || System.nanoTime() - written >= EVERY.toNanos()) {
          write(used);
          consumer.commitSync();
          used.clear();
          written = System.nanoTime();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("the last use of keys is no longer followed");
    } catch (KafkaException | RegistryUnavailable | Refusal | JdbiException e) {
      LOG.warn("when keys were last used cannot be noted now: {}", e.toString());
      consumer.unsubscribe();
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void note(ConsumerRecord<String, byte[]> record, Map<String, Instant> used) {
    try {
      Instant at = Instant.ofEpochMilli(record.timestamp());
      for (DeltaEntry entry : deltas.decode(record.value()).getEntries()) {
        if (entry.getRequests() > 0) {
          used.merge(entry.getApiKeyId(), at, (one, other) -> one.isAfter(other) ? one : other);
        }
      }
    } catch (MalformedRecord e) {
      LOG.error("usage.deltas at offset {} is left out: {}", record.offset(), e.getMessage());
    }
  }

  private void write(Map<String, Instant> used) {
    if (used.isEmpty()) {
      return;
    }
    // In order, so that two instances lock rows the same way round.
    List<String> keys = used.keySet().stream().sorted().toList();
    List<Instant> at = new ArrayList<>();
    keys.forEach(key -> at.add(used.get(key)));
    database.write(
        handle -> {
          KeyRows.used(handle, keys, at);
          return true;
        });
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
