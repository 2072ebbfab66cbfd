package io.tollgate.ingest;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What usage.events holds, read back from the broker. */
record UsageLog(List<Entry> entries) {
  /** One record of the log. */
  record Entry(
      int partition, long offset, String key, TimestampType timestampType, UsageEvent event) {
    Acknowledged place() {
      return new Acknowledged(partition, offset);
    }
  }

  static void create(String bootstrapServers) {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      TopicCreation.createMissing(admin, TopicSizing.local());
    }
  }

  /** Everything up to now. */
  static UsageLog read(String bootstrapServers, SchemaIds schemas) {
    AvroSerde<UsageEvent> serde = AvroSerde.of(Topics.USAGE_EVENTS, schemas);
    Map<String, Object> config = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    // Ids made in this process must be known although the writer is another one.
    schemas.idOf(Topics.USAGE_EVENTS.subject(), UsageEvent.getClassSchema());
    List<Entry> entries = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.USAGE_EVENTS.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          entries.add(
              new Entry(
                  record.partition(),
                  record.offset(),
                  record.key(),
                  record.timestampType(),
                  serde.decode(record.value())));
        }
      }
    }
    return new UsageLog(List.copyOf(entries));
  }

  /** The records of one source, by id; several under one id are duplicates. */
  Map<String, List<Entry>> bySource(String source) {
    return entries.stream()
        .filter(entry -> entry.event().getSource().equals(source))
        .collect(Collectors.groupingBy(entry -> entry.event().getId()));
  }
}
