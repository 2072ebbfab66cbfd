package io.tollgate.governance;

import static io.tollgate.governance.MatrixThings.FAR;
import static io.tollgate.governance.MatrixThings.MINE;
import static io.tollgate.governance.MatrixThings.ORGANIZATION;
import static io.tollgate.governance.MatrixThings.OTHER;
import static io.tollgate.governance.MatrixThings.PROJECTS;
import static io.tollgate.governance.MatrixThings.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.Api.Response;
import io.tollgate.governance.PermissionRows.Endpoint;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
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
  private static final List<String> WORKSPACES = List.of(MINE, OTHER, FAR);
  private static final int AT_ONCE = 8;

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable GovernanceConfig config;
  private static @Nullable Api operator;
  private static @Nullable Api owner;
  private static @Nullable Api foreign;
  private static @Nullable MatrixThings things;
  private static final PermissionRows EXPECTED = PermissionRows.read();
  private static final List<MatrixCaller> CALLERS = new ArrayList<>();
  private static final Set<String> DECLARED = new TreeSet<>();

  /** A request and the status that it must come back with. */
  private record Denied(String who, Api api, Endpoint endpoint, String workspace, int status) {}

  @BeforeAll
  static void start() throws Exception {
    config = SharedStack.config("matrix", Objects.requireNonNull(folder)).withOperatorApart();
    running = new RunningGovernance(config);
    running.governance().routes(new ListedRoutes(DECLARED));
    operator = running.operator();
    owner = organization("acme");
    foreign = organization("beta");
    ok(foreign().post(PROJECTS, "{'id':'far','name':'F'}"));
    things = new MatrixThings(owner(), join("victim@acme.example", "'role':'reader'").text("/id"));
    people();
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static MatrixThings things() {
    return Objects.requireNonNull(things);
  }

  private static GovernanceConfig config() {
    return Objects.requireNonNull(config);
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
          new MatrixCaller(
              "admin key " + role,
              operator().as(key.text("/value")),
              Optional.of(role),
              Optional.empty(),
              false));
    }
    Response account =
        ok(owner().post(PROJECTS + "/mine/service_accounts", "{'name':'S','role':'member'}"));
    CALLERS.add(
        new MatrixCaller(
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
        new MatrixCaller(
            name,
            operator().as(joined.text("/personal_key/value")),
            Optional.of(role),
            workspaceRole,
            true));
  }

  private static Response send(Api api, Endpoint endpoint, String workspace, String body) {
    String path = things().filled(endpoint.path(), workspace, endpoint.isInWorkspace());
    String given = things().filled(body, workspace, endpoint.isInWorkspace());
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

  @Test
  @Order(2)
  void whoMayNotIsDeniedAndNothingChanges() throws Exception {
    List<Denied> denied = new ArrayList<>();
    for (Endpoint endpoint : endpoints()) {
      for (MatrixCaller who : CALLERS) {
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
    Map<String, String> before = StateDigest.of(config());

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
    assertThat(StateDigest.of(config())).isEqualTo(before);
  }

  private static void loosen(Endpoint endpoint, Queue<String> wrong) {
    String body = endpoint.loosening().equals("*") ? "" : endpoint.loosening();
    for (MatrixCaller who : CALLERS) {
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
      for (MatrixCaller who : CALLERS) {
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
  private static void letIn(
      MatrixCaller who, Endpoint endpoint, String workspace, Queue<String> wrong) {
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
}
