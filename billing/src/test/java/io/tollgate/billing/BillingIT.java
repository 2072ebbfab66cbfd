package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.Workspace;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries, invoices and reconciliation over landed rows; the tallies are the test's own sums. */
final class BillingIT {
  private static final int EVENTS = 1_000;
  private static final int DUPLICATES_PER_PARTITION = 5;

  /** Events that are taken back again. */
  private static final int VOIDED = 10 * Line.PARTITIONS;

  private static final String OPERATOR = "tg-op-secret";
  private static final String ADMIN = "tg-admin-secret";
  private static final Instant START = Instant.parse("2026-10-05T10:00:00Z");

  private static final Map<OrganizationId, Map<Instant, HourTotals>> TALLIES = new HashMap<>();

  @TempDir static Path data;
  private static Line line;
  private static Landing landing;
  private static Billing billing;
  private static HttpListener listener;
  private static Money cost;

  @BeforeAll
  static void start() {
    line = new Line(data);
    tenants();
    cost = line.rate(0, EVENTS, BillingIT::usage);
    for (int i = 0; i < EVENTS; i++) {
      tally(i, 1);
    }
    // More events, each taken back again.
    cost = cost.plus(line.rate(EVENTS, EVENTS + VOIDED, BillingIT::usage));
    cost = cost.plus(line.rate(EVENTS, EVENTS + VOIDED, i -> usage(i).reversedBy("void-" + i)));
    for (int i = EVENTS; i < EVENTS + VOIDED; i++) {
      tally(i, 0);
    }
    int rated = (EVENTS + VOIDED) / Line.PARTITIONS;
    int voids = VOIDED / Line.PARTITIONS;
    line.accept(rated + voids + DUPLICATES_PER_PARTITION);
    for (int partition = 0; partition < Line.PARTITIONS; partition++) {
      long records = (long) rated + voids + DUPLICATES_PER_PARTITION;
      // A transaction marker lies behind the last record, as behind a rerouted one.
      PartitionOutcomes outcomes =
          new PartitionOutcomes(
              1,
              partition,
              records,
              records,
              (long) rated,
              (long) DUPLICATES_PER_PARTITION,
              0L,
              0L,
              0L,
              0L,
              0L,
              START,
              (long) voids,
              0L,
              0L,
              (long) voids);
      line.publish(Topics.USAGE_OUTCOMES, partition, "1/" + partition, outcomes);
    }
    landing = Landing.start(line.landing(LandingLimits.standard()), InstantSource.system());
    billing =
        Billing.start(
            new BillingConfig(line.endpoints(), line.clickHouseSettings(), "landing"),
            organization -> new TreeMap<>(TALLIES.getOrDefault(organization, Map.of())),
            () -> Optional.of(landing.status()),
            InstantSource.system());
    listener =
        HttpListener.start(
            ListenerConfig.onLoopback(0),
            List.of(billing, landing),
            new Principals(List.of(BillingIT::principal), InstantSource.system()),
            new SimpleMeterRegistry());
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                billing.health().up()
                    && get("/v1/platform/landing", OPERATOR).path("landed_rows").asLong()
                        == EVENTS + 2 * VOIDED
                    && get("/v1/platform/landing", OPERATOR).path("complete_through").isNumber());
  }

  @AfterAll
  static void stop() {
    listener.close();
    billing.close();
    landing.close();
    line.close();
  }

  private static void tenants() {
    line.publish(
        Topics.ORGANIZATIONS,
        null,
        "acme",
        new Organization(
            "acme",
            "Acme Corporation",
            "Europe/Berlin",
            "USD",
            Instant.EPOCH,
            null,
            1,
            List.of(),
            false));
    line.publish(
        Topics.WORKSPACES,
        null,
        "research",
        new Workspace(
            "research", "acme", "Research", Instant.EPOCH, null, 1, List.of(), false, Map.of()));
  }

  private static Optional<Principal> principal(String hash) {
    if (hash.equals(new Secret(OPERATOR).hash())) {
      return Optional.of(
          new Principal(
              hash,
              PrincipalKind.OPERATOR,
              "operator",
              null,
              null,
              List.of(Principals.OWNS_ORGANIZATIONS),
              Instant.EPOCH,
              null,
              1,
              List.of(),
              List.of()));
    }
    if (hash.equals(new Secret(ADMIN).hash())) {
      return Optional.of(
          new Principal(
              hash,
              PrincipalKind.ADMIN_KEY,
              "admin",
              "acme",
              null,
              List.of(),
              Instant.EPOCH,
              null,
              1,
              List.of(),
              List.of()));
    }
    return Optional.empty();
  }

  /** Two workspaces, two models, one event a minute from ten o'clock on. */
  private static RatedUsages usage(int i) {
    return RatedUsages.rated()
        .id("event-" + i)
        .workspace(i % 2 == 0 ? "research" : "product")
        .model(i % 5 == 0 ? "gpt-5-mini" : "gpt-5")
        .at(START.plusSeconds(60L * i))
        .units(Meter.INPUT, i)
        .units(Meter.CACHE_READ, 7)
        .rate(Meter.CACHE_READ, "0.125")
        .units(Meter.REQUEST, 1);
  }

  /** Of an event that was taken back the topologies keep a sum of nothing. */
  private static void tally(int i, int times) {
    BigDecimal picos =
        BigDecimal.valueOf(times * (1_250_000L * i + 10_000_000L * 100 + 125_000L * 7));
    HourTotals one =
        new HourTotals(
            times,
            Map.of(
                "input",
                (long) times * i,
                "output",
                times * 100L,
                "cache_read",
                times * 7L,
                "request",
                (long) times),
            Money.of(picos.movePointLeft(12)));
    TALLIES
        .computeIfAbsent(new OrganizationId("acme"), none -> new HashMap<>())
        .merge(START.plusSeconds(60L * i).truncatedTo(ChronoUnit.HOURS), one, HourTotals::plus);
  }

  @Test
  void usageIsToldByProjectAndModel() {
    JsonNode page =
        get(
            "/v1/organization/usage/completions?start_time=%d&bucket_width=1d&group_by[]=project_id&group_by[]=model&limit=31"
                .formatted(START.getEpochSecond()),
            ADMIN);
    long requests = 0;
    long input = 0;
    for (JsonNode bucket : page.path("data")) {
      for (JsonNode result : bucket.path("results")) {
        requests += result.path("num_model_requests").asLong();
        input += result.path("input_tokens").asLong();
        assertThat(result.path("project_id").asText()).isIn("research", "product");
        assertThat(result.path("input_cached_tokens").asLong())
            .isEqualTo(7 * result.path("num_model_requests").asLong());
        assertThat(result.path("api_key_id").isNull()).isTrue();
      }
    }
    assertThat(requests).isEqualTo(EVENTS);
    assertThat(input).isEqualTo(499_500 + 7 * EVENTS);
    assertThat(page.path("complete_through").isNumber()).isTrue();
  }

  @Test
  void filtersAndPagesCutWhatIsAsked() {
    String query =
        "/v1/organization/usage/completions?start_time=%d&end_time=%d&bucket_width=1h&limit=2&project_ids=research&models[]=gpt-5"
            .formatted(START.getEpochSecond(), START.plusSeconds(3 * 3_600).getEpochSecond());
    JsonNode first = get(query, ADMIN);
    assertThat(first.path("data")).hasSize(2);
    assertThat(first.path("has_more").asBoolean()).isTrue();
    assertThat(first.at("/data/0/results/0/num_model_requests").asLong()).isEqualTo(24);
    JsonNode second = get(query + "&page=" + first.path("next_page").asText(), ADMIN);
    assertThat(second.path("data")).hasSize(1);
    assertThat(second.at("/data/0/start_time").asLong())
        .isEqualTo(START.plusSeconds(7_200).getEpochSecond());
    assertThat(second.path("has_more").asBoolean()).isFalse();
  }

  @Test
  void costsAddUpToThePicodollar() {
    JsonNode page =
        get(
            "/v1/organization/costs?start_time=%d&group_by=line_item&limit=180"
                .formatted(START.getEpochSecond()),
            ADMIN);
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode bucket : page.path("data")) {
      for (JsonNode result : bucket.path("results")) {
        sum = sum.add(new BigDecimal(result.at("/amount/value_exact").textValue()));
        assertThat(result.path("line_item").asText())
            .matches("gpt-5(-mini)?, (input|output|cache_read|request)");
        assertThat(result.at("/amount/currency").asText()).isEqualTo("usd");
      }
    }
    assertThat(sum).isEqualByComparingTo(cost.value());
  }

  @Test
  void wrongQuestionsNameFieldAndRule() {
    assertThat(status("/v1/organization/costs", ADMIN)).isEqualTo(400);
    assertThat(get("/v1/organization/costs", ADMIN).at("/error/param").asText())
        .isEqualTo("start_time");
    JsonNode group = get("/v1/organization/usage/completions?start_time=1&group_by=user_id", ADMIN);
    assertThat(group.at("/error/message").asText())
        .contains("group_by")
        .contains("project_id, api_key_id, model");
    assertThat(
            get("/v1/organization/usage/completions?start_time=1&user_ids=u", ADMIN)
                .at("/error/message")
                .asText())
        .contains("not supported");
    assertThat(status("/v1/organization/invoices/2026-13", ADMIN)).isEqualTo(400);
    assertThat(status("/v1/platform/reconciliation", ADMIN)).isEqualTo(403);
    assertThat(
            status("/v1/organization/invoices/2026-10", OPERATOR, "OpenAI-Organization", "nobody"))
        .isEqualTo(404);
  }

  @Test
  void theInvoiceIsTheSameBytesEachTime() {
    String first = body("/v1/organization/invoices/2026-10", ADMIN);
    assertThat(body("/v1/organization/invoices/2026-10", ADMIN)).isEqualTo(first);
    assertThat(body("/v1/organization/invoices/2026-10", OPERATOR, "OpenAI-Organization", "acme"))
        .isEqualTo(first);
    JsonNode invoice = json(first);
    assertThat(invoice.path("total_exact").asText()).isEqualTo(cost.toString());
    assertThat(invoice.at("/workspaces/1/name").asText()).isEqualTo("Research");
    assertThat(invoice.at("/workspaces/0/lines")).hasSize(6);
    String text = body("/v1/organization/invoices/2026-10", ADMIN, "Accept", "text/plain");
    assertThat(text)
        .startsWith("INVOICE (draft) 2026-10\n")
        .contains("Research (research)")
        .contains("TOTAL");
    assertThat(json(body("/v1/organization/invoices/2026-09", ADMIN)).path("total").asText())
        .isEqualTo("0.00");
  }

  @Test
  void reconciliationBalancesAndFindsEachFault() throws Exception {
    JsonNode clean = reconcile();
    assertThat(clean.path("balanced").asBoolean()).as(clean.toPrettyString()).isTrue();
    assertThat(clean.at("/totals/rated").asLong()).isEqualTo(EVENTS + VOIDED);
    assertThat(clean.at("/totals/voids").asLong()).isEqualTo(VOIDED);
    assertThat(clean.at("/totals/reversals").asLong()).isEqualTo(VOIDED);
    assertThat(clean.at("/totals/requests").asLong()).isEqualTo(EVENTS);
    assertThat(clean.at("/totals/duplicate").asLong())
        .isEqualTo((long) DUPLICATES_PER_PARTITION * Line.PARTITIONS);
    assertThat(clean.at("/totals/costs/0/cost").asText()).isEqualTo(cost.toString());

    mutate(
        "CREATE TABLE saved ENGINE = Memory AS SELECT * FROM usage_rated WHERE event_id ="
            + " 'event-77'");

    mutate(
        "ALTER TABLE usage_rated DELETE WHERE event_id = 'event-77' SETTINGS mutations_sync = 1");
    assertFault(reconcile(), "requests", "-1");
    assertFault(reconcile(), "row", "-1");
    mutate("INSERT INTO usage_rated SELECT * FROM saved");
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();

    mutate("INSERT INTO usage_rated SELECT * FROM saved SETTINGS insert_deduplicate = 0");
    assertFault(reconcile(), "requests", "1");
    assertFault(reconcile(), "row", "1");
    mutate(
        "ALTER TABLE usage_rated DELETE WHERE event_id = 'event-77' SETTINGS mutations_sync = 1");
    mutate("INSERT INTO usage_rated SELECT * FROM saved SETTINGS insert_deduplicate = 0");
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();

    mutate(
        "ALTER TABLE usage_rated UPDATE cost = cost + toDecimal128('0.000000000001', 12)"
            + " WHERE event_id = 'event-77' SETTINGS mutations_sync = 1");
    assertFault(reconcile(), "cost", "0.000000000001");
    assertFault(reconcile(), "row.cost", "0.000000000001");
    mutate(
        "ALTER TABLE usage_rated DELETE WHERE event_id = 'event-77' SETTINGS mutations_sync = 1");
    mutate("INSERT INTO usage_rated SELECT * FROM saved SETTINGS insert_deduplicate = 0");
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();
  }

  @Test
  void reconciliationFindsAReversalThatWasLostTurnedOrChanged() {
    String one = "correction_id = 'void-" + EVENTS + "' AND kind = 'reversal'";
    mutate("CREATE TABLE reversal ENGINE = Memory AS SELECT * FROM usage_rated WHERE " + one);
    String remove = "ALTER TABLE usage_rated DELETE WHERE " + one + " SETTINGS mutations_sync = 1";
    String restore =
        "INSERT INTO usage_rated SELECT * FROM reversal SETTINGS insert_deduplicate = 0";

    mutate(remove);
    assertThat(measures(reconcile())).contains("reversals", "requests", "cost", "row");
    mutate(restore);
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();

    mutate(
        "ALTER TABLE usage_rated UPDATE kind = 'usage' WHERE "
            + one
            + " SETTINGS mutations_sync = 1");
    assertThat(measures(reconcile())).contains("rated", "reversals", "requests");
    mutate(
        "ALTER TABLE usage_rated DELETE WHERE correction_id = 'void-"
            + EVENTS
            + "' SETTINGS mutations_sync = 1");
    mutate(restore);
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();

    mutate(
        "ALTER TABLE usage_rated UPDATE cost = cost - toDecimal128('0.000000000001', 12) WHERE "
            + one
            + " SETTINGS mutations_sync = 1");
    assertThat(measures(reconcile())).contains("cost", "row.cost");
    mutate(remove);
    mutate(restore);
    assertThat(reconcile().path("balanced").asBoolean()).isTrue();
  }

  private static List<String> measures(JsonNode reconciliation) {
    assertThat(reconciliation.path("incomplete").asBoolean()).isFalse();
    List<String> measures = new ArrayList<>();
    reconciliation
        .path("differences")
        .forEach(difference -> measures.add(difference.path("measure").asText()));
    return measures;
  }

  /** Event 77 ran at 11:17. */
  private static void assertFault(JsonNode reconciliation, String measure, String difference) {
    assertThat(reconciliation.path("balanced").asBoolean()).isFalse();
    assertThat(reconciliation.path("incomplete").asBoolean()).isFalse();
    assertThat(reconciliation.path("differences"))
        .as(reconciliation.toPrettyString())
        .anySatisfy(
            one -> {
              assertThat(one.path("measure").asText()).isEqualTo(measure);
              assertThat(one.path("organization_id").asText()).isEqualTo("acme");
              assertThat(one.path("hour").asText()).isEqualTo("2026-10-05T11:00:00Z");
              assertThat(new BigDecimal(one.path("difference").asText()))
                  .isEqualByComparingTo(difference);
            });
  }

  private static JsonNode reconcile() {
    return get("/v1/platform/reconciliation?wait_seconds=20", OPERATOR);
  }

  private static void mutate(String sql) {
    try (ClickHouse table = new ClickHouse(line.clickHouseSettings())) {
      table.query(new SqlStatement(sql, List.of()), row -> true);
    }
  }

  private static JsonNode get(String path, String secret) {
    return json(body(path, secret));
  }

  private static JsonNode json(String body) {
    return StrictJson.read(body.getBytes(java.nio.charset.StandardCharsets.UTF_8), JsonNode.class);
  }

  private static String body(String path, String secret, String... headers) {
    return send(path, secret, headers).body();
  }

  private static int status(String path, String secret, String... headers) {
    return send(path, secret, headers).statusCode();
  }

  private static HttpResponse<String> send(String path, String secret, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:"
                        + listener.port()
                        + path.replace("[", "%5B").replace("]", "%5D")))
            .header("Authorization", "Bearer " + secret)
            .timeout(Duration.ofSeconds(60));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
