package io.tollgate.billing;

import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.embedded.LocalKafka;
import io.tollgate.embedded.LocalStack;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.RatedUsage;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** All services for a test class, with a stand-in for the meter topology. */
final class Line implements AutoCloseable {
  static final int PARTITIONS = TopicSizing.local().usagePartitions();

  final LocalKafka kafka;
  final LocalClickHouse clickHouse;
  final RegistryClient ids;
  final AvroSerde<RatedUsage> serde;
  private final LocalStack stack;
  private final KafkaProducer<String, byte[]> producer;

  Line(Path data) {
    stack = LocalStack.in(data).durable(false).start();
    kafka = stack.kafka();
    clickHouse = stack.clickHouse();
    ids = RegistryClient.at(stack.registry().url());
    serde = AvroSerde.of(Topics.USAGE_RATED, ids);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      TopicCreation.createMissing(admin, TopicSizing.local());
    }
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", kafka.bootstrapServers());
    settings.put("transactional.id", "rating");
    settings.put("linger.ms", 20);
    settings.put("batch.size", 256 << 10);
    settings.put("compression.type", "lz4");
    producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  ClickHouseSettings clickHouseSettings() {
    return new ClickHouseSettings(
        URI.create(clickHouse.endpoint()), "default", LocalClickHouse.USER, clickHouse.password());
  }

  LandingConfig landing(LandingLimits limits) {
    return new LandingConfig(endpoints(), clickHouseSettings(), "landing", limits);
  }

  Endpoints endpoints() {
    return new Endpoints(kafka.bootstrapServers(), stack.registry().url());
  }

  /**
   * Writes as the meter topology does: in transactions, one of them aborted. Returns what was
   * committed.
   */
  Money rate(int from, int to, IntFunction<RatedUsages> usage) {
    Money total = Money.ZERO;
    int perTransaction = Math.max(1, (to - from) / 5);
    for (int first = from; first < to; first += perTransaction) {
      producer.beginTransaction();
      send(first, Math.min(to, first + 3), i -> usage.apply(i).id("aborted-" + i));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      total = total.plus(send(first, Math.min(to, first + perTransaction), usage));
      producer.commitTransaction();
    }
    return total;
  }

  private Money send(int from, int to, IntFunction<RatedUsages> usage) {
    Money total = Money.ZERO;
    for (int i = from; i < to; i++) {
      int partition = i % PARTITIONS;
      RatedUsage rated = usage.apply(i).source(partition, i / PARTITIONS).build();
      total = total.plus(Money.of(rated.getCost()));
      producer.send(
          new ProducerRecord<>(Topics.USAGE_RATED.name(), partition, "key", serde.encode(rated)));
    }
    return total;
  }

  /** Writes a record as governance or a topology would. */
  <V extends SpecificRecord> void publish(
      Topic<V> topic, @Nullable Integer partition, String key, V value) {
    producer.beginTransaction();
    producer.send(
        new ProducerRecord<>(topic.name(), partition, key, AvroSerde.of(topic, ids).encode(value)));
    producer.commitTransaction();
  }

  /** Writes that many events to each partition, in whatever bytes: they are only counted. */
  void accept(int perPartition) {
    producer.beginTransaction();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int i = 0; i < perPartition; i++) {
        producer.send(
            new ProducerRecord<>(Topics.USAGE_EVENTS.name(), partition, "key", new byte[] {1}));
      }
    }
    producer.commitTransaction();
  }

  /**
   * What a group still has to land, transaction markers included; all of it while it has no
   * offsets.
   */
  long lag(String group) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        wanted.put(new TopicPartition(Topics.USAGE_RATED.name(), partition), OffsetSpec.latest());
      }
      return admin
          .listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
          .all()
          .get()
          .entrySet()
          .stream()
          .mapToLong(
              end -> {
                OffsetAndMetadata offset = committed.get(end.getKey());
                return end.getValue().offset() - (offset == null ? 0 : offset.offset());
              })
          .sum();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the table holds: rows, distinct events, distinct positions, cost. */
  Landed landed() {
    try (ClickHouse table = new ClickHouse(clickHouseSettings())) {
      return table
          .query(
              new SqlStatement(
                  "SELECT count(), uniqExact(event_id), uniqExact(rated_partition, rated_offset),"
                      + " sum(cost) FROM usage_rated",
                  List.of()),
              row ->
                  new Landed(
                      row.getLong(1),
                      row.getLong(2),
                      row.getLong(3),
                      Money.of(row.getBigDecimal(4))))
          .getFirst();
    }
  }

  record Landed(long rows, long events, long positions, Money cost) {
    static Landed exactly(long rows, Money cost) {
      return new Landed(rows, rows, rows, cost);
    }
  }

  @Override
  public void close() {
    producer.close();
    stack.close();
  }
}
