package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.TopicVerification.Difference;
import io.tollgate.governance.TopicVerification.Kind;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Puts onto topics what the tables do not say, and has it found and mended. */
@ExtendWith(SharedStack.class)
class TopicVerificationIT {
  private static final Duration ARRIVES = Duration.ofSeconds(30);

  /** Other tests of this module write to the same topics from databases of their own. */
  private static final String OWN = "held";

  @Test
  void findsAndMendsWhatIsMissingSurplusOrDifferent(@TempDir Path folder) throws Exception {
    GovernanceConfig config = SharedStack.config("topics", folder);
    try (RunningGovernance running = new RunningGovernance(config);
        Database database = Database.connect(config.database())) {
      fill(running.operator());
      TopicVerification verification =
          new TopicVerification(database, config.kafka(), InstantSource.system());
      TopicVerification.Report clean = verification.verify();
      assertThat(own(clean)).isEmpty();
      assertThat(clean.differences())
          .as("what a secret opens is there for each of this database's")
          .noneMatch(
              one -> one.topic().equals(Topics.PRINCIPALS.name()) && one.kind() != Kind.SURPLUS);
      assertThat(clean.records()).isGreaterThanOrEqualTo(8);

      Budget budget =
          running.published(Topics.BUDGETS, "held-b1", found -> found.isPresent()).orElseThrow();
      PriceBookRecord page =
          running
              .published(Topics.PRICE_BOOKS, "held-o/2/0", found -> found.isPresent())
              .orElseThrow();
      put(config, Topics.ORGANIZATIONS, "held", null);
      put(config, Topics.BUDGETS, "held-b1", Budget.newBuilder(budget).setHard(true).build());
      put(
          config,
          Topics.BUDGETS,
          "held-b9",
          Budget.newBuilder(budget).setBudgetId("held-b9").build());
      put(config, Topics.PRICE_BOOKS, "held-o/1/1", null);
      put(config, Topics.PRICE_BOOKS, "held-o/2/0", dearer(page));
      put(config, Topics.PRICE_BOOKS, "held-o/3/0", page);

      assertThat(own(verification.republish()))
          .containsExactly(
              new Difference("governance.organizations", "held", Kind.MISSING),
              new Difference("governance.budgets", "held-b1", Kind.DIFFERENT),
              new Difference("governance.budgets", "held-b9", Kind.SURPLUS),
              new Difference("governance.price_books", "held-o/1/1", Kind.MISSING),
              new Difference("governance.price_books", "held-o/2/0", Kind.DIFFERENT),
              new Difference("governance.price_books", "held-o/3/0", Kind.SURPLUS));
      await().atMost(ARRIVES).until(() -> own(verification.verify()).isEmpty());
    }
  }

  private static PriceBookRecord dearer(PriceBookRecord page) {
    PriceRate rate = page.getRates().getFirst();
    return PriceBookRecord.newBuilder(page)
        .setRates(
            List.of(PriceRate.newBuilder(rate).setRate(rate.getRate().add(BigDecimal.ONE)).build()))
        .build();
  }

  /** Pages of rates and of aliases, fallbacks, a plan that is followed, and a derivation. */
  private static void fillPrices(Api operator) {
    String books = "/v1/platform/price_books";
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    String soon = now.plus(Duration.ofHours(1)).toString();
    String later = now.plus(Duration.ofHours(2)).toString();
    operator.post(books, "{'id':'held-pl','currency':'USD','plan':true}");
    operator.post(books, "{'id':'held-o','currency':'USD','organization_id':'held'}");
    String rates =
        IntStream.range(0, 501)
            .mapToObj(
                i ->
                    "{'provider':'p','model':'m%d','meter':'%s','rate':'0.25'}"
                        .formatted(i, i % 2 == 0 ? "input" : "output"))
            .collect(Collectors.joining(","));
    String plan =
        ("{'effective_from':'%s','rates':[{'provider':'p','model':'m0','meter':'input','rate':'1'},"
                + "{'provider':'q','model':'m0','meter':'input','rate':'2'}]}")
            .formatted(soon);
    Api.Response published = operator.post(books + "/held-pl/versions", plan);
    assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
    String first =
        ("{'effective_from':'%s','rates':[%s],'plan':'held-pl',"
                + "'aliases':[{'provider':'p','alias':'n*','model':'m0'}],"
                + "'meter_fallbacks':{'reasoning':'output','cache_read':'input'},"
                + "'service_tier_fallbacks':{'flex':'batch','batch':'standard'}}")
            .formatted(soon, rates);
    published = operator.post(books + "/held-o/versions", first);
    assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
    String second =
        ("{'effective_from':'%s','derived_from':{'price_book_id':'held-pl','version':1,"
                + "'adjustments':[{'provider':'p','percent':'12.5'},{'percent':'-50'}]}}")
            .formatted(later);
    published = operator.post(books + "/held-o/versions", second);
    assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
  }

