package io.tollgate.governance.store;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.TopicReader;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;

/** Reads what a governance topic holds now, from the first record to the last. */
public final class TopicRecords {
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
   * @throws KafkaException if Kafka gives none for 30 s
   */
  public static <V extends SpecificRecord> void read(
      Endpoints endpoints, Topic<V> topic, Taker<V> taker) {
    AvroSerde<V> serde = AvroSerde.of(topic, RegistryClient.at(endpoints.registry()));
    TopicReader.of(endpoints.bootstrapServers(), topic)
        .readToEnd(
            record ->
                taker.take(record.key(), Optional.ofNullable(record.value()).map(serde::decode)));
  }
}
