package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Two instances with a broker: whichever is asked, the answer is the same. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LiveUsageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Secret OPERATOR = Secret.make(Secret.Kind.OPERATOR, new Random(1));
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int EVENTS = 6;
  private static final int ASKERS = 4;
  private static final String LIVE = "/v1/organization/usage/live";
  private static final String TALLIES = "/v1/platform/streams/tallies?organization_id=acme";

  @TempDir static Path data;
  private static final List<Instance> INSTANCES = new ArrayList<>();
  private static Broker broker;
  private static Instant sent;

  private record Instance(int port, Streams streams, HttpListener listener) {
    static Instance start(String name) throws IOException {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Streams streams =
          Streams.start(
              StreamsSettings.of(
                      new Endpoints(broker.bootstrapServers(), URI.create("http://localhost:1")),
                      data.resolve(name))
                  .withInstance(
                      new StreamsInstance(
                          name,
                          Optional.of(URI.create("http://127.0.0.1:" + port)),
                          1,
                          true,
                          StreamsInstance.SHORTEST_SESSION)),
              broker.ids,
              InstantSource.system());
      return new Instance(
          port,
          streams,
          HttpListener.start(
              ListenerConfig.onLoopback(port),
              List.of(streams),
              principals(),
              new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)));
    }

    void stop() {
      listener.close();
      streams.close();
    }

    HttpResponse<String> ask(String path, String... headers)
        throws IOException, InterruptedException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .header("Authorization", "Bearer " + OPERATOR.value())
              .header("OpenAI-Organization", "acme")
              .timeout(PATIENCE);
      if (headers.length > 0) {
        request.headers(headers);
      }
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    JsonNode get(String path) throws IOException, InterruptedException {
      HttpResponse<String> response = ask(path);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      return JSON.readTree(response.body());
    }
  }

  private static Principals principals() {
    Principal operator =
        Principal.newBuilder()
            .setKeyHash(OPERATOR.hash())
            .setKind(PrincipalKind.OPERATOR)
            .setPrincipalId("operator")
            .setScopes(List.of(Principals.OWNS_ORGANIZATIONS))
            .setValidFrom(Instant.EPOCH)
            .setVersion(1)
            .build();
    return new Principals(
        List.of(hash -> hash.equals(OPERATOR.hash()) ? Optional.of(operator) : Optional.empty()),
        InstantSource.system());
  }

  @BeforeAll
  static void start() throws IOException {
    broker = Broker.start(data.resolve("broker"));
    broker.publishAcme(3);
    INSTANCES.add(Instance.start("one"));
    INSTANCES.add(Instance.start("two"));
    for (Instance instance : INSTANCES) {
      await().atMost(PATIENCE).until(() -> instance.streams().health().up());
    }
    sent = Instant.now();
    for (int i = 0; i < EVENTS; i++) {
      broker.send(
          event("e-" + i)
              .tenant("acme", "acme-prod", "key-" + i % 3)
              .at(sent.minusSeconds(1))
              .build());
    }
    broker.flush();
  }

  @AfterAll
  static void stop() {
    INSTANCES.forEach(Instance::stop);
    broker.close();
  }

  @Test
  @Order(1)
  void bothAnswerTheSameForEveryScopeAndPeriod() {
    for (Instance instance : INSTANCES) {
      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(
              () -> {
                JsonNode month = instance.get(LIVE);
                assertThat(month.at("/requests").asLong()).isEqualTo(EVENTS);
                assertThat(month.at("/units/input").asLong()).isEqualTo(1_000L * EVENTS);
                assertThat(month.at("/cost").asText()).isEqualTo("0.021000000000");
                assertThat(month.at("/currency").asText()).isEqualTo("USD");
                assertThat(month.at("/period").asText()).isEqualTo("month");
                assertThat(month.at("/complete_through").asLong())
                    .isGreaterThan(sent.getEpochSecond());
              });
      assertRequests(instance, LIVE + "?period=total", EVENTS);
      assertRequests(instance, LIVE + "?period=year&project_id=acme-prod", EVENTS);
      assertRequests(instance, LIVE + "?period=total&api_key_id=key-1", EVENTS / 3);
      assertRequests(instance, LIVE + "?period=total&project_id=elsewhere", 0);
      assertRequests(instance, LIVE + "?period=total&model=gpt-4o", EVENTS);
      long hour = sent.truncatedTo(ChronoUnit.HOURS).getEpochSecond();
      assertRequests(
          instance, LIVE + "?start_time=" + (hour - 3_600) + "&end_time=" + (hour + 7_200), EVENTS);
      assertRequests(
          instance, LIVE + "?start_time=" + (hour + 7_200) + "&end_time=" + (hour + 10_800), 0);
    }
  }

  private static void assertRequests(Instance instance, String path, long requests) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(instance.get(path).at("/requests").asLong())
                    .as(path)
                    .isEqualTo(requests));
  }

  @Test
  @Order(2)
  void talliesAreThoseOfAllInstances() throws Exception {
    JsonNode one = INSTANCES.get(0).get(TALLIES);
    assertThat(one.at("/total/requests").asLong()).isEqualTo(EVENTS);
    assertThat(INSTANCES.get(1).get(TALLIES)).isEqualTo(one);
  }

  @Test
  @Order(3)
  void aForwardedCallIsNeverForwardedAgainAndHasNoRightsOfItsOwn() throws Exception {
    List<Integer> answers = new ArrayList<>();
    for (Instance instance : INSTANCES) {
      HttpResponse<String> answer = instance.ask(LIVE, Forwarder.HEADER, "1");
      answers.add(answer.statusCode());
      if (answer.statusCode() == 503) {
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      }
      HttpResponse<String> nobody =
          HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.port() + LIVE))
                  .header(Forwarder.HEADER, "1")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(nobody.statusCode()).isEqualTo(401);
    }
    assertThat(answers).containsExactlyInAnyOrder(200, 503);
  }

  @Test
  @Order(4)
  void wrongQuestionsAreRefusedByFieldAndRule() throws Exception {
    for (String wrong :
        List.of(
            "?period=fortnight",
            "?start_time=900",
            "?start_time=900&end_time=900",
            "?start_time=901&end_time=1800",
            "?period=day&start_time=900&end_time=1800",
            "?project_id=acme-prod&api_key_id=key-1",
            "?user=u&model=m",
            "?scope=all")) {
      for (Instance instance : INSTANCES) {
        assertThat(instance.ask(LIVE + wrong).statusCode()).as(wrong).isEqualTo(400);
      }
    }
  }

  @Test
  @Order(5)
  void metricsAreTheOperators() throws Exception {
    Instance instance = INSTANCES.getFirst();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(instance.ask("/metrics").body())
                    .contains("tollgate_usage_outcomes_total{outcome=\"rated\"} 6.0")
                    .contains("tollgate_streams_lag{topology=\"meter\"}")
                    .contains("tollgate_streams_up{topology=\"budget\"}")
                    .contains("tollgate_usage_waiting")
                    .contains("tollgate_usage_rejected_total{reason=\"late\"}")
                    .contains("tollgate_streams_restore_records")
                    .contains("process_rate"));
    HttpResponse<String> nobody =
        HTTP.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.port() + "/metrics"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(nobody.statusCode()).isEqualTo(401);
  }

  @Test
  @Order(6)
  void theOtherTakesOverWhatItKeptACopyOf() throws Exception {
    int owner = INSTANCES.get(0).ask(LIVE, Forwarder.HEADER, "1").statusCode() == 200 ? 0 : 1;
    INSTANCES.remove(owner).stop();
    assertRequests(INSTANCES.getFirst(), LIVE + "?period=total", EVENTS);
  }

  /** A question that comes while a task writes waits for it, and never the other way round. */
  @Test
  @Order(7)
  void questionsStopNobody() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    int more = 400;
    try (ExecutorService askers = Executors.newFixedThreadPool(ASKERS)) {
      List<Future<Integer>> answered = new ArrayList<>();
      for (int i = 0; i < ASKERS; i++) {
        Instance asked = INSTANCES.get(i % INSTANCES.size());
        answered.add(
            askers.submit(
                () -> {
                  int answers = 0;
                  while (!over.get()) {
                    asked.get(LIVE);
                    answers++;
                  }
                  return answers;
                }));
      }
      try {
        // A user of its own each, so that the organization's state is written, too.
        for (int i = 0; i < more; i++) {
          UsageEvent one =
              event("more-" + i)
                  .tenant("acme", "acme-prod", "key-" + i % 3)
                  .at(sent.minusSeconds(1))
                  .build();
          one.setUser("user-" + i);
          broker.send(one);
          if (i % 20 == 19) {
            broker.flush();
            assertRequests(INSTANCES.getFirst(), LIVE + "?period=total", EVENTS + i + 1);
          }
        }
      } finally {
        over.set(true);
      }
      for (Future<Integer> answers : answered) {
        assertThat(answers.get()).isPositive();
      }
    }
  }
}
