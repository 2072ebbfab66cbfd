package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.Api.Response;
import io.tollgate.governance.PermissionRows.Endpoint;
import io.tollgate.governance.PermissionRows.Row;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every route of the router for every role, alone and added up, in the own and in a foreign tenant.
 * What to expect is in two files that no production code reads. A denied request is one that would
 * change something, about things that are there; an allowed one is made harmless by a body that is
 * refused, an id that is not there or another version, and is judged by not being denied.
 */
@ExtendWith(SharedStack.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PermissionMatrixIT {
  private static final String MINE = "mine";
  private static final String OTHER = "other";
  private static final String FAR = "far";
  private static final List<String> WORKSPACES = List.of(MINE, OTHER, FAR);
  private static final String ORGANIZATION = "/v1/organization";
  private static final String PROJECTS = ORGANIZATION + "/projects";
  private static final int AT_ONCE = 8;
  private static final Duration SETTLED = Duration.ofSeconds(60);

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable GovernanceConfig config;
  private static @Nullable Api operator;
  private static @Nullable Api owner;
  private static @Nullable Api foreign;
  private static final PermissionRows EXPECTED = PermissionRows.read();
  private static final List<Who> CALLERS = new ArrayList<>();
  private static final Set<String> DECLARED = new TreeSet<>();
  private static final Map<String, String> IDS = new HashMap<>();

  /** A caller with the roles that it was given in the workspace {@code mine} and above. */
  private record Who(
      String name,
      Api api,
      Optional<OrganizationRole> role,
      Optional<WorkspaceRole> workspaceRole,
      boolean isPerson) {

    private boolean may(Row row, String workspace, boolean anywhere) {
      String above = role.map(row::mark).orElse("");
      boolean here = anywhere || workspace.equals(MINE);
      return Set.of("Y", "names").contains(above)
          || (here && !workspaceRole.map(row::mark).orElse("").isEmpty());
    }

    boolean sees(String workspace) {
      return may(EXPECTED.row("workspaces.read"), workspace, false);
    }

    /** Whether the table lets the caller in, to change things in one direction at least. */
    boolean may(Endpoint endpoint, String workspace) {
      if (endpoint.row() == null) {
        return endpoint.who().equals("anyone") || (endpoint.who().equals("person") && isPerson);
      }
      return endpoint.isInWorkspace()
          ? !workspace.equals(FAR) && may(endpoint.row(), workspace, false)
          : may(endpoint.row(), MINE, endpoint.somewhere()) && !isElsewhere(endpoint);
    }

    private boolean isElsewhere(Endpoint endpoint) {
      return !endpoint.somewhere()
          && !Set.of("Y", "names")
              .contains(role.map(Objects.requireNonNull(endpoint.row())::mark).orElse(""));
    }

    boolean mayTightenOnly(Endpoint endpoint, String workspace) {
      Row row = endpoint.row();
      return row != null
          && workspace.equals(MINE)
          && role.map(row::mark).orElse("").isEmpty()
          && workspaceRole.map(row::isTightenOnly).orElse(false);
    }
  }

  /** A request and the status that it must come back with. */
  private record Denied(String who, Api api, Endpoint endpoint, String workspace, int status) {}

  @BeforeAll
  static void start() throws Exception {
    config = SharedStack.config("matrix", Objects.requireNonNull(folder)).withOperatorApart();
    running = new RunningGovernance(config);
    running.governance().routes(new Listed(DECLARED));
    operator = running.operator();
    owner = organization("acme");
    foreign = organization("beta");
    ok(foreign().post(PROJECTS, "{'id':'far','name':'F'}"));
    things();
    people();
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static Api owner() {
    return Objects.requireNonNull(owner);
  }

  private static Api foreign() {
    return Objects.requireNonNull(foreign);
  }

  private static Api operator() {
    return Objects.requireNonNull(operator);
  }

  private static Response ok(Response response) {
    assertThat(response.status()).as("%s", response.body()).isBetween(200, 201);
    return response;
  }

  private static Api organization(String id) {
    Response made =
        ok(
            operator()
                .post(
                    "/v1/platform/organizations",
                    "{'id':'"
                        + id
                        + "','name':'N','time_zone':'UTC','currency':'USD',"
                        + "'owner':{'email':'o@x.example','name':'O'}}"));
    return operator().as(made.text("/owner/personal_key/value"));
  }

  private static Response join(String email, String terms) {
    Response invite =
        ok(owner().post(ORGANIZATION + "/invites", "{'email':'" + email + "'," + terms + "}"));
    return ok(
        owner()
            .post(
                ORGANIZATION + "/invites/accept",
                "{'token':'" + invite.text("/token") + "','name':'P'}"));
  }

  /** Something of everything that a path can name, in the organization and in two workspaces. */
  private static void things() {
    String monthly = "'currency':'USD','interval':'month','threshold_amount':";
    String alert =
        "{"
            + monthly
            + "50000,'notification_channel':{'type':'email','recipients':['a@b.example']}}";
    String budget = "','name':'B','amount':'500','period':'month'}";
    String victim = join("victim@acme.example", "'role':'reader'").text("/id");
    ok(owner().post(ORGANIZATION + "/budgets", "{'id':'bud-org" + budget));
    ok(owner().put(ORGANIZATION + "/limits", "{'requests_per_minute':10000}"));
    ok(owner().post(ORGANIZATION + "/spend_limit", "{" + monthly + "100000}"));
    IDS.put("/budget_id", "bud-org");
    IDS.put("/channel_id", channel(ORGANIZATION, "chan-org"));
    IDS.put("/alert_id", ok(owner().post(ORGANIZATION + "/spend_alerts", alert)).text("/id"));
    IDS.put(
        "/invite_id",
        ok(owner()
                .post(
                    ORGANIZATION + "/invites", "{'email':'waiting@acme.example','role':'reader'}"))
            .text("/id"));
    IDS.put(
        "/key_id",
        ok(owner().post(ORGANIZATION + "/admin_api_keys", "{'name':'A','tollgate_role':'viewer'}"))
            .text("/id"));
    for (String workspace : List.of(MINE, OTHER)) {
      String path = PROJECTS + "/" + workspace;
      ok(owner().post(PROJECTS, "{'id':'" + workspace + "','name':'W'}"));
      ok(owner().put(path + "/limits", "{'requests_per_minute':1000}"));
      ok(owner().post(path + "/spend_limit", "{" + monthly + "50000}"));
      ok(owner().post(path + "/budgets", "{'id':'bud-" + workspace + budget));
      String key = "key-" + workspace;
      ok(owner().post(path + "/api_keys", "{'id':'" + key + "','name':'K'}"));
      ok(owner().put(path + "/api_keys/" + key + "/limits", "{'requests_per_minute':100}"));
      ok(owner().post(path + "/service_accounts", "{'id':'svc-" + workspace + "','name':'S'}"));
      ok(owner().post(path + "/users", "{'user_id':'" + victim + "','role':'member'}"));
      IDS.put(workspace + "/channel_id", channel(path, "chan-" + workspace));
      IDS.put(workspace + "/budget_id", "bud-" + workspace);
      IDS.put(workspace + "/api_key_id", key);
      IDS.put(workspace + "/service_account_id", "svc-" + workspace);
      IDS.put(workspace + "/alert_id", ok(owner().post(path + "/spend_alerts", alert)).text("/id"));
      IDS.put(
          workspace + "/rate_limit_id", ok(owner().get(path + "/rate_limits")).text("/data/0/id"));
    }
    IDS.put("/user_id", victim);
    IDS.put("/api_key_id", "key-mine");
    IDS.put("/id", "acme");
  }

  private static String channel(String path, String id) {
    return ok(owner()
            .post(
                path + "/alert_channels",
                "{'id':'" + id + "','name':'C','url':'https://example.com/hook'}"))
        .text("/id");
  }

  /** Each organization role alone and with each workspace role, and keys with roles. */
  private static void people() {
    for (OrganizationRole role : OrganizationRole.values()) {
      String own = "'tollgate_role':'" + role.wireName() + "'";
      person(role, Optional.empty(), own);
      for (WorkspaceRole workspaceRole : WorkspaceRole.values()) {
        person(
            role,
            Optional.of(workspaceRole),
            own + ",'projects':[{'id':'mine','tollgate_role':'" + workspaceRole.wireName() + "'}]");
      }
      Response key = ok(owner().post(ORGANIZATION + "/admin_api_keys", "{'name':'A'," + own + "}"));
      CALLERS.add(
          new Who(
              "admin key " + role,
              operator().as(key.text("/value")),
              Optional.of(role),
              Optional.empty(),
              false));
    }
    Response account =
        ok(owner().post(PROJECTS + "/mine/service_accounts", "{'name':'S','role':'member'}"));
    CALLERS.add(
        new Who(
            "service account",
            operator().as(account.text("/api_key/value")),
            Optional.empty(),
            Optional.of(WorkspaceRole.EDITOR),
            false));
  }

  private static void person(
      OrganizationRole role, Optional<WorkspaceRole> workspaceRole, String terms) {
    String name = role + " + " + workspaceRole.map(Enum::name).orElse("nothing");
    Response joined = join(name.replace(" + ", ".") + "@acme.example", terms);
    CALLERS.add(
        new Who(
            name,
            operator().as(joined.text("/personal_key/value")),
            Optional.of(role),
            workspaceRole,
            true));
  }

  private static String filled(String text, String workspace, boolean inWorkspace) {
    String filled = text;
    if (inWorkspace) {
      filled = filled.replace("/projects/{id}", "/projects/" + workspace);
      String place = workspace.equals(FAR) ? MINE : workspace;
      for (Map.Entry<String, String> id : IDS.entrySet()) {
        if (id.getKey().startsWith(place + "/")) {
          filled =
              filled.replace("{" + id.getKey().substring(place.length() + 1) + "}", id.getValue());
        }
      }
    }
    for (Map.Entry<String, String> id : IDS.entrySet()) {
      if (id.getKey().startsWith("/")) {
        filled = filled.replace("{" + id.getKey().substring(1) + "}", id.getValue());
      }
    }
    return filled
        .replace("{version}", "1")
        .replace("{grant_id}", "none")
        .replace("{delivery_id}", "none");
  }

  private static Response send(Api api, Endpoint endpoint, String workspace, String body) {
    String path = filled(endpoint.path(), workspace, endpoint.isInWorkspace());
    String given = filled(body, workspace, endpoint.isInWorkspace());
    String json = given.isEmpty() ? "{}" : given;
    boolean isTenant = path.equals(ORGANIZATION) || path.matches(PROJECTS + "/[a-z]+");
    return switch (endpoint.method()) {
      case "GET" -> api.get(path);
      case "POST" -> api.post(path, json);
      case "PUT" -> api.put(path, json);
      case "PATCH" -> api.patch(path, json);
      case "DELETE" ->
          api.delete(
              isTenant
                  ? path + "?confirm=" + (path.equals(ORGANIZATION) ? "acme" : workspace)
                  : path);
      default -> throw new IllegalStateException(endpoint.method());
    };
  }

  /** The rows of what the router has. */
  private static List<Endpoint> endpoints() {
    return EXPECTED.endpoints().stream()
        .filter(endpoint -> DECLARED.contains(endpoint.name()))
        .toList();
  }

  private static Stream<String> places(Endpoint endpoint) {
    return endpoint.isInWorkspace() ? WORKSPACES.stream() : Stream.of(MINE);
  }

  @Test
  @Order(1)
  void everyRouteHasARow() {
    Set<String> rows = new TreeSet<>();
    EXPECTED.endpoints().forEach(endpoint -> rows.add(endpoint.name()));

    assertThat(EXPECTED.rows()).hasSize(20);
    assertThat(DECLARED).hasSizeGreaterThan(100);
    assertThat(rows).as("rows of endpoints.txt for routes of the router").containsAll(DECLARED);
  }

  /** Writes down what is declared. */
  private record Listed(Set<String> names) implements Routes {
    @Override
    public Routes get(
        String path, Guard guard, io.tollgate.http.Endpoint endpoint, String... query) {
      return add("GET", path);
    }

    @Override
    public Routes post(
        String path, Guard guard, io.tollgate.http.Endpoint endpoint, String... query) {
      return add("POST", path);
    }

    @Override
    public Routes put(
        String path, Guard guard, io.tollgate.http.Endpoint endpoint, String... query) {
      return add("PUT", path);
    }

    @Override
    public Routes patch(
        String path, Guard guard, io.tollgate.http.Endpoint endpoint, String... query) {
      return add("PATCH", path);
    }

    @Override
    public Routes delete(
        String path, Guard guard, io.tollgate.http.Endpoint endpoint, String... query) {
      return add("DELETE", path);
    }

    private Routes add(String method, String path) {
      names.add(method + " " + path);
      return this;
    }
  }

  @Test
  @Order(2)
  void whoMayNotIsDeniedAndNothingChanges() throws Exception {
    List<Denied> denied = new ArrayList<>();
    for (Endpoint endpoint : endpoints()) {
      for (Who who : CALLERS) {
        places(endpoint)
            .filter(workspace -> !who.may(endpoint, workspace))
            .forEach(
                workspace ->
                    denied.add(
                        new Denied(
                            who.name(),
                            who.api(),
                            endpoint,
                            workspace,
                            (endpoint.isInWorkspace() && !who.sees(workspace))
                                    || workspace.equals(FAR)
                                ? 404
                                : 403)));
      }
      foreigners(endpoint, denied);
    }
    Map<String, String> before = state();

    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    sideBySide(
        denied.stream()
            .<Runnable>map(
                one ->
                    () -> {
                      Response response =
                          send(one.api(), one.endpoint(), one.workspace(), one.endpoint().body());
                      if (response.status() != one.status()) {
                        wrong.add(told(one.who(), one.endpoint(), one.workspace(), response));
                      }
                    })
            .toList());
    for (Endpoint endpoint : endpoints()) {
      if (!endpoint.loosening().isEmpty()) {
        loosen(endpoint, wrong);
      }
    }

    assertThat(denied).hasSizeGreaterThan(2_000);
    assertThat(wrong).isEmpty();
    assertThat(state()).isEqualTo(before);
  }

  private static void loosen(Endpoint endpoint, Queue<String> wrong) {
    String body = endpoint.loosening().equals("*") ? "" : endpoint.loosening();
    for (Who who : CALLERS) {
      if (who.mayTightenOnly(endpoint, MINE)) {
        Response response = send(who.api(), endpoint, MINE, body);
        if (response.status() != 403) {
          wrong.add("loosening: " + told(who.name(), endpoint, MINE, response));
        }
      }
    }
  }

  /** An owner of another organization, and the operator, who is apart. */
  private static void foreigners(Endpoint endpoint, List<Denied> denied) {
    if (endpoint.row() == null) {
      return;
    }
    Api named = foreign().on("acme");
    denied.add(new Denied("foreign owner", named, endpoint, MINE, 403));
    if (endpoint.isInWorkspace() || endpoint.isOne()) {
      denied.add(new Denied("foreign owner at home", foreign(), endpoint, MINE, 404));
    }
    boolean isOperators =
        Stream.of("org.read", "prices, plan", "invoices, wallet")
            .anyMatch(endpoint.row().permission()::startsWith);
    if (!isOperators) {
      denied.add(
          new Denied(
              "operator",
              operator().on("acme"),
              endpoint,
              MINE,
              endpoint.isInWorkspace() ? 404 : 403));
    }
  }

  @Test
  @Order(3)
  void whoMayIsLetIn() throws Exception {
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    List<Runnable> requests = new ArrayList<>();
    for (Endpoint endpoint : endpoints()) {
      for (Who who : CALLERS) {
        places(endpoint)
            .filter(workspace -> who.may(endpoint, workspace))
            .filter(
                workspace ->
                    !(endpoint.loosening().equals("*") && who.mayTightenOnly(endpoint, workspace)))
            .forEach(workspace -> requests.add(() -> letIn(who, endpoint, workspace, wrong)));
      }
    }

    sideBySide(requests);

    assertThat(requests).hasSizeGreaterThan(1_000);
    assertThat(wrong).isEmpty();
  }

  /** Reads what is there; asks for changes that cannot be made. */
  private static void letIn(Who who, Endpoint endpoint, String workspace, Queue<String> wrong) {
    boolean isRead = endpoint.method().equals("GET");
    Response response =
        isRead
            ? send(who.api(), endpoint, workspace, "")
            : send(
                who.api().ifMatch("\"999999\""),
                new Endpoint(
                    endpoint.method(),
                    endpoint.path().replaceAll("\\{(?!id})[a-z_]+}", "absent"),
                    endpoint.who(),
                    endpoint.row(),
                    endpoint.somewhere(),
                    "",
                    ""),
                workspace,
                "{\"no_such_field\":1}");
    boolean isHidden =
        response.status() == 404 && response.text("/error/param").equals("project_id");
    boolean isDenied = Set.of(401, 403, 429).contains(response.status()) || isHidden;
    boolean isFailed =
        response.status() >= 500 || (isRead && response.status() >= 400 && !isAbsent(endpoint));
    if (isDenied || isFailed) {
      wrong.add(told(who.name(), endpoint, workspace, response));
    }
  }

  /** What nobody has made here. */
  private static boolean isAbsent(Endpoint endpoint) {
    return endpoint.path().contains("wallet") || endpoint.path().contains("{delivery_id}");
  }

  private static String told(String who, Endpoint endpoint, String workspace, Response response) {
    return who
        + ": "
        + endpoint.name()
        + (endpoint.isInWorkspace() ? " in " + workspace : "")
        + " was "
        + response.status()
        + " "
        + response.body();
  }

  private static void sideBySide(List<Runnable> requests) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<?>> all = new ArrayList<>();
      requests.forEach(request -> all.add(pool.submit(request)));
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  /**
   * A digest of every table, the last row of the outbox and the ends of the topics; the audit says
   * of denied requests that they were.
   */
  private static Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    GovernanceConfig settings = Objects.requireNonNull(config);
    try (Database database = Database.open(settings.database())) {
      await()
          .atMost(SETTLED)
          .until(
              () ->
                  database.read(
                      handle ->
                          handle
                              .createQuery(
                                  "SELECT NOT EXISTS (SELECT FROM outbox"
                                      + " WHERE published_at IS NULL AND topic <> :audit)")
                              .bind("audit", Topics.AUDIT_HEADS.name())
                              .mapTo(Boolean.class)
                              .one()));
      database.read(
          handle -> {
            List<String> tables =
                handle
                    .createQuery(
                        "SELECT table_name FROM information_schema.tables"
                            + " WHERE table_schema = 'governance' AND table_type = 'BASE TABLE'")
                    .mapTo(String.class)
                    .list();
            for (String table : tables) {
              if (!table.startsWith("audit") && !table.equals("outbox")) {
                state.put(
                    table,
                    handle
                        .createQuery(
                            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ','"
                                + " ORDER BY t::text)), '') FROM "
                                + table
                                + " t")
                        .mapTo(String.class)
                        .one());
              }
            }
            state.put(
                "outbox",
                handle
                    .createQuery(
                        "SELECT coalesce(max(id), 0) || '' FROM outbox WHERE topic <> :audit")
                    .bind("audit", Topics.AUDIT_HEADS.name())
                    .mapTo(String.class)
                    .one());
            return state;
          });
    }
    ends(settings, state);
    return state;
  }

  private static void ends(GovernanceConfig settings, Map<String, String> state) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", settings.kafka().bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> governed =
          Topics.ALL.stream()
              .filter(topic -> topic.name().startsWith("governance."))
              .filter(topic -> !topic.equals(Topics.AUDIT_HEADS))
              .map(topic -> new TopicPartition(topic.name(), 0))
              .toList();
      consumer
          .endOffsets(governed)
          .forEach((partition, end) -> state.put(partition.topic(), Long.toString(end)));
    }
  }
}
