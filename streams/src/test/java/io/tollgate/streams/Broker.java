package io.tollgate.streams;

import io.tollgate.embedded.LocalKafka;
import io.tollgate.rating.PricePages;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.Workspace;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A real broker with all topics, one organization with prices, and what a test reads and writes
 * there.
 */
final class Broker implements AutoCloseable {
  static final int USAGE_PARTITIONS = 4;
  private static final int MOST_REQUEST_BYTES = 8 << 20;
  private static final Instant LONG_AGO = Instant.parse("2025-01-01T00:00:00Z");

  final LocalSchemaIds ids = LocalIds.ofAllTopics();
  private final LocalKafka kafka;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
  private final AtomicReference<@Nullable Exception> failed = new AtomicReference<>();

  private Broker(LocalKafka kafka) {
    this.kafka = kafka;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 * 1024,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                MOST_REQUEST_BYTES,
                // With several, the first batch to a new topic can be lost (KAFKA-14359).
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1,
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                "lz4"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  static Broker start(Path data) {
    LocalKafka kafka = LocalKafka.start(LocalKafka.Config.in(data));
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
      TopicCreation.createMissing(
          admin, new TopicSizing(USAGE_PARTITIONS, 2, (short) 1, (short) 1));
    }
    return new Broker(kafka);
  }

  String bootstrapServers() {
    return kafka.bootstrapServers();
  }

  /**
   * Publishes acme with a workspace and keys key-0, key-1, …, and prices of 2.5 and 10 USD per
   * million.
   */
  void publishAcme(int keys) {
    put(
        Topics.ORGANIZATIONS,
        "acme",
        new Organization("acme", "acme", "UTC", "USD", LONG_AGO, null, 1, List.of(), false));
    put(
        Topics.WORKSPACES,
        "acme-prod",
        new Workspace("acme-prod", "acme", "prod", LONG_AGO, null, 1, List.of(), false, Map.of()));
    for (int i = 0; i < keys; i++) {
      String id = "key-" + i;
      put(Topics.API_KEYS, id, new ApiKey(id, "acme", "acme-prod", id, LONG_AGO, null, 1));
    }
    publishPrices(1, "gpt-4o");
    flush();
  }

  /** Input 2.5 and output 10 USD per million; a version hides the one before it. */
  void publishPrices(int version, String model) {
    List<PriceRate> rates =
        List.of(
            new PriceRate("openai", model, "standard", null, "input", new BigDecimal("2.500000")),
            new PriceRate(
                "openai", model, "standard", null, "output", new BigDecimal("10.000000")));
    for (PriceBookRecord page :
        PricePages.of(
            new PriceBookId("base"),
            version,
            PricePages.base("USD", LONG_AGO, LONG_AGO),
            rates,
            List.of())) {
      put(Topics.PRICE_BOOKS, "base/" + version + "/" + page.getPage(), page);
    }
  }

  <V extends SpecificRecord> void put(Topic<V> topic, String key, V value) {
    byte[] bytes = AvroSerde.of(topic, ids).encode(value);
    send(new ProducerRecord<>(topic.name(), key.getBytes(StandardCharsets.UTF_8), bytes));
  }

  /** Sends an event to its partition. */
  void send(UsageEvent event) {
    String key =
        UsagePartitions.key(event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId());
    int partition = UsagePartitions.of(event, USAGE_PARTITIONS);
    send(
        new ProducerRecord<>(
            Topics.USAGE_EVENTS.name(),
            partition,
            key.getBytes(StandardCharsets.UTF_8),
            events.encode(event)));
  }

  /** Sends whatever bytes to a partition of usage.events; null is a tombstone. */
  void sendRaw(int partition, byte @Nullable [] value) {
    send(new ProducerRecord<>(Topics.USAGE_EVENTS.name(), partition, null, value));
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    producer.send(
        record,
        (written, failure) -> {
          if (failure != null) {
            failed.compareAndSet(null, failure);
          }
        });
  }

  /**
   * Waits until everything sent is there.
   *
   * @throws IllegalStateException if Kafka has not taken all of it
   */
  void flush() {
    producer.flush();
    Exception failure = failed.get();
    if (failure != null) {
      throw new IllegalStateException("Kafka has not taken a record", failure);
    }
  }

  /**
   * All records of a topic up to its end now; committed ones only, or all that were ever appended.
   */
  <V extends SpecificRecord> List<V> read(Topic<V> topic, boolean committedOnly) {
    AvroSerde<V> serde = AvroSerde.of(topic, ids);
    List<V> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                committedOnly ? "read_committed" : "read_uncommitted"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          values.add(serde.decode(record.value()));
        }
      }
    }
    return values;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    kafka.close();
  }
}
