package io.tollgate.bench;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.UsageEvent;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Contender (c): sums per key as the DSL's manual has it. In its favour: keys are not brought
 * together by a repartition, the sums of a key are kept per partition of usage.events; there are no
 * quarter-hours and no meters; the result is the table and its changelog, no further topic.
 */
final class DslAggregate implements DslTopology {
  static final String SUMS = "sums";

  private final SchemaIds ids;

  DslAggregate(SchemaIds ids) {
    this.ids = ids;
  }

  @Override
  public Topology build() {
    AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(
            Topics.USAGE_EVENTS.name(),
            Consumed.with(Serdes.String(), events).withName("usage-events"))
        .groupByKey(Grouped.with("by-key", Serdes.String(), events))
        .aggregate(
            () -> KeySums.NONE,
            (key, event, sums) -> sums.plus(Sums.unitsOf(event.getUnits()), 0),
            Named.as("sum-by-key"),
            Materialized.<String, KeySums, KeyValueStore<Bytes, byte[]>>as(SUMS)
                .withKeySerde(Serdes.String())
                .withValueSerde(KeySums.serde()));
    return builder.build();
  }
}