  private static void fill(Api operator) {
    operator.post(
        "/v1/platform/organizations",
        "{'id':'held','name':'N','time_zone':'UTC','currency':'USD'}");
    Api held = operator.on("held");
    held.post("/v1/organization/projects", "{'id':'held-p','name':'P'}");
    held.post("/v1/organization/projects/held-p/api_keys", "{'id':'held-k','name':'K'}");
    held.post("/v1/organization/projects/held-p/api_keys/held-k/rotate", "{}");
    held.post("/v1/organization/projects/held-p/api_keys", "{'id':'held-e','name':'E'}");
    held.delete("/v1/organization/projects/held-p/api_keys/held-e");
    held.post("/v1/organization/projects/held-p/service_accounts", "{'name':'S'}");
    String token =
        held.post(
                "/v1/organization/invites",
                "{'email':'held@example.com','tollgate_role':'member',"
                    + "'projects':[{'id':'held-p','tollgate_role':'editor'}]}")
            .text("/token");
    Api.Response person =
        held.post("/v1/organization/invites/accept", "{'token':'" + token + "','name':'Held'}");
    assertThat(person.status()).isEqualTo(201);
    assertThat(
            held.patch(
                    "/v1/organization/config",
                    "{'routing':{'z':[1,null,{'b':1,'a':2}],'a':'x'},'caching':{'on':true}}")
                .status())
        .isEqualTo(200);
    held.put("/v1/organization/limits", "{'requests_per_minute':100}");
    held.put("/v1/organization/projects/held-p/limits", "{'requests_per_minute':10}");
    held.delete("/v1/organization/projects/held-p/limits");
    String budget = "{'id':'%s','name':'B','amount':'10.5','period':'month'}";
    held.post("/v1/organization/budgets", budget.formatted("held-b1"));
    held.patch("/v1/organization/budgets/held-b1", "{'thresholds':['0.5','1']}");
    held.post("/v1/organization/budgets", budget.formatted("held-b2"));
    held.delete("/v1/organization/budgets/held-b2");
    operator.put("/v1/platform/organizations/held/wallet", "{'low_balance':['50','10']}");
    operator.post(
        "/v1/platform/organizations/held/wallet/credits",
        "{'id':'held-c','amount':'100','reason':'R'}");
    operator.post(
        "/v1/platform/write_offs",
        "{'id':'held-w','provider':'p','model':'m','reason':'r','organization_id':'held'}");
    fillPrices(operator);
    held.post("/v1/organization/projects", "{'id':'held-q','name':'Q'}");
    held.post("/v1/organization/projects/held-q/archive", "{}");
  }

  private static List<Difference> own(TopicVerification.Report report) {
    return report.differences().stream().filter(one -> one.key().startsWith(OWN)).toList();
  }

  private static <V extends SpecificRecord> void put(
      GovernanceConfig config,
      Topic<V> topic,
      String key,
      @org.jspecify.annotations.Nullable V value)
      throws Exception {
    Map<String, Object> settings =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.kafka().bootstrapServers());
    AvroSerde<V> serde = AvroSerde.of(topic, RegistryClient.at(config.kafka().registry()));
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      byte[] bytes = value == null ? null : serde.encode(value);
      producer.send(new ProducerRecord<>(topic.name(), key, bytes)).get(20, TimeUnit.SECONDS);
    }
  }
}
