package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The floor: one thread that consumes usage.events, decodes and adds up per key in a hash map. No
 * state survives, nothing is written, nothing is deduplicated.
 */
final class RawSum {
  private static final Duration POLL = Duration.ofMillis(200);

  private final String bootstrapServers;
  private final SchemaIds ids;
  private final List<ProcessHandle> servers;

  RawSum(String bootstrapServers, SchemaIds ids, List<ProcessHandle> servers) {
    this.bootstrapServers = bootstrapServers;
    this.ids = ids;
    this.servers = servers;
  }

  /** A timed pass with what it added up. */
  record Pass(Measured measured, Sums sums) {}

  Pass run(String name) {
    AvroSerde<UsageEvent> serde = AvroSerde.of(Topics.USAGE_EVENTS, ids);
    Map<String, long[]> sums = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                4000,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.USAGE_EVENTS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long left =
          consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
      Stopwatch watch = Stopwatch.start(servers);
      long events = 0;
      while (events < left) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          UsageEvent event = serde.decode(record.value());
          String key =
              event.getOrganizationId() + '/' + event.getWorkspaceId() + '/' + event.getApiKeyId();
          sums.computeIfAbsent(key, k -> new long[1])[0] += Sums.unitsOf(event.getUnits());
          events++;
        }
      }
      Measured measured = watch.stop(name, events);
      long units = sums.values().stream().mapToLong(sum -> sum[0]).sum();
      return new Pass(measured, new Sums(events, units, sums.size()));
    }
  }
}
