package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpListenerTest {
  record Thing(String name, int count) {}

  /** One route per guard and per way to fail. */
  private static final class Trial implements HttpRole {
    private final ConcurrentLinkedQueue<RefusedAttempt> refused = new ConcurrentLinkedQueue<>();

    boolean up = true;

    @Override
    public String name() {
      return "trial";
    }

    @Override
    public Health health() {
      return up ? Health.up("fine") : Health.down("not fine");
    }

    @Override
    public void routes(Routes routes) {
      routes
          .get(
              "/v1/platform/things",
              Guard.operator(),
              call -> Answer.ok(Map.of("caller", call.caller().id())))
          .get(
              "/v1/organization/things/{id}",
              Guard.permission(Permission.BUDGETS_READ),
              Trial::echo,
              "limit",
              "models")
          .get(
              "/v1/organization/usage",
              Guard.permission(Permission.USAGE_READ).orScope(Scope.USAGE_READ),
              Trial::echo)
          .post(
              "/v1/organization/things",
              Guard.permission(Permission.BUDGETS_READ),
              call -> Answer.created(call.json(Thing.class)))
          .patch(
              "/v1/organization/things/{id}",
              Guard.permission(Permission.BUDGETS_READ),
              Trial::change)
          .delete(
              "/v1/organization/things/{id}",
              Guard.permission(Permission.BUDGETS_READ),
              Trial::change)
          .post("/v1/events", Guard.apiKey(Scope.EVENTS_WRITE), Trial::event)
          .post(
              "/v1/events/raw",
              Guard.apiKey(Scope.EVENTS_WRITE),
              call -> Answer.ok(call.body().length))
          .get("/v1/platform/fail/{how}", Guard.operator(), Trial::fail);
    }

    @Override
    public void refused(RefusedAttempt attempt) {
      refused.add(attempt);
    }

    private static Answer echo(Call call) {
      return Answer.ok(
          Map.of(
              "organization", call.organization().value(),
              "models", call.query().list("models"),
              "limit", call.query().wholeNumber("limit", 1, 100).orElse(20L)));
    }

    private static Answer change(Call call) {
      Version.check(call, 3);
      return Answer.ok(Map.of()).tagged(4);
    }

    private static Answer event(Call call) {
      Thing thing = call.json(Thing.class);
      throw new InvalidInput("name", thing.name(), "must be something else");
    }

    private static Answer fail(Call call) {
      return switch (call.path("how", WorkspaceId::new).value()) {
        case "notFound" -> throw Refusal.notFound("id", "x");
        case "fine" -> Answer.ok("fine");
        case "conflict" -> throw Refusal.conflict("id", "x", "is taken");
        case "busy" -> throw Refusal.tooBusy("the queue is full", Duration.ofSeconds(2));
        default -> throw new IllegalStateException("a secret detail");
      };
    }
  }

  private static final Trial ROLE = new Trial();
  private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static @Nullable HttpListener listener;

  @BeforeAll
  static void listen() {
    ListenerConfig config =
        new ListenerConfig("127.0.0.1", 0, 1_000, 100, Duration.ofSeconds(1), Set.of());
    listener = HttpListener.start(config, List.of(ROLE), People.some().principals(), METERS);
  }

  @AfterAll
  static void stop() {
    listener.close();
    CLIENT.close();
  }

  private static HttpResponse<String> send(
      String method, String path, @Nullable String secret, @Nullable String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
            .timeout(Duration.ofSeconds(10))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (secret != null) {
      request.header("Authorization", "Bearer " + secret);
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return StrictJson.mapper().readTree(response.body());
  }

  @Test
  void tellsItsRoleOfRefusedAttempts() throws Exception {
    ROLE.refused.clear();
    send("POST", "/v1/organization/things?x=tells", null, "{}");
    send("GET", "/v1/platform/fail/notFound", null, null);
    send("GET", "/v1/platform/fail/broken", null, null);

    assertThat(ROLE.refused)
        .allSatisfy(
            attempt -> {
              assertThat(attempt.origin().address()).isEqualTo("127.0.0.1");
              assertThat(attempt.caller()).isEqualTo(new Caller.Anyone());
            })
        .extracting(attempt -> attempt.origin().route() + " " + attempt.status())
        .containsExactly(
            "POST /v1/organization/things 401",
            "GET /v1/platform/fail/{how} 401",
            "GET /v1/platform/fail/{how} 401");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PATCH", "DELETE"})
  void changesOnlyTheVersionThatTheCallerHasSeen(String method) throws Exception {
    String path = "/v1/organization/things/x";

    HttpResponse<String> current = send(method, path, "tg-admin-acme", null, "If-Match", "\"3\"");
    HttpResponse<String> older = send(method, path, "tg-admin-acme", null, "If-Match", "\"2\"");

    assertThat(current.statusCode()).isEqualTo(200);
    assertThat(current.headers().firstValue("ETag")).contains("\"4\"");
    assertThat(older.statusCode()).isEqualTo(412);
    assertThat(json(older).at("/error/param").asText()).isEqualTo("If-Match");
  }

  @ParameterizedTest
  @CsvSource({
    // method, path, secret, organization header, status
    "GET,/v1/platform/things,tg-op-operator,,200",
    "GET,/v1/platform/things,tg-admin-acme,,403",
    "GET,/v1/platform/things,tg-acme-reader,,403",
    "GET,/v1/platform/things,tg-nobody,,401",
    "GET,/v1/platform/things,,,401",
    "GET,/v1/organization/things/x,tg-admin-acme,,200",
    "GET,/v1/organization/things/x,tg-admin-acme,acme,200",
    "GET,/v1/organization/things/x,tg-admin-acme,globex,403",
    "GET,/v1/organization/things/x,tg-op-operator,acme,200",
    "GET,/v1/organization/things/x,tg-op-operator,,400",
    "GET,/v1/organization/things/x,tg-op-operator,a/b,400",
    "GET,/v1/organization/things/x,tg-acme-reader,,403",
    "GET,/v1/organization/things/x,,,401",
    "GET,/v1/organization/usage,tg-acme-reader,,200",
    "GET,/v1/organization/usage,tg-acme-reader,globex,403",
    "GET,/v1/organization/usage,tg-acme-writer,,403",
    "GET,/v1/organization/usage,tg-admin-acme,,200",
    "POST,/v1/events,tg-acme-reader,,403",
    "POST,/v1/events,tg-op-operator,,403",
    "POST,/v1/events,,,401",
    "GET,/v1/nothing,tg-op-operator,,404",
    "GET,/,,,404",
    "DELETE,/v1/platform/things,tg-op-operator,,405",
    "GET,/v1/events,tg-acme-writer,,405",
  })
  void letsThroughWhoMay(
      String method,
      String path,
      @Nullable String secret,
      @Nullable String organization,
      int status)
      throws Exception {
    HttpResponse<String> response =
        organization == null
            ? send(method, path, secret, null)
            : send(method, path, secret, null, Guard.ORGANIZATION_HEADER, organization);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    if (status == 401) {
      assertThat(response.headers().firstValue("WWW-Authenticate"))
          .contains("Bearer realm=\"tollgate\"");
    }
    if (status == 405) {
      assertThat(response.headers().firstValue("Allow")).isPresent();
    }
    if (status >= 400) {
      JsonNode body = json(response);
      assertThat(
              (path.startsWith("/v1/events") ? body.path("detail") : body.at("/error/message"))
                  .asText())
          .isNotEmpty();
    }
  }

  @Test
  void namesTheMissingHeader() throws Exception {
    JsonNode error =
        json(send("GET", "/v1/organization/usage", People.OPERATOR, null)).path("error");

    assertThat(error.path("param").asText()).isEqualTo("OpenAI-Organization");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("code").asText()).isEqualTo("invalid_value");
  }

  @Test
  void readsQueryParametersStrictly() throws Exception {
    String path = "/v1/organization/things/x";

    assertThat(send("GET", path + "?models[]=a&models[]=b&limit=5", People.ACME_ADMIN, null).body())
        .contains("[\"a\",\"b\"]")
        .contains("\"limit\":5");
    for (String query :
        List.of("?limit=0", "?limit=x", "?limit=1&limit=2", "?color=red", "?models=a&models[]=b")) {
      HttpResponse<String> response = send("GET", path + query, People.ACME_ADMIN, null);
      assertThat(response.statusCode()).as(query).isEqualTo(400);
      assertThat(json(response).at("/error/param").asText()).isIn("limit", "color", "models");
    }
  }

  @Test
  void writesProblemsUnderEventsAndErrorsElsewhere() throws Exception {
    HttpResponse<String> problem =
        send("POST", "/v1/events", People.ACME_WRITER, "{\"name\":\"x\",\"count\":1}");
    assertThat(problem.statusCode()).isEqualTo(400);
    assertThat(problem.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(problem).path("field").asText()).isEqualTo("name");
    assertThat(json(problem).path("value").asText()).isEqualTo("x");
    assertThat(json(problem).path("rule").asText()).isEqualTo("must be something else");

    HttpResponse<String> error =
        send(
            "POST",
            "/v1/organization/things",
            People.ACME_ADMIN,
            "{\"name\":\"x\",\"count\":1,\"color\":2}");
    assertThat(error.statusCode()).isEqualTo(400);
    assertThat(json(error).at("/error/param").asText()).isEqualTo("color");
    assertThat(
            send(
                    "POST",
                    "/v1/organization/things",
                    People.ACME_ADMIN,
                    "{\"name\":\"x\",\"count\":1}")
                .statusCode())
        .isEqualTo(201);
  }

  @Test
  void mapsFailures() throws Exception {
    assertThat(send("GET", "/v1/platform/fail/notFound", People.OPERATOR, null).statusCode())
        .isEqualTo(404);
    assertThat(send("GET", "/v1/platform/fail/conflict", People.OPERATOR, null).statusCode())
        .isEqualTo(409);
    HttpResponse<String> busy = send("GET", "/v1/platform/fail/busy", People.OPERATOR, null);
    assertThat(busy.statusCode()).isEqualTo(503);
    assertThat(busy.headers().firstValue("Retry-After")).contains("2");
    HttpResponse<String> broken = send("GET", "/v1/platform/fail/other", People.OPERATOR, null);
    assertThat(broken.statusCode()).isEqualTo(500);
    assertThat(broken.body()).contains("error id").doesNotContain("secret detail");
    assertThat(METERS.get("tollgate.http.requests").tag("status", "500").timer().count())
        .isPositive();
  }

  @Test
  void boundsBodies() throws Exception {
    assertThat(send("POST", "/v1/events/raw", People.ACME_WRITER, "x".repeat(1_000)).body())
        .isEqualTo("1000");
    HttpResponse<String> refused =
        send("POST", "/v1/events/raw", People.ACME_WRITER, "x".repeat(1_001));
    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(refused.body()).contains("1000 bytes");
    HttpRequest chunked =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/v1/events/raw"))
            .header("Authorization", "Bearer " + People.ACME_WRITER)
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1_001])))
            .build();
    assertThat(CLIENT.send(chunked, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
  }

  @Test
  void refusesAnotherMediaType() throws Exception {
    assertThat(
            send(
                    "POST",
                    "/v1/organization/things",
                    People.ACME_ADMIN,
                    "a=b",
                    "Content-Type",
                    "text/plain")
                .statusCode())
        .isEqualTo(415);
    assertThat(send("POST", "/v1/organization/things", People.ACME_ADMIN, null).statusCode())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({"GET /v1/organization/usage?a=%zz,400", "GET /v1/%zz,400"})
  void refusesBrokenEscapes(String start, int status) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(10_000);
      String request =
          start
              + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
              + People.ACME_ADMIN
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] head = socket.getInputStream().readNBytes("HTTP/1.1 400".length());

      assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 " + status);
    }
  }

  @Test
  void answersRequestsThatAreNotHttpWithJson() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", listener.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write("GET /a b HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(answer).startsWith("HTTP/1.1 400").contains("\"code\":\"bad_request\"");
    }
  }

  @Test
  void tellsHealthToAnyone() throws Exception {
    HttpResponse<String> up = send("GET", "/health", null, null);
    ROLE.up = false;
    HttpResponse<String> down = send("GET", "/health", null, null);
    ROLE.up = true;

    assertThat(up.statusCode()).isEqualTo(200);
    assertThat(json(up).at("/roles/trial/status").asText()).isEqualTo("up");
    assertThat(down.statusCode()).isEqualTo(503);
    assertThat(json(down).path("status").asText()).isEqualTo("down");
  }

  @Test
  void namesAPortInUse() {
    assertThatThrownBy(
            () ->
                HttpListener.start(
                    ListenerConfig.onLoopback(listener.port()),
                    List.of(),
                    People.some().principals(),
                    METERS))
        .isInstanceOf(PortInUse.class)
        .hasMessageContaining("port " + listener.port())
        .hasMessageContaining("in use");
  }
}
