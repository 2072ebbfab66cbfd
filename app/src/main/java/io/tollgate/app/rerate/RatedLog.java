package io.tollgate.app.rerate;

import io.tollgate.app.stack.StackProblem;
import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.RatedUsage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads prices and rated events from the topics, committed records only, once. */
public final class RatedLog {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PRICES = Duration.ofSeconds(30);

  /** How long may pass without a record before the end. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Endpoints endpoints;
  private final InstantSource clock;

  public RatedLog(Endpoints endpoints, InstantSource clock) {
    this.endpoints = endpoints;
    this.clock = clock;
  }

  /** The prices that are visible now. */
  public PriceBooks prices() {
    try (CompactedView<PriceBookRecord> view =
        CompactedView.start(
            Topics.PRICE_BOOKS,
            endpoints.bootstrapServers(),
            RegistryClient.at(endpoints.registry()))) {
      view.awaitCaughtUp(PRICES);
      PublishedPrices prices = new PublishedPrices();
      view.values().forEach(prices::accept);
      return prices.snapshot();
    }
  }

  /**
   * What is in force of the events that were appended up to now.
   *
   * @param from earliest event time; an event is not appended long before it
   * @throws StackProblem if Kafka does not go on answering
   */
  public void read(InForce inForce, Instant from) {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            endpoints.bootstrapServers(),
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "none",
            ConsumerConfig.CLIENT_ID_CONFIG,
            "tollgate-re-rate");
    AvroSerde<RatedUsage> serde =
        AvroSerde.of(Topics.USAGE_RATED, RegistryClient.at(endpoints.registry()));
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      read(consumer, from.minus(UsageEventRules.MOST_AHEAD), serde, inForce);
    } catch (KafkaException e) {
      throw new StackProblem("usage.rated cannot be read: " + e.getMessage(), e);
    }
  }

  private void read(
      Consumer<byte[], byte[]> consumer,
      Instant appendedFrom,
      AvroSerde<RatedUsage> serde,
      InForce inForce) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo info : consumer.partitionsFor(Topics.USAGE_RATED.name())) {
      partitions.add(new TopicPartition(info.topic(), info.partition()));
    }
    consumer.assign(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, appendedFrom.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> starts = consumer.offsetsForTimes(times);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp start = starts.get(partition);
      consumer.seek(partition, start == null ? ends.getOrDefault(partition, 0L) : start.offset());
    }
    Instant heard = clock.instant();
    while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
      var records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        inForce.accept(serde.decode(record.value()));
      }
      if (!records.isEmpty()) {
        heard = clock.instant();
      } else if (heard.plus(SILENCE).isBefore(clock.instant())) {
        throw new StackProblem("usage.rated could not be read to its end within " + SILENCE);
      }
    }
  }
}
