package io.tollgate.governance.store;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads what a governance topic holds now, from the first record to the last. */
public final class TopicRecords {
  private static final Duration POLL = Duration.ofMillis(500);

  /** Polls without a record before the topic counts as out of reach. */
  private static final int EMPTY_POLLS = 60;

  private TopicRecords() {}

  /** Takes a record. */
  @FunctionalInterface
  public interface Taker<V> {
    /**
     * Takes it.
     *
     * @param value empty: the key is removed
     */
    void take(String key, Optional<V> value);
  }

  /**
   * Hands over every committed record in order.
   *
   * @throws IllegalStateException if Kafka does not give them within 30 s
   */
  public static <V extends SpecificRecord> void read(
      Endpoints endpoints, Topic<V> topic, Taker<V> taker) {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            endpoints.bootstrapServers(),
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            IsolationLevel.READ_COMMITTED.toString(),
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false);
    AvroSerde<V> serde = AvroSerde.of(topic, RegistryClient.at(endpoints.registry()));
    TopicPartition partition = new TopicPartition(topic.name(), 0);
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      int empty = 0;
      while (consumer.position(partition) < end) {
        var records = consumer.poll(POLL);
        empty = records.isEmpty() ? empty + 1 : 0;
        if (empty > EMPTY_POLLS) {
          throw new IllegalStateException(topic.name() + " could not be read to its end");
        }
        for (ConsumerRecord<String, byte[]> record : records) {
          taker.take(record.key(), Optional.ofNullable(record.value()).map(serde::decode));
        }
      }
    }
  }
}
