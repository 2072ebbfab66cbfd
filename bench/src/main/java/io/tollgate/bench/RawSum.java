package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The floor: one thread that consumes usage.events, decodes and adds up per key in a hash map. No
 * state survives, nothing is written, nothing is deduplicated; its offsets are committed now and
 * then, so that its progress is seen like everyone's.
 */
final class RawSum implements Job {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final long COMMIT_NANOS = Duration.ofMillis(100).toNanos();

  private final String bootstrapServers;
  private final AvroSerde<UsageEvent> serde;
  private volatile boolean stopping;
  private @Nullable CompletableFuture<Sums> reading;

  RawSum(String bootstrapServers, SchemaIds ids) {
    this.bootstrapServers = bootstrapServers;
    this.serde = AvroSerde.of(Topics.USAGE_EVENTS, ids);
  }

  @Override
  public void start(String application) {
    stopping = false;
    reading =
        CompletableFuture.supplyAsync(
            () -> read(application), task -> Thread.ofPlatform().name("raw").start(task));
  }

  @Override
  public Optional<Sums> stop() {
    stopping = true;
    return Optional.ofNullable(reading).map(CompletableFuture::join);
  }

  private Sums read(String group) {
    Map<String, long[]> sums = new HashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG,
                group,
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                4000,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(
          consumer.partitionsFor(Topics.USAGE_EVENTS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList());
      long committed = System.nanoTime();
      boolean ahead = false;
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          UsageEvent event = serde.decode(record.value());
          String key =
              event.getOrganizationId() + '/' + event.getWorkspaceId() + '/' + event.getApiKeyId();
          long[] sum = sums.computeIfAbsent(key, k -> new long[2]);
          sum[0]++;
          sum[1] += Sums.unitsOf(event.getUnits());
          ahead = true;
        }
        if (ahead && System.nanoTime() - committed > COMMIT_NANOS) {
          consumer.commitAsync();
          committed = System.nanoTime();
          ahead = false;
        }
      }
    }
    Sums.Builder all = new Sums.Builder();
    sums.forEach((key, sum) -> all.add(key, sum[0], sum[1], 0));
    return all.build();
  }
}
