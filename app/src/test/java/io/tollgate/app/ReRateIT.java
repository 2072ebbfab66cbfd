package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerProcess;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A price that was wrong, put right by the operator's own commands: what was charged is charged
 * anew, everywhere where it was told, and what only the wrong price had crossed is taken back. The
 * lead time of prices is ten seconds here.
 */
@Timeout(600)
class ReRateIT {
  private static final Duration ARRIVES = Duration.ofSeconds(90);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int EVENTS = 9;
  private static final String BEGINS = "2026-01-01T00:00:00Z";

  @TempDir private Path folder;

  /** Usage is dated by it, and must be in the month that is asked about. */
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private ServerProcess server;
  private URI url;
  private String operator;

  @BeforeEach
  void start() throws Exception {
    DataFolder data = new DataFolder(folder);
    server =
        ServerProcess.spawn(
            ServerProcess.Launch.whole(data, 0)
                .briefly()
                .with(
                    Map.of(
                        "TOLLGATE_PRICE_LEAD_SECONDS", "10", "TOLLGATE_PRICE_LEAD_SHORT", "true")));
    url = server.awaitReady(step -> {}).url();
    operator = data.readOperatorKey();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(Duration.ofSeconds(30));
    }
  }

  private JsonNode post(String secret, String type, String path, String body) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + secret)
                .header("OpenAI-Organization", "acme")
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(path + ": " + answer.body()).isBetween(200, 202);
    return JSON.readTree(answer.body());
  }

  private JsonNode make(String path, String body) throws Exception {
    return post(operator, "application/json", path, body);
  }

  private void publish(String rate, String more) throws Exception {
    make(
        "/v1/platform/price_books/list/versions",
        "{'effective_from':'%s',%s'rates':[{'provider':'vendor','model':'m','meter':'input','rate':'%s'}]}"
            .formatted(BEGINS, more, rate));
  }

  /** A million input tokens. */
  private void use(String key, String id) throws Exception {
    post(
        key,
        "application/cloudevents+json",
        "/v1/events",
        "{'specversion':'1.0','type':'tollgate.usage.v1','source':'test','id':'%s','time':'%s','data':{'provider':'vendor','model':'m','units':{'input':1000000}}}"
            .formatted(id, now));
  }

  private Ran ran(String... command) {
    List<String> line = new ArrayList<>(Arrays.asList(command));
    line.addAll(List.of("--data", folder.toString()));
    return Ran.command(line.toArray(String[]::new));
  }

  private JsonNode read(String... command) {
    List<String> line = new ArrayList<>(Arrays.asList(command));
    line.addAll(List.of("--organization", "acme", "--json"));
    Ran ran = ran(line.toArray(String[]::new));
    assertThat(ran.status()).as(ran.err()).isZero();
    try {
      return ran.json();
    } catch (IOException e) {
      throw new AssertionError(ran.out(), e);
    }
  }

  private Ran reRate(String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "re-rate",
                "--organization",
                "acme",
                "--from",
                BEGINS,
                "--to",
                now.plusSeconds(60).toString(),
                "--price-version",
                "list/2"));
    command.addAll(List.of(more));
    return ran(command.toArray(String[]::new));
  }

  private String month() {
    return YearMonth.from(now.atZone(ZoneOffset.UTC)).toString();
  }

  private BigDecimal spent() {
    JsonNode costs = read("usage", "--month", month()).path("costs");
    return new BigDecimal(costs.path("USD").asText("0"));
  }

  private BigDecimal invoiced() {
    return new BigDecimal(read("invoice", "--month", month()).get(0).get("total_exact").asText());
  }

  private List<String> alerts() {
    List<String> alerts = new ArrayList<>();
    read("alerts")
        .forEach(
            alert ->
                alerts.add(
                    alert.path("kind").asText()
                        + " "
                        + new BigDecimal(alert.path("threshold").asText()).stripTrailingZeros()));
    return alerts;
  }

  private boolean isBalanced() {
    return ran("reconcile").status() == 0;
  }

  @Test
  void whatWasChargedWronglyIsChargedAnewEverywhere() throws Exception {
    make(
        "/v1/platform/organizations",
        "{'id':'acme','name':'Acme','time_zone':'UTC','currency':'USD'}");
    make("/v1/organization/projects", "{'id':'ws','name':'W'}");
    String key =
        make("/v1/organization/projects/ws/api_keys", "{'id':'k','name':'K'}")
            .get("value")
            .asText();
    make("/v1/platform/price_books", "{'id':'list','currency':'USD'}");
    publish("1", "");
    make(
        "/v1/organization/budgets",
        "{'name':'Month','amount':'10','period':'month','thresholds':['0.8']}");
    await().atMost(ARRIVES).ignoreExceptions().untilAsserted(() -> use(key, "e0"));
    for (int i = 1; i < EVENTS; i++) {
      use(key, "e" + i);
    }
    await().atMost(ARRIVES).until(() -> spent().compareTo(new BigDecimal("9")) == 0);
    await().atMost(ARRIVES).until(() -> alerts().equals(List.of("crossed 0.8")));
    assertThat(invoiced()).isEqualByComparingTo("9");

    publish("0.25", "'retroactive_reason':'The contract says so',");
    // Before the lead time has passed nothing can be sent.
    Ran early = reRate("--reason", "Contract");
    assertThat(early.status()).as(early.out()).isNotZero();
    assertThat(early.err()).contains("every instance has it from");
    assertThat(reRate("--dry-run").out()).contains("9 events to amend: ");
    assertThat(spent()).isEqualByComparingTo("9");

    await().atMost(ARRIVES).until(() -> reRate("--reason", "Contract"), done -> done.status() == 0);
    await().atMost(ARRIVES).until(() -> spent().compareTo(new BigDecimal("2.25")) == 0);
    await().atMost(ARRIVES).until(this::isBalanced);
    assertThat(invoiced()).isEqualByComparingTo("2.25");
    await().atMost(ARRIVES).until(() -> alerts().equals(List.of("crossed 0.8", "retracted 0.8")));
    JsonNode totals = ran("reconcile", "--json").json().get("totals");
    assertThat(totals.get("rated").asInt()).isEqualTo(2 * EVENTS);
    assertThat(totals.get("reversals").asInt()).isEqualTo(EVENTS);

    // What comes later has the new price, and the same again finds nothing left to do.
    use(key, "late");
    await().atMost(ARRIVES).until(() -> spent().compareTo(new BigDecimal("2.5")) == 0);
    Ran again = reRate("--reason", "Contract");
    assertThat(again.status()).as(again.err()).isZero();
    assertThat(again.out()).contains("0 events to amend", "10 have that price", "Sent 0");
    await().atMost(ARRIVES).until(this::isBalanced);
    assertThat(invoiced()).isEqualByComparingTo("2.5");
  }
}
