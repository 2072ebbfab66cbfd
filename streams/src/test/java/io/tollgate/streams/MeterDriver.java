package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.rating.PricePages;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.Pause;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.Workspace;
import io.tollgate.schemas.avro.WriteOff;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The meter topology in Kafka's test driver: one partition, a commit after each record, time by
 * hand.
 */
final class MeterDriver implements AutoCloseable {
  private static final Instant LONG_AGO = Instant.parse("2025-01-01T00:00:00Z");

  final LocalSchemaIds ids = new LocalSchemaIds();
  final AvroSerde<UsageEvent> events = AvroSerde.of(Topics.USAGE_EVENTS, ids);
  private final TopologyTestDriver driver;
  private Instant now = Events.NOON;

  MeterDriver(Path state) {
    this(state, 1, MeterBounds.standard());
  }

  MeterDriver(Path state, int partitions, MeterBounds bounds) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "meter");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    driver =
        new TopologyTestDriver(
            MeterTopology.build(ids, new GlobalTables(ids), partitions, bounds), config, now);
  }

  MeterDriver withAcme() {
    organization("acme");
    workspace("acme", "acme-prod");
    apiKey("acme", "acme-prod", "key-1");
    return this;
  }

  /** Input 2.5 and output 10 USD per million. */
  MeterDriver withPrices() {
    prices(1, "gpt-4o");
    return this;
  }

  void organization(String id) {
    pipe(
        Topics.ORGANIZATIONS,
        id,
        new Organization(id, id, "UTC", "USD", LONG_AGO, null, 1, List.of(), false));
  }

  void workspace(String organization, String id) {
    pipe(
        Topics.WORKSPACES,
        id,
        new Workspace(id, organization, id, LONG_AGO, null, 1, List.of(), false, Map.of()));
  }

  void workspace(String organization, String id, @Nullable Instant archivedAt, List<Pause> pauses) {
    pipe(
        Topics.WORKSPACES,
        id,
        new Workspace(id, organization, id, LONG_AGO, archivedAt, 1, pauses, false, Map.of()));
  }

  void apiKey(String organization, String workspace, String id) {
    apiKey(organization, workspace, id, LONG_AGO, null);
  }

  void apiKey(
      String organization, String workspace, String id, Instant from, @Nullable Instant until) {
    pipe(Topics.API_KEYS, id, new ApiKey(id, organization, workspace, id, from, until, 1));
  }

  void limit(Limit limit) {
    pipe(Topics.LIMITS, LimitKey.of(limit).text(), limit);
  }

  void backfill(String id, String source, Instant from, Instant to, Instant closesAt) {
    pipe(Topics.BACKFILLS, id, new Backfill(id, source, from, to, LONG_AGO, closesAt, 1));
  }

  void prices(int version, String model) {
    rates(version, model, "2.500000", "10.000000");
  }

  void rates(int version, String model, String input, String output) {
    List<PriceRate> rates =
        List.of(
            new PriceRate("openai", model, "standard", null, "input", new BigDecimal(input)),
            new PriceRate("openai", model, "standard", null, "output", new BigDecimal(output)));
    for (PriceBookRecord page :
        PricePages.of(
            new PriceBookId("base"),
            version,
            PricePages.base("USD", LONG_AGO, LONG_AGO),
            rates,
            List.of())) {
      pipe(Topics.PRICE_BOOKS, "base/" + version + "/" + page.getPage(), page);
    }
  }

  void writeOff(String id, @Nullable String organization, String model, Instant acceptedUntil) {
    pipe(
        Topics.WRITE_OFFS,
        id,
        new WriteOff(
            id, organization, "openai", model, acceptedUntil, "a trial", "operator", LONG_AGO));
  }

  private <V extends SpecificRecord> void pipe(Topic<V> topic, String key, V value) {
    driver
        .createInputTopic(topic.name(), new StringSerializer(), AvroSerde.of(topic, ids))
        .pipeInput(key, value, now);
  }

  /** Appends an event now. */
  void append(Events event) {
    appendBytes(encoded(event));
  }

  byte[] encoded(Events event) {
    return events.encode(event.build());
  }

  void appendBytes(byte @Nullable [] value) {
    appendBytes(value, new RecordHeaders());
  }

  void appendBytes(byte @Nullable [] value, Headers headers) {
    driver
        .createInputTopic(
            Topics.USAGE_EVENTS.name(), new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(new TestRecord<>("k".getBytes(StandardCharsets.UTF_8), value, headers, now));
  }

  void advance(Duration time) {
    now = now.plus(time);
    driver.advanceWallClockTime(time);
  }

  /** Later appends are dated then; no punctuation in between. */
  void appendFrom(Instant time) {
    now = time;
  }

  List<RatedUsage> rated() {
    return read(Topics.USAGE_RATED);
  }

  List<RejectedUsage> rejected() {
    return read(Topics.USAGE_REJECTED);
  }

  List<UnratedUsage> unrated() {
    return read(Topics.USAGE_UNRATED);
  }

  List<UsageDelta> deltas() {
    return read(Topics.USAGE_DELTAS);
  }

  /** The newest counts published. */
  PartitionOutcomes outcomes() {
    return read(Topics.USAGE_OUTCOMES).getLast();
  }

  /**
   * The newest counts, those above zero, such as "records 2 rated 1 duplicate 1"; every record has
   * one outcome.
   */
  String counts() {
    PartitionOutcomes outcomes = outcomes();
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("rated", outcomes.getRated());
    counts.put("duplicate", outcomes.getDuplicate());
    counts.put("rejected", outcomes.getRejected());
    counts.put("unrated", outcomes.getUnrated());
    counts.put("waiting", outcomes.getWaiting());
    counts.put("rerouted", outcomes.getRerouted());
    counts.put("void", outcomes.getVoids());
    counts.put("withdrawn", outcomes.getWithdrawn());
    counts.put("written_off", outcomes.getWrittenOff());
    long records = counts.values().stream().mapToLong(Long::longValue).sum();
    assertThat(outcomes.getRecords()).isEqualTo(records).isEqualTo(outcomes.getNextOffset());
    counts.put("conflict", outcomes.getConflict());
    counts.put("reversals", outcomes.getReversals());
    counts.values().removeIf(count -> count == 0);
    StringBuilder text = new StringBuilder("records " + records);
    counts.forEach((name, count) -> text.append(' ').append(name).append(' ').append(count));
    return text.toString();
  }

  List<TestRecord<byte[], byte[]>> rerouted() {
    return driver
        .createOutputTopic(
            Topics.USAGE_EVENTS.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  private <V extends SpecificRecord> List<V> read(Topic<V> topic) {
    return driver
        .createOutputTopic(topic.name(), new StringDeserializer(), AvroSerde.of(topic, ids))
        .readValuesToList();
  }

  @Override
  public void close() {
    driver.close();
  }
}
