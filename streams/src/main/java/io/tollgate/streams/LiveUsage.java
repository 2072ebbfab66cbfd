package io.tollgate.streams;

import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.Workspace;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/**
 * The tallies over HTTP, whichever instance is asked: an organization's are on one instance, which
 * the others ask. Answers are about committed tallies.
 */
final class LiveUsage implements AutoCloseable {
  private static final String TALLIES = "/v1/platform/streams/tallies";
  private static final String LIVE = "/v1/organization/usage/live";
  private static final List<String> LIVE_PARAMETERS =
      List.of(
          "project_id",
          "api_key_id",
          "user",
          "model",
          "feature",
          "period",
          "start_time",
          "end_time");

  private final RunningTopology budget;
  private final ConsistentReads reads;
  private final int partitions;
  private final GlobalTables tables;
  private final BudgetBounds bounds;
  private final Completeness completeness;
  private final InstantSource clock;
  private final Forwarder forwarder = new Forwarder();

  /**
   * @param partitions of usage.deltas, by which organizations are spread over tasks
   */
  LiveUsage(
      RunningTopology budget,
      ConsistentReads reads,
      int partitions,
      GlobalTables tables,
      BudgetBounds bounds,
      Completeness completeness,
      InstantSource clock) {
    this.budget = budget;
    this.reads = reads;
    this.partitions = partitions;
    this.tables = tables;
    this.bounds = bounds;
    this.completeness = completeness;
    this.clock = clock;
  }

