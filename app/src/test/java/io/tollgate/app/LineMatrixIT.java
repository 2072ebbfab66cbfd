package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.app.LinePermissions.Route;
import io.tollgate.app.RunningLine.Caller;
import io.tollgate.app.RunningLine.Response;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceRole;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of caller at every route of the roles beside governance, by real requests: what comes
 * back is what the checked-in files say. Governance's own routes have their own such test. Then
 * what a deleted project used, and who still sees it.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LineMatrixIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);
  private static final String PROJECTS = "/v1/organization/projects";
  private static final String MINE = "mine";
  private static final String OTHER = "other";
  private static final List<Route> ROUTES = LinePermissions.read();

  /** By the name of the query parameter that names a project, where a route takes one. */
  private static final Map<String, String> BY_PROJECT =
      Map.of(
          "/v1/organization/usage/live", "project_id",
          "/v1/organization/usage/completions", "project_ids",
          "/v1/organization/costs", "project_ids",
          "/v1/organization/rejected_events", "project_id");

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningLine running;
  private static final List<Who> CALLERS = new ArrayList<>();

  /**
   * A caller with roles in acme and in its workspace mine.
   *
   * @param scope of an API key
   */
  private record Who(
      String name,
      Caller caller,
      Optional<OrganizationRole> role,
      Optional<WorkspaceRole> workspaceRole,
      Optional<String> scope,
      boolean isOperator) {

    /** Whether it may for the whole organization. */
    private boolean mayEverywhere(Route route) {
      return !route.marks().isEmpty() && role.map(route::letsIn).orElse(false);
    }

    boolean may(Route route) {
      return switch (route.who()) {
        case "anyone" -> true;
        case "operator" -> isOperator;
        case "api_key" -> scope.filter(own -> own.contains(route.scope())).isPresent();
        default ->
            mayEverywhere(route)
                || workspaceRole.map(route::letsIn).orElse(false)
                || scope.filter(own -> own.equals(route.scope())).isPresent();
      };
    }

    /** Whether another workspace than its own is there for it. */
    boolean mayInOther(Route route) {
      return mayEverywhere(route);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    running = new RunningLine(Objects.requireNonNull(folder));
    Caller owner = line().organization("acme");
    Caller foreign = line().organization("beta");
    for (String workspace : List.of(MINE, OTHER)) {
      owner.made(PROJECTS, "{'id':'" + workspace + "','name':'W'}");
    }
    for (OrganizationRole role : OrganizationRole.values()) {
      roles(owner, role);
    }
    String account =
        owner
            .made(PROJECTS + "/mine/service_accounts", "{'name':'S','role':'member'}")
            .at("/api_key/value")
            .asText();
    add("service account", owner.as(account), null, WorkspaceRole.EDITOR, "events:write admission");
    for (String scope : List.of("events:write", "admission", "usage:read")) {
      String secret =
          owner
              .made(PROJECTS + "/mine/api_keys", "{'name':'K','scopes':['" + scope + "']}")
              .get("value")
              .asText();
      add("API key with " + scope, owner.as(secret), null, null, scope);
    }
    CALLERS.add(
        new Who(
            "operator",
            line().operator().on("acme"),
            Optional.of(OrganizationRole.OWNER),
            Optional.empty(),
            Optional.empty(),
            true));
    add("foreign owner naming acme", foreign.on("acme"), null, null, null);
    await()
        .atMost(ARRIVES)
        .until(
            () ->
                CALLERS.stream()
                    .allMatch(who -> who.caller().get("/v1/organization/costs").status() != 401));
  }

  private static void roles(Caller owner, OrganizationRole role) {
    String own = "'tollgate_role':'" + role.wireName() + "'";
    String mail = role.wireName() + "@people.example";
    add(role.toString(), line().join(owner, mail, own), role, null, null);
    for (WorkspaceRole workspaceRole : WorkspaceRole.values()) {
      String terms =
          own + ",'projects':[{'id':'mine','tollgate_role':'" + workspaceRole.wireName() + "'}]";
      Caller member = line().join(owner, workspaceRole.wireName() + "." + mail, terms);
      add(role + " + " + workspaceRole, member, role, workspaceRole, null);
    }
    String key =
        owner
            .made("/v1/organization/admin_api_keys", "{'name':'A'," + own + "}")
            .get("value")
            .asText();
    add("admin key " + role, owner.as(key), role, null, null);
  }

  private static void add(
      String name,
      Caller caller,
      @Nullable OrganizationRole role,
      @Nullable WorkspaceRole workspaceRole,
      @Nullable String scope) {
    CALLERS.add(
        new Who(
            name,
            caller,
            Optional.ofNullable(role),
            Optional.ofNullable(workspaceRole),
            Optional.ofNullable(scope),
            false));
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  private static RunningLine line() {
    return Objects.requireNonNull(running);
  }

  private static Response send(Caller caller, Route route, String workspace) {
    String path = route.path().replace("{month}", "2026-10").replace("{event_id}", "1-0-999999");
    String query =
        switch (route.path()) {
          case "/v1/organization/usage/live" -> "?period=month&";
          case "/v1/organization/usage/completions", "/v1/organization/costs" -> "?start_time=1&";
          case "/v1/platform/streams/tallies" -> "?organization_id=acme&";
          case "/v1/platform/reconciliation" -> "?wait_seconds=0&";
          default -> "?";
        };
    String project = BY_PROJECT.get(route.path());
    String narrowed = project == null ? "" : project + "=" + workspace;
    String asked = (query + narrowed).replaceAll("[?&]$", "");
    String body =
        route.method().equals("POST")
            ? ("{'specversion':'1.0','type':'tollgate.usage.v1','source':'t','id':'e','time':'"
                    + Instant.now()
                    + "','data':{'provider':'openai','model':'m','units':{'input':1}}}")
                .replace('\'', '"')
            : "";
    return caller.send(route.method(), path + asked, body);
  }

  @Test
  @Order(1)
  void everyRouteHasARowThatSaysWhatTheDocumentSays() {
    Set<String> listed = new TreeSet<>();
    ROUTES.forEach(route -> listed.add(route.told()));

    assertThat(listed)
        .isEqualTo(LinePermissions.told(line().stranger().get("/openapi.json").body()));
    assertThat(CALLERS).hasSize(31);
  }

  @Test
  @Order(2)
  void whoMayNotIsDeniedAndNothingComesToTheLog() {
    Map<String, Long> before = ends();
    List<String> wrong = new ArrayList<>();
    int denied = 0;
    for (Route route : ROUTES) {
      for (Who who : CALLERS) {
        if (!who.may(route)) {
          denied++;
          check(403, who.name(), route, send(who.caller(), route, MINE), wrong);
        } else if (BY_PROJECT.containsKey(route.path()) && !who.mayInOther(route)) {
          denied++;
          check(404, who.name() + " elsewhere", route, send(who.caller(), route, OTHER), wrong);
        }
      }
      if (!route.who().equals("anyone")) {
        denied++;
        check(401, "a stranger", route, send(line().stranger(), route, MINE), wrong);
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(denied).isGreaterThan(200);
    assertThat(ends()).isEqualTo(before);
  }

  @Test
  @Order(3)
  void whoMayIsLetIn() {
    List<String> wrong = new ArrayList<>();
    for (Route route : ROUTES) {
      int fine =
          route.path().contains("{event_id}") ? 404 : route.method().equals("POST") ? 202 : 200;
      for (Who who : CALLERS) {
        if (who.may(route)) {
          check(fine, who.name(), route, send(who.caller(), route, MINE), wrong);
        }
      }
    }

    assertThat(wrong).isEmpty();
  }

  private static void check(
      int expected, String who, Route route, Response response, List<String> wrong) {
    if (response.status() != expected) {
      String text = response.text();
      wrong.add(
          "%s: %s was %d, not %d: %s"
              .formatted(
                  who,
                  route.name(),
                  response.status(),
                  expected,
                  text.substring(0, Math.min(200, text.length()))));
    }
  }

  private static Map<String, Long> ends() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", line().stack().kafka().bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.USAGE_EVENTS.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<String, Long> ends = new TreeMap<>();
      consumer
          .endOffsets(partitions)
          .forEach((partition, end) -> ends.put(partition.toString(), end));
      return ends;
    }
  }

  private static Who who(String name) {
    return CALLERS.stream().filter(who -> who.name().equals(name)).findFirst().orElseThrow();
  }

  private static boolean hasUsage(Caller caller, String more) {
    JsonNode page =
        caller
            .get(
                "/v1/organization/usage/completions?group_by=project_id&start_time="
                    + Instant.now().minus(Duration.ofDays(1)).getEpochSecond()
                    + more)
            .body();
    return page.path("data").toString().contains("\"mine\"");
  }

  @Test
  @Order(4)
  void whatADeletedProjectUsedIsInTheLedgerOnly() {
    Caller owner = who("admin key OWNER").caller();
    Caller operator = line().operator();
    operator.made("/v1/platform/price_books", "{'id':'list','currency':'USD'}");
    operator.made(
        "/v1/platform/price_books/list/versions",
        "{'effective_from':'2026-01-01T00:00:00Z','rates':[{'provider':'openai','model':'m',"
            + "'meter':'input','rate':'1'}]}");
    Caller viewer = who("VIEWER").caller();
    String live = "/v1/organization/usage/live?period=month&project_id=mine";
    await().atMost(ARRIVES).until(() -> hasUsage(viewer, ""));
    assertThat(viewer.get(live).status()).isEqualTo(200);

    assertThat(owner.delete(PROJECTS + "/mine?confirm=mine&force=true").status()).isEqualTo(200);
    await().atMost(ARRIVES).until(() -> !hasUsage(viewer, ""));

    assertThat(
            viewer.get("/v1/organization/costs?start_time=1&project_ids=mine").text("/error/param"))
        .isEqualTo("project_ids");
    await().atMost(ARRIVES).until(() -> viewer.get(live).status() == 404);
    for (String name : List.of("OWNER", "ADMIN", "BILLING", "operator")) {
      Caller keeper = who(name).caller();
      assertThat(hasUsage(keeper, "&project_ids=mine")).as(name).isTrue();
      assertThat(keeper.get(live).status()).as(name).isEqualTo(200);
    }
    assertThat(hasUsage(who("VIEWER + ADMIN").caller(), "")).as("its role has ended").isFalse();
  }
}
