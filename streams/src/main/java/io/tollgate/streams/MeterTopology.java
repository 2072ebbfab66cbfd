package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventReader;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;
import org.apache.kafka.streams.state.Stores;

/**
 * From usage events to priced usage:
 *
 * <pre>
 * usage.events ─▶ validate-events ─▶ deduplicate-events ─▶ rate-events ─▶ accumulate-usage ─▶ usage.deltas
 *                  │ waiting-events    │ dedup-batches,      │ parked-events
 *                  │                   │ price-refs,         │
 *                  │                   │ waiting-corrections │
 *                  ├▶ usage.rejected ◀─┴─────────────────────┼▶ usage.rated
 *                  ├▶ usage.events (re-routed)               └▶ usage.unrated
 *                  └──────────────── each outcome ──────────▶ count-outcomes ──────────────▶ usage.outcomes
 * </pre>
 *
 * <p>Invariants: every record read has exactly one outcome at any commit; no store is written per
 * rated event; what is gathered between commits ({@link CommitHook}) goes out in the transaction
 * that commits the offsets. Keys and values of usage.events are read as bytes, so that a record
 * which is not an event is an outcome and not an error.
 */
final class MeterTopology {
  static final String USAGE_EVENTS = "usage-events";
  static final String VALIDATE_EVENTS = "validate-events";
  static final String DEDUPLICATE_EVENTS = "deduplicate-events";
  static final String RATE_EVENTS = "rate-events";
  static final String ACCUMULATE_USAGE = "accumulate-usage";
  static final String COUNT_OUTCOMES = "count-outcomes";
  static final String RATED_USAGE = "rated-usage";
  static final String REJECTED_USAGE = "rejected-usage";
  static final String UNRATED_USAGE = "unrated-usage";
  static final String REROUTED_EVENTS = "rerouted-events";
  static final String USAGE_DELTAS = "usage-deltas";
  static final String USAGE_OUTCOMES = "usage-outcomes";

  static final String WAITING_EVENTS = "waiting-events";
  static final String WAITING_CORRECTIONS = "waiting-corrections";
  static final String ACCEPTED_EVENTS = "accepted-events";
  static final String PRICE_REFS = "price-refs";
  static final String DEDUP_BATCHES = "dedup-batches";
  static final String PARKED_EVENTS = "parked-events";
  static final String OUTCOMES = "outcomes";
  static final String COMMIT_HOOK = "commit-hook";

  private static final List<Optional<Set<Integer>>> EACH =
      IntStream.range(0, 256).mapToObj(partition -> Optional.of(Set.of(partition))).toList();

  private MeterTopology() {}

  /**
   * Builds the topology.
   *
   * @param partitions of usage.events in this topic generation
   */
  static Topology build(SchemaIds ids, GlobalTables tables, int partitions, MeterBounds bounds) {
    return build(ids, tables, partitions, bounds, CommittedStores.onDisk(InstantSource.system()));
  }