  void routes(Routes routes) {
    routes.get(TALLIES, Guard.operator(), this::tallies, "organization_id");
    routes.get(
        LIVE,
        Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ),
        this::live,
        LIVE_PARAMETERS.toArray(String[]::new));
  }

  private Answer tallies(Call call) {
    String organization = new OrganizationId(call.query().required("organization_id")).value();
    return atOwner(
        call,
        organization,
        TALLIES,
        List.of("organization_id"),
        partition ->
            StreamsAnswers.tallies(
                organization,
                tallies(partition)
                    .quarters(
                        io.tollgate.streams.Scope.organization(organization),
                        Integer.MIN_VALUE,
                        Integer.MAX_VALUE),
                positions(partition, organization)));
  }

  private Answer live(Call call) {
    String organization = call.organization().value();
    io.tollgate.streams.Scope scope = scope(call, organization);
    requireWithin(call.access().workspaces(Permission.USAGE_READ), call);
    requireNotHidden(call);
    LiveWindow asked = LiveWindow.of(call.query());
    return atOwner(
        call,
        organization,
        LIVE,
        LIVE_PARAMETERS,
        partition -> {
          // Asked before the tallies: what is complete now is in what is read after.
          Optional<Instant> through = completeness.completeThrough();
          LiveTallies tallies = tallies(partition);
          OrganizationState state = tallies.state(organization);
          PeriodWindow window =
              asked.window(
                  zones(state, organization),
                  clock.instant(),
                  LiveTallies.keptAsQuarters(scope, bounds));
          Optional<String> currency =
              Optional.ofNullable(tables.organization(organization)).map(Organization::getCurrency);
          return StreamsAnswers.live(
              new StreamsAnswers.Live(
                  scope,
                  asked.period(),
                  window,
                  tallies.sum(scope, window),
                  currency,
                  scope.subject() == null || state.leftOut() == 0,
                  through));
        });
  }

  /** Of one partition, which an organization's tallies are all in. */
  private LiveTallies tallies(OptionalInt partition) {
    return new LiveTallies(
        new LiveTallies.Stores() {
          @Override
          public <K, V> List<KeyValue<K, V>> range(String store, K from, K to) {
            return budget.range(store, partition, from, to);
          }
        });
  }

  /** As budgets are judged by; of an organization without usage, as they will be. */
  private ZoneHistory zones(OrganizationState state, String organization) {
    ZoneHistory known = state.zones();
    if (known != null) {
      return known;
    }
    Organization row = tables.organization(organization);
    return ZoneHistory.of(row == null ? ZoneOffset.UTC : ZoneId.of(row.getTimeZone()));
  }

  private static io.tollgate.streams.Scope scope(Call call, String organization) {
    Optional<String> project = call.query().text("project_id");
    Optional<String> key = call.query().text("api_key_id");
    InvalidInput.unless(
        project.isEmpty() || key.isEmpty(),
        "api_key_id",
        key.orElse(""),
        "cannot stand beside project_id: a key's usage is all in one project");
    io.tollgate.streams.Scope node =
        key.map(id -> io.tollgate.streams.Scope.apiKey(organization, new ApiKeyId(id).value()))
            .or(
                () ->
                    project.map(
                        id ->
                            io.tollgate.streams.Scope.workspace(
                                organization, new WorkspaceId(id).value())))
            .orElseGet(() -> io.tollgate.streams.Scope.organization(organization));
    return subject(call).map(node::inside).orElse(node);
  }

  /** Who may see some workspaces only names one of them, or a key in one of them. */
  private void requireWithin(Access.Reach reach, Call call) {
    if (reach.all()) {
      return;
    }
    Optional<String> project = call.query().text("project_id");
    Optional<String> key = call.query().text("api_key_id");
    if (project.isEmpty() && key.isEmpty()) {
      throw Refusal.forbidden(
          "you may see the usage of single projects only; name one by project_id");
    }
    String seen =
        project.orElseGet(
            () -> {
              ApiKey known = tables.apiKey(key.orElseThrow());
              return known == null ? "" : known.getWorkspaceId();
            });
    if (seen.isEmpty() || !reach.covers(new WorkspaceId(seen))) {
      throw Refusal.notFound(
          project.isPresent() ? "project_id" : "api_key_id", project.or(() -> key).orElseThrow());
    }
  }

  private void requireNotHidden(Call call) {
    Optional<String> project = call.query().text("project_id");
    Optional<String> key = call.query().text("api_key_id");
    project
        .or(() -> key.map(tables::apiKey).map(ApiKey::getWorkspaceId))
        .filter(workspace -> isHidden(call.access(), workspace))
        .ifPresent(
            workspace -> {
              throw Refusal.notFound(
                  project.isPresent() ? "project_id" : "api_key_id",
                  project.or(() -> key).orElseThrow());
            });
  }

  /** Whether a workspace was deleted, and its history is none of the caller's. */
  boolean isHidden(Access access, String workspaceId) {
    Workspace workspace = tables.workspace(workspaceId);
    return workspace != null && workspace.getDeleted() && !access.seesLedger();
  }

  private static Optional<Subject> subject(Call call) {
    List<Subject> given = new ArrayList<>();
    for (SubjectKind kind : SubjectKind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      call.query()
          .text(name)
          .ifPresent(
              value -> {
                InvalidInput.unless(
                    given.isEmpty(), name, value, "only one of user, model and feature is taken");
                given.add(new Subject(kind, value));
              });
    }
    return given.stream().findFirst();
  }

  private Answer atOwner(
      Call call,
      String organization,
      String path,
      List<String> parameters,
      Function<OptionalInt, Object> question) {
    try {
      return switch (budget.owner(BudgetTopology.TALLIES, organization)) {
        case RunningTopology.Owner.Here here -> {
          // Also where this instance has all of them: what is pending is each task's own.
          int task = UsagePartitions.ofOrganization(organization, partitions);
          yield Answer.ok(reads.read(task, () -> question.apply(OptionalInt.of(task))));
        }
        case RunningTopology.Owner.There(var url) -> forwarder.forward(call, url, path, parameters);
        case RunningTopology.Owner.Nobody nobody ->
            throw Refusal.tooBusy("tallies are moving between instances", Forwarder.TRY_AGAIN);
      };
    } catch (InvalidStateStoreException e) {
      throw Refusal.tooBusy("the tallies are being restored", Forwarder.TRY_AGAIN);
    }
  }

  private SortedMap<String, Long> positions(OptionalInt partition, String organization) {
    SortedMap<String, Long> positions = new TreeMap<>();
    String prefix = organization + "/";
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    for (KeyValue<String, Long> entry :
        budget.<String, Long>range(
            BudgetTopology.TALLY_POSITIONS, partition, prefix, organization + "0")) {
      positions.put(entry.key.substring(prefix.length()), entry.value);
    }
    return positions;
  }

  @Override
  public void close() {
    forwarder.close();
  }
}
