package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.ScopeKind;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The role with a real broker, asked over HTTP. */
class StreamsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final int IDLE_ORGANIZATIONS = 6;

  @TempDir static Path data;
  private static Broker broker;
  private static Streams streams;
  private static HttpListener listener;
  private static final Secret OPERATOR = Secret.make(Secret.Kind.OPERATOR, new Random(1));
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    broker = Broker.start(data);
    broker.publishAcme(3);
    broker.put(
        Topics.BUDGETS,
        "b-1",
        Budget.newBuilder()
            .setBudgetId("b-1")
            .setOrganizationId("acme")
            .setScope(ScopeKind.ORGANIZATION)
            .setName("Little")
            .setAmount(new BigDecimal("0.010000000000"))
            .setCurrency("USD")
            .setPeriod("total")
            .setThresholds(List.of(new BigDecimal("0.800000"), new BigDecimal("1.000000")))
            .setHard(true)
            .setVersion(1)
            .build());
    for (int i = 0; i < IDLE_ORGANIZATIONS; i++) {
      String id = "idle-" + i;
      broker.put(
          Topics.ORGANIZATIONS,
          id,
          BudgetRecords.organization().setOrganizationId(id).setName(id).build());
      Limit limit =
          BudgetRecords.limit()
              .setOrganizationId(id)
              .setScope(ScopeKind.ORGANIZATION)
              .setWorkspaceId(null)
              .setApiKeyId(null)
              .setAllowedModels(List.of("gpt-5*"))
              .build();
      broker.put(Topics.LIMITS, LimitKey.of(limit).text(), limit);
    }
    broker.flush();
    StreamsSettings settings =
        StreamsSettings.of(
            new Endpoints(broker.bootstrapServers(), URI.create("http://localhost:1")),
            data.resolve("state"));
    streams = Streams.start(settings, broker.ids, InstantSource.system());
    Principal operator =
        Principal.newBuilder()
            .setKeyHash(OPERATOR.hash())
            .setKind(PrincipalKind.OPERATOR)
            .setPrincipalId("operator")
            .setScopes(List.of(Principals.OWNS_ORGANIZATIONS))
            .setValidFrom(Instant.EPOCH)
            .setVersion(1)
            .build();
    Principals principals =
        new Principals(
            List.of(
                hash -> hash.equals(OPERATOR.hash()) ? Optional.of(operator) : Optional.empty()),
            InstantSource.system());
    listener =
        HttpListener.start(
            ListenerConfig.onLoopback(0), List.of(streams), principals, new SimpleMeterRegistry());
    await().atMost(PATIENCE).until(() -> streams.health().up());
    Instant now = Instant.now();
    for (int i = 0; i < 4; i++) {
      broker.send(
          event("e-" + i)
              .tenant("acme", "acme-prod", "key-" + i % 3)
              .at(now.minusSeconds(1))
              .build());
    }
    broker.send(event("e-0").tenant("acme", "acme-prod", "key-0").at(now.minusSeconds(1)).build());
    broker.flush();
  }

  @AfterAll
  static void stop() {
    listener.close();
    streams.close();
    broker.close();
  }

  private static HttpResponse<String> ask(String path) throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
            .header("Authorization", "Bearer " + OPERATOR.value())
            .header("OpenAI-Organization", "acme")
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode get(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = ask(path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void outcomesAddUpToWhatWasSent() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode outcomes = get("/v1/platform/streams/outcomes");
              assertThat(outcomes.at("/totals/records").asLong()).isEqualTo(5);
              assertThat(outcomes.at("/totals/rated").asLong()).isEqualTo(4);
              assertThat(outcomes.at("/totals/duplicate").asLong()).isEqualTo(1);
              assertThat(outcomes.get("partitions").get(0).get("generation").asInt()).isEqualTo(1);
            });
  }

  @Test
  void talliesAreExactAndSayHowFarTheyAre() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode tallies = get("/v1/platform/streams/tallies?organization_id=acme");
              assertThat(tallies.at("/total/requests").asLong()).isEqualTo(4);
              assertThat(tallies.at("/total/units/input").asLong()).isEqualTo(4_000);
              assertThat(tallies.at("/total/cost").asText()).isEqualTo("0.014000000000");
              assertThat(tallies.get("hours")).isNotEmpty();
              assertThat(tallies.get("positions")).isNotEmpty();
            });
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        get("/v1/platform/streams/tallies?organization_id=nobody")
                            .at("/total/requests")
                            .asLong())
                    .isZero());
  }

  @Test
  void alertsAreListedNewestFirstAPageAtATime() throws Exception {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(get("/v1/organization/alerts").get("data")).hasSize(2));
    JsonNode first = get("/v1/organization/alerts?limit=1");
    assertThat(first.get("has_more").asBoolean()).isTrue();
    JsonNode alert = first.get("data").get(0);
    assertThat(alert.get("kind").asText()).isEqualTo("crossed");
    assertThat(alert.get("amount").asText()).isEqualTo("0.010000000000");
    JsonNode second = get("/v1/organization/alerts?limit=1&after=" + first.get("last_id").asText());
    assertThat(second.get("has_more").asBoolean()).isFalse();
    assertThat(
            List.of(
                alert.get("alert_id").asText(), second.get("data").get(0).get("alert_id").asText()))
        .containsExactlyInAnyOrder("b-1/total/0.8/1", "b-1/total/1/1");
    assertThat(ask("/v1/organization/alerts?after=nothing").statusCode()).isEqualTo(400);
    assertThat(ask("/v1/platform/streams/tallies").statusCode()).isEqualTo(400);
  }

  /** Whichever task an organization's deltas come to: it alone writes the states. */
  @Test
  void limitStatesAreWrittenWithAndWithoutUsage() {
    try (CompactedView<LimitState> states =
        CompactedView.start(Topics.LIMITS_STATE, broker.bootstrapServers(), broker.ids)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(states.get("acme/organization/acme"))
                    .hasValueSatisfying(
                        state -> {
                          assertThat(state.getAdmission()).isEqualTo(Admission.BLOCKED);
                          assertThat(state.getReasons()).containsExactly("budget:b-1");
                          assertThat(state.getSpent()).isEqualTo(new BigDecimal("0.014000000000"));
                        });
                assertThat(states.values()).hasSize(1 + IDLE_ORGANIZATIONS);
              });
    }
  }
}
