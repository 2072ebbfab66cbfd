package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The budget topology of one organization, {@code acme}, in memory and by hand. */
final class BudgetDriver implements AutoCloseable {
  static final Instant START = Instant.parse("2026-06-15T12:07:00Z");

  final SubjectsLeftOut leftOut = new SubjectsLeftOut();
  private final LocalSchemaIds ids = new LocalSchemaIds();
  private final TopologyTestDriver driver;
  private final TestInputTopic<String, UsageDelta> deltas;
  private final TestInputTopic<String, Budget> budgets;
  private final TestInputTopic<String, Organization> organizations;
  private final TestOutputTopic<String, BudgetAlert> alerts;
  private Instant now;
  private long offset;

  BudgetDriver(Path folder, BudgetBounds bounds) {
    this(folder, bounds, START);
  }

  BudgetDriver(Path folder, BudgetBounds bounds, Instant start) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "budget-test");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    driver =
        new TopologyTestDriver(
            BudgetTopology.build(
                new GlobalTables(ids),
                ids,
                1,
                bounds,
                leftOut,
                new ConsistentReads(1),
                CommittedStores.onDisk(InstantSource.system())),
            config,
            start);
    now = start;
    deltas = input(Topics.USAGE_DELTAS);
    budgets = input(Topics.BUDGETS);
    organizations = input(Topics.ORGANIZATIONS);
    alerts =
        driver.createOutputTopic(
            Topics.BUDGET_ALERTS.name(),
            new StringDeserializer(),
            AvroSerde.of(Topics.BUDGET_ALERTS, ids));
  }

  private <V extends SpecificRecord> TestInputTopic<String, V> input(Topic<V> topic) {
    return driver.createInputTopic(topic.name(), new StringSerializer(), AvroSerde.of(topic, ids));
  }

  /** Publishes the organization in a time zone, and lets it be noticed. */
  void inZone(String zone) {
    organizations.pipeInput("acme", BudgetRecords.organization().setTimeZone(zone).build());
    pass(Duration.ofSeconds(1));
  }

  /** Publishes budgets, and lets them be noticed. */
  void publish(Budget... published) {
    for (Budget budget : published) {
      publishUnnoticed(budget);
    }
    pass(Duration.ofSeconds(1));
  }

  void publishUnnoticed(Budget budget) {
    budgets.pipeInput(budget.getBudgetId(), budget);
  }

  void delete(String budgetId) {
    budgets.pipeInput(budgetId, (Budget) null);
    pass(Duration.ofSeconds(1));
  }

  void pass(Duration time) {
    now = now.plus(time);
    driver.advanceWallClockTime(time);
  }

  /** Lets steps of bounded work happen; a long pass is one step. */
  void step(int times) {
    for (int i = 0; i < times; i++) {
      pass(Duration.ofSeconds(1));
    }
  }

  Instant now() {
    return now;
  }

  void use(DeltaEntry... entries) {
    add(List.of(entries), List.of());
  }

  void add(List<DeltaEntry> entries, List<SubjectEntry> subjects) {
    offset++;
    add(BudgetRecords.delta(offset).setEntries(entries).setSubjects(subjects).build());
  }

  void add(UsageDelta delta) {
    deltas.pipeInput("acme", delta);
  }

  static SubjectEntry subject(
      String workspace, String key, SubjectKind kind, String value, Instant time, String cost) {
    return SubjectEntry.newBuilder()
        .setWorkspaceId(workspace)
        .setApiKeyId(key)
        .setKind(kind)
        .setValue(value)
        .setQuarterHour(QuarterHour.of(time).number())
        .setRequests(1)
        .setCost(Money.parse(cost).value())
        .build();
  }

  List<BudgetAlert> alerts() {
    return alerts.readValuesToList();
  }

  /** What was told since the last time, such as {@code CROSSED bud/2026-06-01/0.8/1}. */
  List<String> told() {
    return alerts().stream().map(a -> a.getKind() + " " + a.getAlertId()).toList();
  }

  long cells() {
    return count(BudgetTopology.TALLIES);
  }

  long count(String store) {
    long count = 0;
    try (KeyValueIterator<Object, Object> all = driver.getKeyValueStore(store).all()) {
      while (all.hasNext()) {
        all.next();
        count++;
      }
    }
    return count;
  }

  /** The cells of a scope by the instant they begin. */
  Map<Instant, Tally> cells(Scope scope) {
    KeyValueStore<Bytes, byte[]> cells = driver.getKeyValueStore(BudgetTopology.TALLIES);
    KeyValueStore<Bytes, byte[]> days = driver.getKeyValueStore(BudgetTopology.TALLY_DAYS);
    Map<Instant, Tally> found = new HashMap<>();
    KeyValueStore<Bytes, byte[]> pending = driver.getKeyValueStore(BudgetTopology.PENDING_TALLIES);
    KeyValueStore<Bytes, byte[]> users = driver.getKeyValueStore(BudgetTopology.USER_TALLIES);
    new Tallies(
            cells,
            days,
            new UserTallies(users),
            new PendingTallies(pending, BudgetBounds.standard()))
        .forEach(
            scope,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            (tally, quarter) -> found.merge(new QuarterHour(quarter).start(), tally, Tally::plus));
    return found;
  }

  OrganizationState organization() {
    KeyValueStore<String, byte[]> states =
        driver.getKeyValueStore(BudgetTopology.ORGANIZATION_STATES);
    return OrganizationState.fromBytes(states.get("acme"));
  }

  /** The states of a budget, in order of its periods. */
  List<BudgetState> states(String budgetId) {
    KeyValueStore<String, byte[]> states = driver.getKeyValueStore(BudgetTopology.BUDGET_STATES);
    return new ArrayList<>(new BudgetStates(states).of(budgetId));
  }

  long position() {
    KeyValueStore<String, Long> positions = driver.getKeyValueStore(BudgetTopology.TALLY_POSITIONS);
    Long position = positions.get("acme/1/0");
    return position == null ? 0 : position;
  }

  @Override
  public void close() {
    driver.close();
  }
}
