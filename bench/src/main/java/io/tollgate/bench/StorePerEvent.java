package io.tollgate.bench;

import io.tollgate.rating.MeteredRequest;
import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Contender (e): deduplication as it is usually built, one entry per event in a changelogged
 * RocksDB store; then rating with the same module, rated usage to a topic, sums per key. In its
 * favour: nothing expires, nothing is validated, tenants are not looked up, keys are not brought
 * together by a repartition.
 */
final class StorePerEvent implements DslTopology {
  static final String RATED_TOPIC = "bench.rated";
  static final String SUMS = DslAggregate.SUMS;
  private static final String SEEN = "seen";
  private static final Duration BOUND = Duration.ofSeconds(30);

  private final SchemaIds ids;
  private final PriceBooks prices;

  StorePerEvent(Endpoints endpoints, SchemaIds ids) {
    this.ids = ids;
    PublishedPrices published = new PublishedPrices();
    try (CompactedView<PriceBookRecord> pages =
        CompactedView.start(Topics.PRICE_BOOKS, endpoints.bootstrapServers(), ids)) {
      pages.awaitCaughtUp(BOUND);
      pages.values().forEach(published::accept);
    }
    this.prices = published.snapshot();
  }

  @Override
  public Topology build() {
    AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
    AvroSerde<RatedUsage> rated = AvroSerde.of(Topics.USAGE_RATED, ids);
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, RatedUsage> usage =
        builder.stream(
                Topics.USAGE_EVENTS.name(),
                Consumed.with(Serdes.String(), events).withName("usage-events"))
            .processValues(new Steps(prices), Named.as("deduplicate-and-rate"));
    usage.to(RATED_TOPIC, Produced.with(Serdes.String(), rated).withName("rated-usage"));
    usage
        .groupByKey(Grouped.with("by-key", Serdes.String(), rated))
        .aggregate(
            () -> KeySums.NONE,
            (key, one, sums) ->
                sums.plus(
                    Sums.unitsOf(one.getEvent().getUnits()),
                    one.getCost().unscaledValue().longValueExact()),
            Named.as("sum-by-key"),
            Materialized.<String, KeySums, KeyValueStore<Bytes, byte[]>>as(SUMS)
                .withKeySerde(Serdes.String())
                .withValueSerde(KeySums.serde()));
    return builder.build();
  }

  private record Steps(PriceBooks prices)
      implements FixedKeyProcessorSupplier<String, UsageEvent, RatedUsage> {
    @Override
    public FixedKeyProcessor<String, UsageEvent, RatedUsage> get() {
      return new DeduplicateAndRate(prices);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      return Set.of(
          Stores.keyValueStoreBuilder(
              Stores.persistentKeyValueStore(SEEN), Serdes.String(), Serdes.ByteArray()));
    }
  }

  private static final class DeduplicateAndRate
      implements FixedKeyProcessor<String, UsageEvent, RatedUsage> {
    private final PriceBooks prices;
    private @Nullable FixedKeyProcessorContext<String, RatedUsage> context;
    private @Nullable KeyValueStore<String, byte[]> seen;

    DeduplicateAndRate(PriceBooks prices) {
      this.prices = prices;
    }

    @Override
    public void init(FixedKeyProcessorContext<String, RatedUsage> taskContext) {
      context = taskContext;
      seen = taskContext.getStateStore(SEEN);
    }

    @Override
    public void process(FixedKeyRecord<String, UsageEvent> record) {
      UsageEvent event = record.value();
      BodyDigest digest = BodyDigest.of(event);
      String id = event.getOrganizationId() + '/' + event.getSource() + '/' + event.getId();
      KeyValueStore<String, byte[]> store = java.util.Objects.requireNonNull(seen);
      if (store.putIfAbsent(id, digest.toBytes().array()) != null) {
        return;
      }
      FixedKeyProcessorContext<String, RatedUsage> to = java.util.Objects.requireNonNull(context);
      RecordMetadata at = to.recordMetadata().orElseThrow();
      to.forward(record.withValue(rate(event, digest, at, record.timestamp())));
    }

    private RatedUsage rate(UsageEvent event, BodyDigest digest, RecordMetadata at, long millis) {
      RatingResult result =
          Rating.rate(
              new MeteredRequest(
                  event.getOrganizationId(),
                  "USD",
                  event.getEventTime(),
                  event.getProvider(),
                  event.getModel(),
                  event.getServiceTier(),
                  event.getUnits()),
              prices);
      if (!(result instanceof RatingResult.Rated rated)) {
        throw new IllegalStateException("not rated: " + result);
      }
      List<Charge> charges =
          rated.charges().stream()
              .map(
                  charge ->
                      new Charge(
                          charge.meter().wireName(),
                          charge.units(),
                          charge.rate().value(),
                          charge.cost().value()))
              .toList();
      BigDecimal cost = rated.cost().value();
      Instant appendedAt = Instant.ofEpochMilli(millis);
      RatedUsage usage = new RatedUsage();
      usage.setEvent(event);
      usage.setPosition(
          new Position(
              UsagePartitions.GENERATION, at.partition(), at.offset(), appendedAt, appendedAt));
      usage.setBodyDigest(digest.toBytes());
      usage.setCurrency(rated.currency());
      usage.setPriceBookId(rated.priceBook().value());
      usage.setPriceVersion(rated.priceVersion());
      usage.setContextOver(rated.contextOver());
      usage.setCharges(charges);
      usage.setCost(cost);
      usage.setKind(io.tollgate.schemas.avro.RatedKind.USAGE);
      return usage;
    }
  }
}
