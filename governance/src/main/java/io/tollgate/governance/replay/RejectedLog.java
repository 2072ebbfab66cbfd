package io.tollgate.governance.replay;

import io.tollgate.http.Refusal;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.RegistryUnavailable;
import io.tollgate.schemas.RejectedEventId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.RejectedUsage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads single records of usage.rejected, which hold what was rejected with its bytes. Each reading
 * has a consumer of its own for as long as it takes; there are few of them at once.
 */
public final class RejectedLog {
  private static final Logger LOG = LoggerFactory.getLogger(RejectedLog.class);
  private static final int AT_ONCE = 4;
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

  /** What is found under an id. */
  sealed interface Found {
    /** A rejection. */
    record There(RejectedUsage rejected) implements Found {}

    /** There may have been one, longer ago than the topic keeps. */
    record Expired() implements Found {}

    /** No rejection, or none yet. */
    record Nothing() implements Found {}
  }

  private final String bootstrapServers;
  private final AvroSerde<RejectedUsage> serde;
  private final Semaphore places = new Semaphore(AT_ONCE);

  public RejectedLog(Endpoints kafka) {
    this.bootstrapServers = kafka.bootstrapServers();
    this.serde = AvroSerde.of(Topics.USAGE_REJECTED, RegistryClient.at(kafka.registry()));
  }

  /**
   * Reads one.
   *
   * @throws Refusal 503 while Kafka or the registry is away, or too many are read at once
   */
  Found read(RejectedEventId id) {
    if (id.generation() != UsagePartitions.GENERATION) {
      return new Found.Nothing();
    }
    if (!places.tryAcquire()) {
      throw Refusal.tooBusy("too many rejected events are read at once", TRY_AGAIN);
    }
    try (Consumer<byte[], byte[]> consumer = consumer()) {
      return read(consumer, id);
    } catch (KafkaException | RegistryUnavailable e) {
      LOG.warn("rejected event {} cannot be read now: {}", id, e.toString());
      throw Refusal.tooBusy("the log of rejected events cannot be read now", TRY_AGAIN);
    } finally {
      places.release();
    }
  }

  private Found read(Consumer<byte[], byte[]> consumer, RejectedEventId id) {
    String topic = Topics.USAGE_REJECTED.name();
    if (id.partition() >= consumer.partitionsFor(topic).size()) {
      return new Found.Nothing();
    }
    TopicPartition partition = new TopicPartition(topic, id.partition());
    List<TopicPartition> one = List.of(partition);
    if (id.offset() < consumer.beginningOffsets(one).getOrDefault(partition, 0L)) {
      return new Found.Expired();
    }
    if (id.offset() >= consumer.endOffsets(one).getOrDefault(partition, 0L)) {
      return new Found.Nothing();
    }
    consumer.assign(one);
    consumer.seek(partition, id.offset());
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<ConsumerRecord<byte[], byte[]>> next =
          consumer.poll(POLL).records(partition).stream().findFirst();
      if (next.isPresent()) {
        return next.get().offset() == id.offset()
            ? new Found.There(serde.decode(next.get().value()))
            : new Found.Nothing();
      }
      if (consumer.position(partition) > id.offset()) {
        // The end of a transaction, or of one that was aborted.
        return new Found.Nothing();
      }
    }
    throw Refusal.tooBusy("the log of rejected events does not answer now", TRY_AGAIN);
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
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            1,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            Math.toIntExact(ANSWER.toMillis()),
            ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            Math.toIntExact(ANSWER.toMillis())),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
