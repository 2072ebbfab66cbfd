package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.Stores;

/**
 * For the bench: the meter topology's own accumulation behind nothing but decoding, with the meter
 * topology's settings. Every event counts and costs nothing.
 */
public final class AggregationAlone implements AutoCloseable {
  private static final String METER = "meter";
  private static final String DECODE_EVENTS = "decode-events";
  private static final BigDecimal NOTHING = BigDecimal.ZERO.setScale(12);

  private final RunningTopology running;

  private AggregationAlone(RunningTopology running) {
    this.running = running;
  }

  /** Starts it where its group has committed offsets of usage.events. */
  public static AggregationAlone start(
      StreamsSettings settings, SchemaIds ids, InstantSource clock) {
    RunningTopology topology =
        new RunningTopology(
            METER,
            build(ids),
            settings,
            settings.meterThreads(),
            settings.commits().meter(),
            clock);
    topology.start();
    return new AggregationAlone(topology);
  }

  private static Topology build(SchemaIds ids) {
    AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    int deltas = ids.idOf(Topics.USAGE_DELTAS.subject(), Topics.USAGE_DELTAS.schema());
    GlobalTables tables = new GlobalTables(ids);
    Topology topology = new Topology();
    tables.addMeterTables(topology);
    return topology
        .addSource(
            AutoOffsetReset.none(),
            MeterTopology.USAGE_EVENTS,
            new UsePartitionTimeOnInvalidTimestamp(),
            bytes,
            bytes,
            Topics.USAGE_EVENTS.name())
        .addProcessor(DECODE_EVENTS, () -> new DecodeEvents(events), MeterTopology.USAGE_EVENTS)
        .addProcessor(
            MeterTopology.ACCUMULATE_USAGE,
            () -> new AccumulateUsage(tables, deltas),
            DECODE_EVENTS)
        .addStateStore(
            CommitHook.builder(
                MeterTopology.COMMIT_HOOK, CommittedStores.onDisk(InstantSource.system())),
            MeterTopology.ACCUMULATE_USAGE)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(MeterTopology.OUTCOMES),
                Serdes.String(),
                Serdes.ByteArray()),
            MeterTopology.ACCUMULATE_USAGE)
        .addSink(
            MeterTopology.USAGE_DELTAS,
            Topics.USAGE_DELTAS.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            MeterTopology.ACCUMULATE_USAGE);
  }

  private static final class DecodeEvents
      extends ContextualProcessor<byte[], byte[], byte[], RatedEvent> {
    private final AvroSerde<UsageEvent> serde;

    DecodeEvents(AvroSerde<UsageEvent> serde) {
      this.serde = serde;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      RecordMetadata at = context().recordMetadata().orElseThrow();
      Instant appendedAt = Instant.ofEpochMilli(record.timestamp());
      RatedUsage rated = new RatedUsage();
      rated.setEvent(serde.decode(record.value()));
      rated.setPosition(
          new Position(
              UsagePartitions.GENERATION, at.partition(), at.offset(), appendedAt, appendedAt));
      rated.setBodyDigest(ByteBuffer.allocate(0));
      rated.setCurrency("USD");
      rated.setPriceBookId("none");
      rated.setCharges(List.of());
      rated.setCost(NOTHING);
      context()
          .forward(
              new Record<>(
                  record.key(), new RatedEvent(rated, record.value()), record.timestamp()));
    }
  }

  @Override
  public void close() {
    running.close();
  }
}
