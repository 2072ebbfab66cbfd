package io.tollgate.streams;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The streams role: both topologies in one process, and what they know over HTTP. Its answers are
 * about committed usage, and the same whichever of several instances is asked.
 */
public final class Streams implements HttpRole, AutoCloseable {
  private static final String METER = "meter";
  private static final String BUDGET = "budget";

  /**
   * A thread of the budget topology waits for Kafka during up to half of its time: it commits
   * often, so that alerts are not late. Meanwhile the other one works.
   */
  private static final int BUDGET_THREADS = 2;

  private static final int MOST_ALERTS = 100;
  private static final int USUAL_ALERTS = 20;

  private final RunningTopology meter;
  private final RunningTopology budget;
  private final CompactedView<PartitionOutcomes> outcomes;
  private final AlertLatency latency;
  private final AlertLog alerts;
  private final RejectionCounts rejections;
  private final Completeness completeness;
  private final LiveUsage live;
  private final StreamsMeters meters;

  private Streams(
      StreamsSettings settings,
      RunningTopology meter,
      RunningTopology budget,
      GlobalTables budgetTables,
      SubjectsLeftOut leftOut,
      ConsistentReads reads,
      int partitions,
      SchemaIds ids,
      InstantSource clock) {
    String kafka = settings.endpoints().bootstrapServers();
    this.meter = meter;
    this.budget = budget;
    this.outcomes = CompactedView.start(Topics.USAGE_OUTCOMES, kafka, ids);
    this.latency = new AlertLatency(clock);
    this.alerts = AlertLog.start(kafka, ids, latency);
    this.rejections = RejectionCounts.start(kafka, ids);
    this.completeness =
        Completeness.start(
            kafka,
            settings.applicationId(METER),
            settings.applicationId(BUDGET),
            outcomes::values,
            clock);
    this.live =
        new LiveUsage(
            budget, reads, partitions, budgetTables, BudgetBounds.standard(), completeness, clock);
    this.meters = new StreamsMeters(outcomes::values, completeness, rejections, leftOut, clock);
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
    String kafka = settings.endpoints().bootstrapServers();
    // A start after a crash is waited for, and these wait for others.
    CompletableFuture<Void> registered = beside("register-schemas", () -> register(ids));
    CompletableFuture<Void> loaded = beside("load-rocksdb", BoundedRocksDb::load);
    int usagePartitions;
    int tallyPartitions;
    try (SourceOffsets offsets = new SourceOffsets(kafka)) {
      usagePartitions = offsets.partitions(Topics.USAGE_EVENTS);
      tallyPartitions = offsets.partitions(Topics.USAGE_DELTAS);
      offsets.ensure(settings.applicationId(METER), Topics.USAGE_EVENTS);
      offsets.ensure(settings.applicationId(BUDGET), Topics.USAGE_DELTAS);
    }
    joined(registered);
    RunningTopology meter =
        new RunningTopology(
            METER,
            MeterTopology.build(
                ids,
                new GlobalTables(ids),
                usagePartitions,
                settings.bounds(),
                CommittedStores.onDisk(clock)),
            settings,
            settings.meterThreads(),
            settings.commits().meter(),
            clock);
    GlobalTables budgetTables = new GlobalTables(ids);
    SubjectsLeftOut leftOut = new SubjectsLeftOut();
    ConsistentReads reads = new ConsistentReads(tallyPartitions);
    RunningTopology budget =
        new RunningTopology(
            BUDGET,
            BudgetTopology.build(
                budgetTables,
                ids,
                tallyPartitions,
                BudgetBounds.standard().committingAlerts(settings.commits().alert()),
                leftOut,
                reads,
                CommittedStores.onDisk(clock)),
            settings,
            BUDGET_THREADS,
            settings.commits().budget(),
            clock);
    Streams streams =
        new Streams(
            settings, meter, budget, budgetTables, leftOut, reads, tallyPartitions, ids, clock);
    // Each reads its tables first, which takes a second or two.
    CompletableFuture<Void> budgetStart = beside("start-budget", budget::start);
    try {
      meter.start();
      joined(budgetStart);
      joined(loaded);
    } catch (RuntimeException e) {
      streams.close();
      throw e;
    }
    return streams;
  }

  /** Before the first event needs them: a registry that is away then must not stop a thread. */
  private static void register(SchemaIds ids) {
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
  }

  private static CompletableFuture<Void> beside(String name, Runnable work) {
    return CompletableFuture.runAsync(work, task -> Thread.ofPlatform().name(name).start(task));
  }

  /** Waits for it; what went wrong there is thrown as it is. */
  private static void joined(CompletableFuture<Void> work) {
    try {
      work.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
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
    live.routes(routes);
    routes.get(
        "/v1/organization/alerts",
        Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ),
        this::alerts,
        "limit",
        "after");
  }

  @Override
  public void metrics(MeterRegistry registry) {
    meter.metrics(registry);
    budget.metrics(registry);
    meters.bindTo(registry);
    latency.bindTo(registry);
  }

  private Answer outcomes(Call call) {
    return Answer.ok(StreamsAnswers.outcomes(outcomes.values()));
  }

  private Answer alerts(Call call) {
    int limit =
        call.query()
            .wholeNumber("limit", 1, MOST_ALERTS)
            .map(Math::toIntExact)
            .orElse(USUAL_ALERTS);
    Optional<String> after = call.query().text("after");
    List<Map<String, Object>> all = new ArrayList<>();
    Access.Reach reach = call.access().workspaces(Permission.USAGE_READ);
    for (BudgetAlert alert : alerts.newestFirst(call.organization().value())) {
      String workspace = alert.getWorkspaceId();
      boolean within =
          reach.all() || (workspace != null && reach.covers(new WorkspaceId(workspace)));
      if (within && (workspace == null || !live.isHidden(call.access(), workspace))) {
        all.add(StreamsAnswers.alert(alert));
      }
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
    rejections.close();
    completeness.close();
    live.close();
  }
}
