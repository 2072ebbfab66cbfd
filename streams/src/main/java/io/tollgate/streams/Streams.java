package io.tollgate.streams;

import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The streams role: both topologies in one process, and what they know over HTTP. Its answers are
 * about committed usage, except for the tallies, which may run ahead of the commit by what is being
 * tallied just now, and which are those of this instance's partitions.
 */
public final class Streams implements HttpRole, AutoCloseable {
  private static final String METER = "meter";
  private static final String BUDGET = "budget";
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final int MOST_ALERTS = 100;
  private static final int USUAL_ALERTS = 20;

  private final RunningTopology meter;
  private final RunningTopology budget;
  private final CompactedView<PartitionOutcomes> outcomes;
  private final AlertLog alerts;

  private Streams(
      RunningTopology meter,
      RunningTopology budget,
      CompactedView<PartitionOutcomes> outcomes,
      AlertLog alerts) {
    this.meter = meter;
    this.budget = budget;
    this.outcomes = outcomes;
    this.alerts = alerts;
  }

  /**
   * Starts both topologies; {@link #health} tells when they are restored and at work. Kafka with
   * all topics and the registry must be there.
   *
   * @throws IllegalStateException if a topic is missing
   */
  public static Streams start(StreamsSettings settings, InstantSource clock) {
    return start(settings, RegistryClient.at(settings.endpoints().registry()), clock);
  }

  static Streams start(StreamsSettings settings, SchemaIds ids, InstantSource clock) {
    // Registered before the first event needs them: a registry that is away then must not stop a
    // thread.
    for (Topic<?> topic :
        List.of(
            Topics.USAGE_RATED,
            Topics.USAGE_REJECTED,
            Topics.USAGE_UNRATED,
            Topics.USAGE_OUTCOMES,
            Topics.USAGE_DELTAS,
            Topics.BUDGETS,
            Topics.BUDGET_ALERTS,
            Topics.LIMITS_STATE)) {
      ids.idOf(topic.subject(), topic.schema());
    }
    String kafka = settings.endpoints().bootstrapServers();
    int usagePartitions;
    int tallyPartitions;
    try (SourceOffsets offsets = new SourceOffsets(kafka)) {
      usagePartitions = offsets.partitions(Topics.USAGE_EVENTS);
      tallyPartitions = offsets.partitions(Topics.USAGE_DELTAS);
      offsets.ensure(settings.applicationId(METER), Topics.USAGE_EVENTS);
      offsets.ensure(settings.applicationId(BUDGET), Topics.USAGE_DELTAS);
    }
    RunningTopology meter =
        new RunningTopology(
            METER,
            MeterTopology.build(ids, new GlobalTables(ids), usagePartitions, settings.bounds()),
            settings,
            settings.meterThreads(),
            settings.meterCommit(),
            clock);
    RunningTopology budget =
        new RunningTopology(
            BUDGET,
            BudgetTopology.build(new GlobalTables(ids), ids, tallyPartitions),
            settings,
            1,
            settings.budgetCommit(),
            clock);
    Streams streams =
        new Streams(
            meter,
            budget,
            CompactedView.start(Topics.USAGE_OUTCOMES, kafka, ids),
            AlertLog.start(kafka, ids));
    // Each reads its tables first, which takes a second or two.
    CompletableFuture<Void> budgetStart =
        CompletableFuture.runAsync(
            budget::start, task -> Thread.ofPlatform().name("start-budget").start(task));
    try {
      meter.start();
      budgetStart.join();
    } catch (RuntimeException e) {
      streams.close();
      throw e;
    }
    return streams;
  }

  @Override
  public String name() {
    return "streams";
  }

  @Override
  public Health health() {
    String detail = meter.describe() + ", " + budget.describe();
    return meter.isRunning() && budget.isRunning() && outcomes.isCaughtUp() && alerts.isCaughtUp()
        ? Health.up(detail)
        : Health.down(detail);
  }

  @Override
  public void routes(Routes routes) {
    routes.get("/v1/platform/streams/outcomes", Guard.operator(), this::outcomes);
    routes.get("/v1/platform/streams/tallies", Guard.operator(), this::tallies, "organization_id");
    routes.get(
        "/v1/organization/alerts",
        Guard.organizationOrApiKey(Scope.USAGE_READ),
        this::alerts,
        "limit",
        "after");
  }

  private Answer outcomes(Call call) {
    return Answer.ok(StreamsAnswers.outcomes(outcomes.values()));
  }

  private Answer tallies(Call call) {
    OrganizationId organization = new OrganizationId(call.query().required("organization_id"));
    try {
      return Answer.ok(
          StreamsAnswers.tallies(
              organization.value(),
              quarters(organization.value()),
              positions(organization.value())));
    } catch (InvalidStateStoreException e) {
      throw Refusal.tooBusy("the tallies are being restored", TRY_AGAIN);
    }
  }

  private SortedMap<Integer, Tally> quarters(String organization) {
    io.tollgate.streams.Scope scope = io.tollgate.streams.Scope.organization(organization);
    ReadOnlyKeyValueStore<Bytes, byte[]> tallies = budget.store(BudgetTopology.TALLIES);
    SortedMap<Integer, Tally> quarters = new TreeMap<>();
    try (KeyValueIterator<Bytes, byte[]> found =
        tallies.range(
            TallyKey.of(scope, Integer.MIN_VALUE), TallyKey.of(scope, Integer.MAX_VALUE))) {
      while (found.hasNext()) {
        KeyValue<Bytes, byte[]> entry = found.next();
        quarters.put(TallyKey.quarterHour(entry.key), Tally.fromBytes(entry.value));
      }
    }
    return quarters;
  }

  private SortedMap<String, Long> positions(String organization) {
    ReadOnlyKeyValueStore<String, Long> store = budget.store(BudgetTopology.TALLY_POSITIONS);
    SortedMap<String, Long> positions = new TreeMap<>();
    String prefix = organization + "/";
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    try (KeyValueIterator<String, Long> found = store.range(prefix, organization + "0")) {
      while (found.hasNext()) {
        KeyValue<String, Long> entry = found.next();
        positions.put(entry.key.substring(prefix.length()), entry.value);
      }
    }
    return positions;
  }

  private Answer alerts(Call call) {
    int limit =
        call.query()
            .wholeNumber("limit", 1, MOST_ALERTS)
            .map(Math::toIntExact)
            .orElse(USUAL_ALERTS);
    Optional<String> after = call.query().text("after");
    List<Map<String, Object>> all = new ArrayList<>();
    for (BudgetAlert alert : alerts.newestFirst(call.organization().value())) {
      all.add(StreamsAnswers.alert(alert));
    }
    int from = after.map(id -> indexAfter(all, id)).orElse(0);
    List<Map<String, Object>> data = all.subList(from, Math.min(all.size(), from + limit));
    Map<String, Object> envelope = new LinkedHashMap<>();
    envelope.put("object", "list");
    envelope.put("data", data);
    envelope.put("first_id", data.isEmpty() ? null : data.getFirst().get("id"));
    envelope.put("last_id", data.isEmpty() ? null : data.getLast().get("id"));
    envelope.put("has_more", from + limit < all.size());
    return Answer.ok(envelope);
  }

  private static int indexAfter(List<Map<String, Object>> all, String id) {
    for (int i = 0; i < all.size(); i++) {
      if (id.equals(all.get(i).get("id"))) {
        return i + 1;
      }
    }
    throw new InvalidInput("after", id, "must be an id of this list");
  }

  /** Stops both topologies after a last commit. */
  @Override
  public void close() {
    meter.close();
    budget.close();
    outcomes.close();
    alerts.close();
  }
}
