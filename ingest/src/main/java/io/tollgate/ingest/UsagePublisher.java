package io.tollgate.ingest;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.Violation;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes usage events. Owns one idempotent Kafka producer and the bounds on what it keeps in
 * memory.
 *
 * <p>Invariants: a future completes normally only after all in-sync replicas have the event; every
 * future completes within {@link PublisherSettings#deliveryTimeoutMillis}, or when the publisher is
 * closed; memory stays within the settings. Thread-safe; one publisher serves a whole process.
 *
 * <p>Futures complete on the publisher's sending thread: continuations must be short and must not
 * publish or block; use the {@code …Async} methods otherwise.
 */
public final class UsagePublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UsagePublisher.class);

  /** What one event may take in a request: itself, its key, headers and the framing of a batch. */
  private static final int MOST_REQUEST_BYTES = 1 << 20;

  private static final int RECONNECT_MOST_MILLIS = 1_000;

  /** Kafka forgets an idle topic after five minutes; looking it up again would block a publish. */
  private static final int METADATA_IDLE_MILLIS = 24 * 60 * 60 * 1_000;

  private static final long ASK_AGAIN_NANOS = 20_000_000;
  private static final String INTERRUPTED =
      "The publishing thread was interrupted while it waited for room";

  private final PublisherSettings settings;
  private final AvroSerde<UsageEvent> serde;
  private final KafkaProducer<String, byte[]> producer;
  private final int partitions;
  private final Semaphore places;
  private volatile boolean closed;

  private UsagePublisher(
      PublisherSettings settings,
      AvroSerde<UsageEvent> serde,
      KafkaProducer<String, byte[]> producer,
      int partitions) {
    this.settings = settings;
    this.serde = serde;
    this.producer = producer;
    this.partitions = partitions;
    this.places = new Semaphore(settings.inFlightEvents());
  }

  /**
   * Connects, and learns the partitions of usage.events.
   *
   * @param bootstrapServers Kafka's, as {@code host:port,…}
   * @param schemas where the schema of usage events is registered
   * @throws KafkaUnavailable if Kafka does not name the partitions within the request bound
   * @throws io.tollgate.schemas.RegistryUnavailable if the registry does not answer
   */
  public static UsagePublisher open(
      String bootstrapServers, SchemaIds schemas, PublisherSettings settings) {
    AvroSerde<UsageEvent> serde = AvroSerde.of(Topics.USAGE_EVENTS, schemas);
    KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            producerSettings(bootstrapServers, settings),
            new StringSerializer(),
            new ByteArraySerializer());
    try {
      return new UsagePublisher(settings, serde, producer, partitions(producer, settings));
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw new KafkaUnavailable(
          "Kafka at "
              + bootstrapServers
              + " did not name the partitions of "
              + Topics.USAGE_EVENTS.name(),
          false,
          e);
    }
  }

  /**
   * Publishes one event. Waits for room, if there is none, as long as the settings say; a caller
   * that publishes faster than Kafka takes is slowed down so.
   *
   * @return completes when all in-sync replicas have the event; fails with a {@link PublishFailed},
   *     after which the same event may always be published again
   * @throws InvalidInput if the event breaks a rule of {@link UsageEventRules}; it was not sent,
   *     and the same event will be refused again
   */
  public CompletableFuture<Acknowledged> publish(UsageEvent event) {
    byte[] value = encode(event);
    if (closed) {
      return CompletableFuture.failedFuture(new PublisherClosed(false, null));
    }
    PublisherFull full = takePlace();
    if (full != null) {
      return CompletableFuture.failedFuture(full);
    }
    PendingEvent pending = new PendingEvent(this::failure, places::release);
    int partition = UsagePartitions.of(event, partitions);
    String key =
        UsagePartitions.key(event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId());
    try {
      // The callback tells the outcome, and earlier.
      var unused =
          producer.send(
              new ProducerRecord<>(Topics.USAGE_EVENTS.name(), partition, key, value), pending);
    } catch (KafkaException | IllegalStateException e) {
      pending.fail(e);
    }
    pending.handedOver();
    return pending.future();
  }

  /** How many events are handed over and not yet acknowledged. */
  public int inFlight() {
    return settings.inFlightEvents() - places.availablePermits();
  }

  /**
   * Sends what lingers and returns when every event published before is acknowledged or has failed.
   */
  public void flush() {
    producer.flush();
  }

  /** Closes within the delivery bound: {@link #close(Duration)}. */
  @Override
  public void close() {
    close(settings.deliveryTimeout());
  }

  /**
   * Sends what lingers and waits for acknowledgements; what has none when the time is over fails
   * with {@link PublisherClosed}. Afterwards every future is completed. Closing again does nothing.
   */
  public void close(Duration atMost) {
    closed = true;
    producer.close(atMost);
  }

  private byte[] encode(UsageEvent event) {
    List<Violation> violations = UsageEventRules.check(event);
    if (!violations.isEmpty()) {
      throw violations.getFirst().toException();
    }
    byte[] value = serde.encode(event);
    InvalidInput.unless(
        value.length <= UsageEventRules.MOST_BYTES,
        "event",
        value.length + " bytes",
        "must be at most " + UsageEventRules.MOST_BYTES + " bytes encoded");
    return value;
  }

  private @Nullable PublisherFull takePlace() {
    if (places.tryAcquire()) {
      return null;
    }
    try {
      return places.tryAcquire(settings.fullWaitMillis(), TimeUnit.MILLISECONDS)
          ? null
          : new PublisherFull(
              settings.inFlightEvents()
                  + " events are in flight and none was acknowledged within "
                  + settings.fullWaitMillis()
                  + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PublisherFull(INTERRUPTED);
    }
  }

  private PublishFailed failure(Exception failure, boolean handedOver) {
    if (failure instanceof BufferExhaustedException) {
      return new PublisherFull(
          "The buffer of "
              + settings.bufferBytes()
              + " bytes had no room within "
              + settings.fullWaitMillis()
              + " ms");
    }
    if (failure instanceof InterruptException) {
      return new PublisherFull(INTERRUPTED);
    }
    if (isRefusal(failure)) {
      return new KafkaRefused("Kafka refused the event: " + failure.getMessage(), failure);
    }
    if (closed) {
      return new PublisherClosed(handedOver, failure);
    }
    LOG.debug("An event was not acknowledged", failure);
    String bound =
        handedOver
            ? "Kafka did not acknowledge the event within "
                + settings.deliveryTimeoutMillis()
                + " ms: "
            : "Kafka did not say who leads the partition within "
                + settings.fullWaitMillis()
                + " ms: ";
    return new KafkaUnavailable(bound + failure.getMessage(), handedOver, failure);
  }

  /**
   * Asks until the request bound, because one call waits only as long as a publish may wait for
   * room: perhaps not at all.
   */
  private static int partitions(
      KafkaProducer<String, byte[]> producer, PublisherSettings settings) {
    long deadline =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMillis());
    while (true) {
      try {
        return producer.partitionsFor(Topics.USAGE_EVENTS.name()).size();
      } catch (TimeoutException e) {
        if (System.nanoTime() - deadline >= 0) {
          throw e;
        }
        LockSupport.parkNanos(ASK_AGAIN_NANOS);
      }
    }
  }

  private static boolean isRefusal(Exception failure) {
    return failure instanceof AuthorizationException
        || failure instanceof AuthenticationException
        || failure instanceof InvalidTopicException
        || failure instanceof PolicyViolationException
        || failure instanceof RecordTooLargeException
        || failure instanceof RecordBatchTooLargeException;
  }

  private static Map<String, Object> producerSettings(
      String bootstrapServers, PublisherSettings settings) {
    return Map.ofEntries(
        Map.entry(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
        Map.entry(ProducerConfig.CLIENT_ID_CONFIG, "tollgate-publisher"),
        Map.entry(ProducerConfig.ACKS_CONFIG, "all"),
        Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true),
        // With several, the second batch of a new producer can reach a partition that was just
        // elected while the first bounced off; the broker, knowing nothing of the producer, takes
        // it, and the first is refused as out of order until its time is over (KAFKA-14359).
        Map.entry(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1),
        Map.entry(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4"),
        Map.entry(ProducerConfig.LINGER_MS_CONFIG, settings.lingerMillis()),
        Map.entry(ProducerConfig.BATCH_SIZE_CONFIG, settings.batchBytes()),
        Map.entry(ProducerConfig.BUFFER_MEMORY_CONFIG, settings.bufferBytes()),
        Map.entry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MOST_REQUEST_BYTES),
        Map.entry(ProducerConfig.MAX_BLOCK_MS_CONFIG, settings.fullWaitMillis()),
        Map.entry(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, settings.requestTimeoutMillis()),
        Map.entry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, settings.deliveryTimeoutMillis()),
        // Bootstrapping anew, Kafka's default, forgets the partitions when the last broker is gone:
        // every publish would then block instead of filling the buffer until the broker is back.
        Map.entry(
            CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG,
            MetadataRecoveryStrategy.NONE.name),
        Map.entry(ProducerConfig.METADATA_MAX_IDLE_CONFIG, METADATA_IDLE_MILLIS),
        Map.entry(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MOST_MILLIS));
  }
}
