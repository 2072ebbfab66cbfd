package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.http.Secret;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SharedStack.class)
class GovernanceIT {
  private static final Duration ARRIVES = Duration.ofSeconds(20);
  private static final String NEW_ORGANIZATION =
      "{'id':'%s','name':'%s','time_zone':'Europe/Berlin','currency':'USD'}";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("tree", Objects.requireNonNull(folder)));
    operator = running.operator();
    operator().post("/v1/platform/organizations", NEW_ORGANIZATION.formatted("acme", "Acme"));
    operator().post("/v1/platform/organizations", NEW_ORGANIZATION.formatted("globex", "Globex"));
    acme().post("/v1/organization/projects", "{'id':'acme-prod','name':'Production'}");
    acme()
        .post("/v1/organization/projects/acme-prod/api_keys", "{'id':'acme-key','name':'Gateway'}");
    acme().post("/v1/organization/projects", "{'id':'acme-empty','name':'Empty'}");
    operator().on("globex").post("/v1/organization/projects", "{'id':'globex-prod','name':'P'}");
    operator()
        .on("globex")
        .post("/v1/organization/projects/globex-prod/api_keys", "{'id':'globex-key','name':'G'}");
    operator().post("/v1/platform/price_books", "{'id':'taken','currency':'USD'}");
  }

  @AfterAll
  static void stop() {
    running().close();
  }

  private static RunningGovernance running() {
    return Objects.requireNonNull(running);
  }

  private static Api operator() {
    return Objects.requireNonNull(operator);
  }

  private static Api acme() {
    return operator().on("acme");
  }

  private static <V extends SpecificRecord> V published(Topic<V> topic, String key) {
    try (CompactedView<V> view = running().view(topic)) {
      await().atMost(ARRIVES).until(() -> view.get(key).isPresent());
      return view.get(key).orElseThrow();
    }
  }

  @Test
  void publishesAWholeTree() {
    Api.Response organization =
        operator()
            .post(
                "/v1/platform/organizations",
                "{'name':'Initech','time_zone':'America/New_York','currency':'EUR'}");
    assertThat(organization.status()).isEqualTo(201);
    String org = organization.text("/id");
    assertThat(org).startsWith("org_");
    Api.Response admin =
        operator()
            .post("/v1/platform/organizations/" + org + "/admin_api_keys", "{'name':'Finance'}");
    assertThat(admin.status()).isEqualTo(201);
    Api initech = operator().as(admin.text("/value"));
    Api.Response project = initech.post("/v1/organization/projects", "{'name':'Chat'}");
    assertThat(project.status()).as("the admin key works at once").isEqualTo(201);
    String proj = project.text("/id");
    Api.Response key =
        initech.post(
            "/v1/organization/projects/" + proj + "/api_keys",
            "{'name':'Gateway','scopes':['events:write','usage:read']}");
    Api.Response budget =
        initech.post(
            "/v1/organization/projects/" + proj + "/budgets",
            "{'name':'Monthly','amount':'1000.50','period':'month','thresholds':['1','0.8'],"
                + "'hard':true,'api_key_id':'"
                + key.text("/id")
                + "'}");

    assertThat(project.text("/object")).isEqualTo("organization.project");
    assertThat(project.text("/status")).isEqualTo("active");
    assertThat(key.text("/object")).isEqualTo("organization.project.api_key");
    assertThat(budget.body().path("thresholds").toString()).isEqualTo("[\"0.8\",\"1\"]");
    assertThat(budget.text("/amount")).isEqualTo("1000.5");
    assertThat(published(Topics.ORGANIZATIONS, org).getTimeZone()).isEqualTo("America/New_York");
    assertThat(published(Topics.WORKSPACES, proj).getOrganizationId()).isEqualTo(org);
    ApiKey apiKey = published(Topics.API_KEYS, key.text("/id"));
    assertThat(apiKey.getWorkspaceId()).isEqualTo(proj);
    Budget onKey = published(Topics.BUDGETS, budget.text("/id"));
    assertThat(onKey.getScope()).isEqualTo(ScopeKind.API_KEY);
    assertThat(onKey.getAmount()).isEqualTo(new BigDecimal("1000.500000000000"));
    assertThat(onKey.getThresholds())
        .containsExactly(new BigDecimal("0.800000"), new BigDecimal("1.000000"));
    assertThat(onKey.getCurrency()).isEqualTo("EUR");
    Principal principal = published(Topics.PRINCIPALS, new Secret(key.text("/value")).hash());
    assertThat(principal.getKind()).isEqualTo(PrincipalKind.API_KEY);
    assertThat(principal.getScopes()).containsExactly("events:write", "usage:read");
    assertThat(principal.getValidFrom()).isEqualTo(apiKey.getValidFrom());
  }

  @Test
  void showsASecretOnce() {
    Api.Response made =
        acme().post("/v1/organization/projects/acme-prod/api_keys", "{'name':'Once'}");
    Api.Response list = acme().get("/v1/organization/projects/acme-prod/api_keys?limit=100");

    String secret = made.text("/value");
    assertThat(secret).startsWith("tg-");
    assertThat(list.body().toString())
        .doesNotContain(secret)
        .contains(made.text("/redacted_value"));
    assertThat(made.text("/redacted_value")).isEqualTo(new Secret(secret).redacted());
  }

  @Test
  void publishesAPriceVersionInPages() {
    operator().post("/v1/platform/price_books", "{'id':'paged','currency':'USD'}");
    StringBuilder rates = new StringBuilder();
    for (int i = 0; i < 1_200; i++) {
      rates
          .append(i == 0 ? "" : ",")
          .append("{'provider':'p','model':'m-" + i + "','meter':'input','rate':'0.000001'}");
    }
    Api.Response version =
        operator()
            .post(
                "/v1/platform/price_books/paged/versions",
                "{'effective_from':'2020-01-01T00:00:00Z','rates':[" + rates + "]}");

    assertThat(version.status()).as(version.body().toString()).isEqualTo(201);
    assertThat(version.text("/rates")).isEqualTo("1200");
    assertThat(published(Topics.PRICE_BOOKS, "paged/1/3").getClose()).isNotNull();
    PublishedPrices readers = new PublishedPrices();
    for (int page = 0; page <= 3; page++) {
      readers.accept(published(Topics.PRICE_BOOKS, "paged/1/" + page));
    }
    assertThat(readers.snapshot().versions()).isEqualTo(1);
    Api.Response tooSoon =
        operator()
            .post(
                "/v1/platform/price_books/paged/versions",
                "{'effective_from':'2021-01-01T00:00:00Z','rates':[{'provider':'p','model':'m',"
                    + "'meter':'input','rate':'1'}]}");
    assertThat(tooSoon.status()).isEqualTo(400);
    assertThat(tooSoon.text("/error/param")).isEqualTo("effective_from");
    Api.Response later =
        operator()
            .post(
                "/v1/platform/price_books/paged/versions",
                "{'effective_from':'2190-01-01T00:00:00Z','rates':[{'provider':'p','model':'m',"
                    + "'meter':'input','rate':'1','context_over':200000,'service_tier':'batch'}]}");
    assertThat(later.text("/version")).isEqualTo("2");
    JsonNode versions =
        operator().get("/v1/platform/price_books/paged/versions").body().path("data");
    assertThat(versions.findValuesAsText("version")).containsExactly("1", "2");
  }

  @Test
  void pricesAPricedPastOnlyByDecisionAndCorrectsOnceEveryoneHasIt() {
    String versions = "/v1/platform/price_books/past/versions";
    String rates = "'rates':[{'provider':'p','model':'m','meter':'input','rate':'%s'}]}";
    String reRate =
        "{'organization_id':'acme','from':'2020-01-01T00:00:00Z','to':'2021-01-01T00:00:00Z',"
            + "'price_book_id':'past','version':%d,'reason':'Contract of May'}";
    operator().post("/v1/platform/price_books", "{'id':'past','currency':'USD'}");
    operator().post(versions, "{'effective_from':'2020-01-01T00:00:00Z'," + rates.formatted("1"));
    Api.Response refused =
        operator()
            .post(versions, "{'effective_from':'2020-06-01T00:00:00Z'," + rates.formatted("2"));
    Api.Response decided =
        operator()
            .post(
                versions,
                "{'effective_from':'2020-06-01T00:00:00Z','retroactive_reason':'Contract of May',"
                    + rates.formatted("2"));
    Api.Response tooSoon = operator().post("/v1/platform/re_rates", reRate.formatted(2));
    Api.Response unknown = operator().post("/v1/platform/re_rates", reRate.formatted(9));
    Api.Response backwards =
        operator().post("/v1/platform/re_rates", reRate.formatted(2).replace("2020-", "2022-"));

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("/error/message")).contains("retroactive_reason");
    assertThat(decided.status()).as(decided.body().toString()).isEqualTo(201);
    assertThat(decided.text("/retroactive_reason")).isEqualTo("Contract of May");
    assertThat(tooSoon.status()).isEqualTo(400);
    assertThat(tooSoon.text("/error/message")).contains("every instance has it from");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(backwards.text("/error/param")).isEqualTo("to");
    assertThat(operator().get("/v1/platform/re_rates").status()).isEqualTo(200);
    assertThat(running().audited("price_book.version_published_retroactively", "past/2")).isOne();
  }

  @Test
  void derivesAPlanFollowsItAndShowsWhatWasResolved() {
    operator()
        .post(
            "/v1/platform/organizations",
            "{'id':'planned','name':'p','time_zone':'UTC','currency':'USD'}");
    operator().post("/v1/platform/price_books", "{'id':'plan-base','currency':'USD'}");
    operator().post("/v1/platform/price_books", "{'id':'plan-gold','currency':'USD','plan':true}");
    operator()
        .post(
            "/v1/platform/price_books",
            "{'id':'plan-deal','currency':'USD','organization_id':'planned'}");
    Api.Response base =
        operator()
            .post(
                "/v1/platform/price_books/plan-base/versions",
                "{'effective_from':'2020-01-01T00:00:00Z','rates':[{'provider':'p','model':'m*',"
                    + "'meter':'output','rate':'2.5'}],'aliases':[{'provider':'p','alias':'n',"
                    + "'model':'m*'}],'meter_fallbacks':{'reasoning':'output'}}");
    Api.Response early =
        operator()
            .post(
                "/v1/platform/price_books/plan-deal/versions",
                "{'effective_from':'2190-01-01T00:00:00Z','plan':'plan-gold'}");
    Api.Response inexact =
        operator()
            .post(
                "/v1/platform/price_books/plan-gold/versions",
                "{'effective_from':'2189-01-01T00:00:00Z','derived_from':{'price_book_id':"
                    + "'plan-base','version':1,'adjustments':[{'percent':'0.0001'}]}}");
    Api.Response gold =
        operator()
            .post(
                "/v1/platform/price_books/plan-gold/versions",
                "{'effective_from':'2189-01-01T00:00:00Z','derived_from':{'price_book_id':"
                    + "'plan-base','version':1,'adjustments':[{'meter':'output','percent':'10'}]}}");
    Api.Response deal =
        operator()
            .post(
                "/v1/platform/price_books/plan-deal/versions",
                "{'effective_from':'2190-01-01T00:00:00Z','plan':'plan-gold'}");

    assertThat(base.status()).as(base.body().toString()).isEqualTo(201);
    assertThat(base.text("/rates")).isEqualTo("2");
    assertThat(early.text("/error/param")).isEqualTo("plan");
    assertThat(inexact.status()).as("2.5 × 1.000001 = 2.5000025").isEqualTo(400);
    assertThat(inexact.text("/error/message")).contains("2.5000025");
    assertThat(gold.status()).as(gold.body().toString()).isEqualTo(201);
    assertThat(gold.text("/derived_from/adjustments/0/percent")).isEqualTo("10");
    assertThat(deal.status()).as(deal.body().toString()).isEqualTo(201);
    assertThat(deal.text("/plan")).isEqualTo("plan-gold");
    JsonNode rates =
        operator().get("/v1/platform/price_books/plan-gold/versions/1/rates").body().path("data");
    assertThat(rates.findValuesAsText("meter")).containsExactly("output", "reasoning");
    assertThat(rates.findValuesAsText("rate")).containsExactly("2.750000", "2.500000");
    JsonNode second =
        operator()
            .get("/v1/platform/price_books/plan-gold/versions/1/rates?limit=1&after=plan-gold/1/0")
            .body()
            .path("data");
    assertThat(second.findValuesAsText("meter")).containsExactly("reasoning");
    assertThat(
            operator()
                .get("/v1/platform/price_books/plan-base/versions")
                .text("/data/0/meter_fallbacks/reasoning"))
        .isEqualTo("output");
    assertThat(published(Topics.PRICE_BOOKS, "plan-base/1/1").getAliases()).hasSize(1);
    assertThat(published(Topics.PRICE_BOOKS, "plan-deal/1/0").getClose().getFollowsPlan())
        .isEqualTo("plan-gold");
  }

  @Test
  void opensABackfillOnce() {
    String path = "/v1/platform/backfills/trace-1";
    String body = "{'source':'trace-1','from':'2023-11-01T00:00:00Z','to':'2023-12-01T00:00:00Z'}";

    Api.Response first = operator().put(path, body);
    Api.Response again = operator().put(path, body);
    Api.Response other = operator().put(path, body.replace("}", ",'color':'red'}"));
    Api.Response changed = operator().put(path, body.replace("-12-01", "-12-02"));
    Api.Response taken = operator().put("/v1/platform/backfills/trace-2", body);

    assertThat(first.status()).isEqualTo(201);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(operator().get(path).body()).isEqualTo(first.body());
    assertThat(other.status()).isEqualTo(400);
    assertThat(changed.status()).isEqualTo(409);
    assertThat(taken.status()).isEqualTo(409);
    assertThat(taken.text("/error/param")).isEqualTo("source");
    assertThat(
            Duration.between(
                Instant.parse(first.text("/opened_at")), Instant.parse(first.text("/closes_at"))))
        .isEqualTo(Duration.ofDays(34));
    assertThat(published(Topics.BACKFILLS, "trace-1").getSource()).isEqualTo("trace-1");
  }

  @Test
  void listsInPages() {
    Set<String> made = new TreeSet<>();
    for (int i = 0; i < 7; i++) {
      made.add(
          acme()
              .post("/v1/organization/budgets", "{'name':'B','amount':'1','period':'total'}")
              .text("/id"));
    }
    Set<String> seen = new TreeSet<>();
    String after = "";
    int pages = 0;
    boolean more = true;
    while (more && pages < 50) {
      Api.Response page = acme().get("/v1/organization/budgets?limit=3" + after);
      page.body()
          .path("data")
          .forEach(budget -> assertThat(seen.add(budget.path("id").asText())).isTrue());
      after = "&after=" + page.text("/last_id");
      more = page.body().path("has_more").asBoolean();
      pages++;
    }

    assertThat(seen).containsAll(made);
    assertThat(pages).isGreaterThanOrEqualTo(3);
    Api.Response empty = acme().get("/v1/organization/projects/acme-empty/api_keys");
    assertThat(empty.body().toString())
        .isEqualTo(
            "{\"object\":\"list\",\"data\":[],\"first_id\":null,\"last_id\":null,\"has_more\":false}");
  }

  @Test
  void givesAnIdToOneOfMany() throws Exception {
    List<Callable<Integer>> attempts = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      attempts.add(
          () ->
              acme()
                  .post("/v1/organization/projects", "{'id':'contested','name':'Contested'}")
                  .status());
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> status : executor.invokeAll(attempts)) {
        statuses.add(status.get());
      }
    }

    assertThat(statuses).containsOnly(201, 409).containsOnlyOnce(201);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /v1/platform/organizations | {'name':'','time_zone':'UTC','currency':'USD'}                    | 400 | name
          /v1/platform/organizations | {'name':'x','time_zone':'Mars/Base','currency':'USD'}             | 400 | time_zone
          /v1/platform/organizations | {'name':'x','time_zone':'UTC','currency':'usd'}                   | 400 | currency
          /v1/platform/organizations | {'name':'x','time_zone':'UTC'}                                    | 400 | currency
          /v1/platform/organizations | {'name':'x','time_zone':'UTC','currency':'USD','plan':'gold'}     | 400 | plan
          /v1/platform/organizations | {'id':'a b','name':'x','time_zone':'UTC','currency':'USD'}        | 400 | id
          /v1/platform/organizations | {'id':'acme','name':'x','time_zone':'UTC','currency':'USD'}       | 409 | id
          /v1/platform/organizations | {'name':'x',                                                      | 400 | body
          /v1/platform/organizations/nobody/admin_api_keys | {'name':'x'}                                | 404 | organization_id
          /v1/organization/projects  | {'name':7}                                                        | 400 | name
          /v1/organization/projects  | {'name':'a\\u0000b'}                                              | 400 | name
          /v1/organization/projects  | {'id':'globex-prod','name':'x'}                                   | 409 | id
          /v1/organization/projects/globex-prod/api_keys | {'name':'x'}                                  | 404 | project_id
          /v1/organization/projects/acme-prod/api_keys | {'name':'x','scopes':['admin']}                 | 400 | scopes[0]
          /v1/organization/projects/acme-prod/api_keys | {'name':'x','scopes':[]}                        | 400 | scopes
          /v1/organization/projects/acme-prod/api_keys | {'id':'acme-key','name':'x'}                    | 409 | id
          /v1/organization/budgets   | {'name':'x','amount':'-1','period':'day'}                         | 400 | amount
          /v1/organization/budgets   | {'name':'x','amount':10,'period':'day'}                           | 400 | amount
          /v1/organization/budgets   | {'name':'x','amount':'0.0000000000001','period':'day'}            | 400 | amount
          /v1/organization/budgets   | {'name':'x','amount':'1','period':'hour'}                         | 400 | period
          /v1/organization/budgets   | {'name':'x','amount':'1','period':'day','thresholds':['0']}       | 400 | thresholds[0]
          /v1/organization/budgets   | {'name':'x','amount':'1','period':'day','currency':'EUR'}         | 400 | currency
          /v1/organization/budgets   | {'name':'x','amount':'1','period':'day','api_key_id':'globex-key'}| 404 | api_key_id
          /v1/organization/projects/acme-empty/budgets | {'name':'x','amount':'1','period':'day','api_key_id':'acme-key'} | 404 | api_key_id
          /v1/organization/projects/globex-prod/budgets | {'name':'x','amount':'1','period':'day'}       | 404 | project_id
          /v1/platform/price_books   | {'id':'taken','currency':'USD'}                                   | 409 | id
          /v1/platform/price_books   | {'currency':'EUR','organization_id':'acme'}                       | 400 | currency
          /v1/platform/price_books   | {'currency':'USD','organization_id':'nobody'}                     | 404 | organization_id
          /v1/platform/price_books/none/versions | {'effective_from':'2020-01-01T00:00:00Z','rates':[{'provider':'p','model':'m','meter':'input','rate':'1'}]} | 404 | id
          /v1/platform/price_books/taken/versions | {'effective_from':'2020-01-01T00:00:00Z','rates':[{'provider':'p','model':'gpt-*-x*','meter':'input','rate':'1'},{'provider':'p','model':'gpt-*y-*','meter':'input','rate':'2'}]} | 400 | model
          /v1/platform/price_books/taken/versions | {'effective_from':'2020-01-01T00:00:00Z','rates':[]} | 400 | rates
          /v1/platform/price_books/taken/versions | {'effective_from':'yesterday','rates':[{'provider':'p','model':'m','meter':'input','rate':'1'}]} | 400 | effective_from
          /v1/platform/price_books/taken/versions | {'effective_from':'2020-01-01T00:00:00Z','rates':[{'provider':'p','model':'m','meter':'input','rate':'1'},{'provider':'p','model':'m','meter':'output','rate':'0.0000001'}]} | 400 | rates[1].rate
          /v1/platform/price_books/taken/versions | {'effective_from':'2020-01-01T00:00:00Z','rates':[{'provider':'p','model':'m','meter':'inputs','rate':'1'}]} | 400 | rates[0].meter
          """)
  void refusesWrongInputByName(String path, String body, int status, String field) {
    Api caller = path.startsWith("/v1/platform") ? operator() : acme();
    Api.Response response = caller.post(path, body);

    assertThat(response.status()).as(response.body().toString()).isEqualTo(status);
    assertThat(response.text("/error/param")).isEqualTo(field);
    assertThat(response.text("/error/message")).contains(field);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/organization/projects/globex-prod",
    "/v1/organization/projects/globex-prod/api_keys",
    "/v1/organization/projects/globex-prod/budgets",
    "/v1/organization/projects/nothing",
    "/v1/platform/backfills/nothing",
    "/v1/platform/price_books/nothing/versions",
  })
  void hidesWhatIsForeign(String path) {
    Api caller = path.startsWith("/v1/platform") ? operator() : acme();

    assertThat(caller.get(path).status()).isEqualTo(404);
  }

  @Test
  void refusesAnUnknownPlaceInAList() {
    assertThat(acme().get("/v1/organization/projects?after=globex-prod").text("/error/param"))
        .isEqualTo("after");
    assertThat(acme().get("/v1/organization/projects?order=desc").status()).isEqualTo(400);
    assertThat(operator().on("nobody").get("/v1/organization/projects").status()).isEqualTo(404);
  }

  @Test
  void letsAnApiKeyGovernNothing() {
    String secret =
        acme()
            .post("/v1/organization/projects/acme-prod/api_keys", "{'name':'Weak'}")
            .text("/value");
    Api gateway = operator().as(secret);

    assertThat(gateway.get("/v1/organization/projects").status()).isEqualTo(403);
    assertThat(gateway.get("/v1/platform/organizations").status()).isEqualTo(403);
    assertThat(gateway.put("/v1/platform/backfills/x", "{}").status()).isEqualTo(403);
  }
}
