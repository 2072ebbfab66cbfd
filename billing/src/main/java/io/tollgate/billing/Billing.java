package io.tollgate.billing;

import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Scope;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.RejectedEventId;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.Workspace;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The billing role: usage, costs, rejected events, invoices and reconciliation over HTTP. It only
 * reads; {@link Landing} writes the table, in this process or in another.
 */
public final class Billing implements HttpRole, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Billing.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(5);
  private static final long USUAL_WAIT_SECONDS = 30;
  private static final long LONGEST_WAIT_SECONDS = 300;

  private final ClickHouse clickHouse;
  private final LinePositions positions;
  private final CompactedView<Organization> organizations;
  private final CompactedView<Workspace> workspaces;
  private final CompactedView<PartitionOutcomes> outcomes;
  private final Completeness completeness;
  private final Reconciler reconciler;
  private final Supplier<Optional<LandingStatus>> landing;
  private final InstantSource clock;
  private volatile boolean tableIsThere;

  /** Reading every log back is heavy: one at a time. */
  private final Semaphore reconciliations = new Semaphore(1);

  private Billing(
      BillingConfig config,
      StreamsState streams,
      Supplier<Optional<LandingStatus>> landing,
      SchemaIds ids,
      InstantSource clock) {
    String kafka = config.endpoints().bootstrapServers();
    this.clickHouse = new ClickHouse(config.clickHouse());
    this.positions = new LinePositions(kafka, config.landingGroup());
    this.organizations = CompactedView.start(Topics.ORGANIZATIONS, kafka, ids);
    this.workspaces = CompactedView.start(Topics.WORKSPACES, kafka, ids);
    this.outcomes = CompactedView.start(Topics.USAGE_OUTCOMES, kafka, ids);
    this.completeness = Completeness.start(positions, outcomes, clock);
    this.reconciler =
        new Reconciler(
            positions,
            new BrokerReader(kafka, AvroSerde.of(Topics.USAGE_RATED, ids), clock),
            streams,
            new LandedReader(clickHouse),
            outcomes,
            organizations,
            clock);
    this.landing = landing;
    this.clock = clock;
  }

  /**
   * Starts reading; {@link #health} tells when it can answer. Topics must be there; the table is
   * created by landing or, where that has not run yet, here.
   *
   * @param streams where the state of the topologies is asked for
   * @param landing how landing fares if it runs in this process
   */
  public static Billing start(
      BillingConfig config,
      StreamsState streams,
      Supplier<Optional<LandingStatus>> landing,
      InstantSource clock) {
    SchemaIds ids = RegistryClient.at(config.endpoints().registry());
    return new Billing(config, streams, landing, ids, clock);
  }

  @Override
  public String name() {
    return "billing";
  }

  @Override
  public boolean boundsRates() {
    return true;
  }

  @Override
  public Health health() {
    boolean known = organizations.isCaughtUp() && workspaces.isCaughtUp() && outcomes.isCaughtUp();
    String through =
        completeness
            .completeThrough()
            .map(time -> "complete through " + time)
            .orElse("not complete yet");
    return known ? Health.up(through) : Health.down("organizations and outcomes are being read");
  }

  @Override
  public void routes(Routes routes) {
    routes.get(
        "/v1/organization/usage/completions",
        Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ),
        this::completions,
        UsageQuery.USAGE_PARAMETERS);
    routes.get(
        "/v1/organization/costs",
        Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ),
        this::costs,
        UsageQuery.COST_PARAMETERS);
    routes.get(
        "/v1/organization/invoices/{month}",
        Guard.permission(Permission.INVOICES_READ),
        this::invoice);
    routes.get(
        "/v1/organization/rejected_events",
        Guard.permission(Permission.REJECTED_READ).somewhereAtLeast(),
        this::rejectedEvents,
        RejectedQuery.PARAMETERS);
    routes.get(
        "/v1/organization/rejected_events/{event_id}",
        Guard.permission(Permission.REJECTED_READ).somewhereAtLeast(),
        this::rejectedEvent);
    routes.get("/v1/platform/landing", Guard.operator(), this::landing);
    routes.get(
        "/v1/platform/reconciliation", Guard.operator(), this::reconciliation, "wait_seconds");
  }

  private Answer completions(Call call) {
    UsageQuery query =
        UsageQuery.usage(known(call.organization()), call.query(), clock.instant())
            .within(call.access().workspaces(Permission.USAGE_READ))
            .without(hidden(call));
    // Read before the rows, so that it never promises more than they hold.
    Optional<Instant> through = completeness.completeThrough();
    return Answer.ok(UsagePage.completions(query, rows(query), through));
  }

  private Answer costs(Call call) {
    UsageQuery query =
        UsageQuery.costs(known(call.organization()), call.query(), clock.instant())
            .within(call.access().workspaces(Permission.USAGE_READ))
            .without(hidden(call));
    Optional<Instant> through = completeness.completeThrough();
    return Answer.ok(UsagePage.costs(query, rows(query), through));
  }

  /** The organization's deleted workspaces, for whom they are hidden from. */
  private Set<String> hidden(Call call) {
    if (call.access().seesLedger()) {
      return Set.of();
    }
    String organization = call.organization().value();
    return workspaces.values().stream()
        .filter(
            workspace ->
                workspace.getDeleted() && workspace.getOrganizationId().equals(organization))
        .map(Workspace::getWorkspaceId)
        .collect(Collectors.toUnmodifiableSet());
  }

  private List<UsageRow> rows(UsageQuery query) {
    List<UsageRow> rows =
        reading(() -> clickHouse.query(UsageSql.rows(query), row -> UsageRow.read(row, query)));
    InvalidInput.unless(
        rows.size() <= UsageSql.MOST_ROWS,
        "limit",
        query.limit(),
        "gives more than " + UsageSql.MOST_ROWS + " sums; ask for fewer buckets or groups");
    return rows;
  }

  private Answer rejectedEvents(Call call) {
    RejectedQuery query =
        RejectedQuery.of(
            known(call.organization()),
            call.query(),
            call.access().workspaces(Permission.REJECTED_READ));
    query
        .start()
        .ifPresent(
            start ->
                InvalidInput.unless(
                    !reading(() -> clickHouse.query(start, row -> true)).isEmpty(),
                    "after",
                    call.query().required("after"),
                    "must be an id of this list"));
    List<RejectedEvent> found = reading(() -> clickHouse.query(query.page(), RejectedEvent::read));
    return Answer.ok(RejectedEvent.Page.of(found, query.limit()));
  }

  private Answer rejectedEvent(Call call) {
    OrganizationId organization = known(call.organization());
    RejectedEventId id = call.path("event_id", text -> RejectedEventId.parse("event_id", text));
    Access.Reach reach = call.access().workspaces(Permission.REJECTED_READ);
    return reading(() -> clickHouse.query(RejectedEvent.one(organization, id), RejectedEvent::read))
        .stream()
        .filter(event -> event.isIn(reach))
        .findFirst()
        .map(Answer::ok)
        .orElseThrow(() -> Refusal.notFound("event_id", id.toString()));
  }

  private OrganizationId known(OrganizationId organization) {
    organization(organization);
    return organization;
  }

  private Organization organization(OrganizationId id) {
    return organizations
        .get(id.value())
        .orElseThrow(() -> Refusal.notFound("organization_id", id.value()));
  }

  /** {@code complete_through} is a header: the body is the same for the same events on any day. */
  private Answer invoice(Call call) {
    YearMonth asked = call.path("month", InvoiceMonth::parse);
    Organization organization = organization(call.organization());
    InvoiceMonth month = new InvoiceMonth(asked, ZoneId.of(organization.getTimeZone()));
    Optional<Instant> through = completeness.completeThrough();
    InvoiceDraft invoice = draft(call.organization(), organization, month);
    boolean text = call.header("Accept").orElse("").contains("text/plain");
    Answer answer =
        text
            ? Answer.text(200, "text/plain; charset=utf-8", InvoiceText.of(invoice))
            : Answer.ok(InvoiceJson.of(invoice));
    Map<String, String> headers = new HashMap<>(answer.headers());
    through.ifPresent(time -> headers.put("Tollgate-Complete-Through", time.toString()));
    return new Answer(answer.status(), answer.contentType(), answer.body(), headers);
  }

  private InvoiceDraft draft(OrganizationId id, Organization organization, InvoiceMonth month) {
    List<InvoiceRow> rows =
        InvoiceSql.bounded(
            reading(
                () ->
                    clickHouse.query(
                        InvoiceSql.rows(id, month),
                        row -> InvoiceSql.read(row, organization.getCurrency()))));
    Map<WorkspaceId, String> names = new HashMap<>();
    for (Workspace workspace : workspaces.values()) {
      if (workspace.getOrganizationId().equals(id.value())) {
        names.put(new WorkspaceId(workspace.getWorkspaceId()), workspace.getName());
      }
    }
    InvoiceDraft.Addressee addressee =
        new InvoiceDraft.Addressee(
            id, organization.getName(), Currency.getInstance(organization.getCurrency()), names);
    try {
      return InvoiceDraft.of(addressee, month, rows);
    } catch (InvoiceDraft.DoesNotRecompute e) {
      throw Refusal.conflict(
          "month",
          month.month().toString(),
          "the landed rows contradict themselves: " + e.getMessage());
    }
  }

  private Answer landing(Call call) {
    return Answer.ok(
        reading(
            () ->
                LandingAnswer.of(
                    landing.get(),
                    positions.landed(),
                    positions.ratedEnds(),
                    new LandedReader(clickHouse).rows(),
                    completeness.completeThrough().map(Instant::getEpochSecond).orElse(null))));
  }

  private Answer reconciliation(Call call) {
    long wait =
        call.query()
            .wholeNumber("wait_seconds", 0, LONGEST_WAIT_SECONDS)
            .orElse(USUAL_WAIT_SECONDS);
    if (!reconciliations.tryAcquire()) {
      throw Refusal.tooBusy("a reconciliation is running already", TRY_AGAIN);
    }
    try {
      return Answer.ok(reading(() -> reconciler.reconcile(Duration.ofSeconds(wait))));
    } finally {
      reconciliations.release();
    }
  }

  /** What is away for now is the caller's to try again, not an error of ours. */
  private <T> T reading(Supplier<T> read) {
    try {
      if (!tableIsThere) {
        // Landing creates it too, but may never have run.
        clickHouse.createTables();
        tableIsThere = true;
      }
      return read.get();
    } catch (ClickHouseUnavailable e) {
      LOG.warn("the usage table cannot be read", e);
      throw Refusal.tooBusy("the usage table cannot be read now", TRY_AGAIN);
    } catch (KafkaException e) {
      LOG.warn("the broker cannot be read", e);
      throw Refusal.tooBusy("the broker cannot be read now", TRY_AGAIN);
    }
  }

  @Override
  public void close() {
    completeness.close();
    outcomes.close();
    workspaces.close();
    organizations.close();
    positions.close();
    clickHouse.close();
  }
}