  static Topology build(
      SchemaIds ids,
      GlobalTables tables,
      int partitions,
      MeterBounds bounds,
      CommittedStores stores) {
    AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
    ByteArrayDeserializer readBytes = new ByteArrayDeserializer();
    ByteArraySerializer bytes = new ByteArraySerializer();
    int deltas = ids.idOf(Topics.USAGE_DELTAS.subject(), Topics.USAGE_DELTAS.schema());
    UsageEventReader reader = new UsageEventReader(ids);
    Supplier<EventValidation> validation =
        () -> new EventValidation(reader.another(), tables, partitions);

    Topology topology = new Topology();
    tables.addMeterTables(topology);
    return topology
        .addSource(
            AutoOffsetReset.none(),
            USAGE_EVENTS,
            new UsePartitionTimeOnInvalidTimestamp(),
            readBytes,
            readBytes,
            Topics.USAGE_EVENTS.name())
        .addProcessor(
            VALIDATE_EVENTS, () -> new ValidateEvents(validation.get(), bounds), USAGE_EVENTS)
        .addProcessor(
            DEDUPLICATE_EVENTS,
            () -> new DeduplicateEvents(validation.get(), tables, bounds),
            VALIDATE_EVENTS)
        .addProcessor(RATE_EVENTS, () -> new RateEvents(tables, events, bounds), DEDUPLICATE_EVENTS)
        .addProcessor(ACCUMULATE_USAGE, () -> new AccumulateUsage(tables, deltas), RATE_EVENTS)
        .addProcessor(
            COUNT_OUTCOMES, CountOutcomes::new, VALIDATE_EVENTS, DEDUPLICATE_EVENTS, RATE_EVENTS)
        .addStateStore(
            CommitHook.builder(COMMIT_HOOK, stores),
            DEDUPLICATE_EVENTS,
            RATE_EVENTS,
            ACCUMULATE_USAGE,
            COUNT_OUTCOMES)
        .addStateStore(TaskCell.builder(ACCEPTED_EVENTS), DEDUPLICATE_EVENTS, RATE_EVENTS)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(WAITING_EVENTS), Serdes.Bytes(), Serdes.ByteArray()),
            VALIDATE_EVENTS)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(WAITING_CORRECTIONS),
                Serdes.Bytes(),
                Serdes.ByteArray()),
            DEDUPLICATE_EVENTS)
        .addStateStore(
            stores.builder(PRICE_REFS, Serdes.Bytes(), Serdes.ByteArray()), DEDUPLICATE_EVENTS)
        .addStateStore(
            DedupStore.builder(DEDUP_BATCHES, bounds.mostRemembered()), DEDUPLICATE_EVENTS)
        .addStateStore(
            stores.builder(PARKED_EVENTS, Serdes.Bytes(), Serdes.ByteArray()), RATE_EVENTS)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(OUTCOMES), Serdes.String(), Serdes.ByteArray()),
            ACCUMULATE_USAGE,
            COUNT_OUTCOMES)
        .addSink(
            RATED_USAGE,
            Topics.USAGE_RATED.name(),
            bytes,
            new RatedEventSerializer(ids),
            on((RatedEvent event) -> event.rated().getPosition().getPartition()),
            RATE_EVENTS)
        .addSink(
            REJECTED_USAGE,
            Topics.USAGE_REJECTED.name(),
            bytes,
            AvroSerde.of(Topics.USAGE_REJECTED, ids),
            on((RejectedUsage rejected) -> rejected.getPosition().getPartition()),
            VALIDATE_EVENTS,
            DEDUPLICATE_EVENTS,
            RATE_EVENTS)
        .addSink(
            UNRATED_USAGE,
            Topics.USAGE_UNRATED.name(),
            bytes,
            AvroSerde.of(Topics.USAGE_UNRATED, ids),
            on((UnratedUsage unrated) -> unrated.getPosition().getPartition()),
            RATE_EVENTS)
        .addSink(
            REROUTED_EVENTS,
            Topics.USAGE_EVENTS.name(),
            bytes,
            Rerouting.serializer(),
            on(Rerouting::partition),
            VALIDATE_EVENTS)
        .addSink(USAGE_DELTAS, Topics.USAGE_DELTAS.name(), bytes, bytes, ACCUMULATE_USAGE)
        .addSink(
            USAGE_OUTCOMES,
            Topics.USAGE_OUTCOMES.name(),
            bytes,
            AvroSerde.of(Topics.USAGE_OUTCOMES, ids),
            on(PartitionOutcomes::getPartition),
            COUNT_OUTCOMES);
  }

  private static <V> StreamPartitioner<byte[], V> on(ToIntFunction<V> partition) {
    return (topic, key, value, partitions) -> just(partition.applyAsInt(value));
  }

  /** Prepared for most, because one is needed per event. */
  private static Optional<Set<Integer>> just(int partition) {
    return partition < EACH.size() ? EACH.get(partition) : Optional.of(Set.of(partition));
  }
}
