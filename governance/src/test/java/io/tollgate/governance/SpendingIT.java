package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.WriteOff;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Budgets, limits, wallets, credits and write-offs, from the request to the topic. */
@ExtendWith(SharedStack.class)
class SpendingIT {
  private static final String BUDGETS = "/v1/organization/budgets";
  private static final String LIMITS = "/v1/organization/limits";
  private static final String PROJECT = "/v1/organization/projects/prod";
  private static final String WALLET = "/v1/platform/organizations/seen/wallet";
  private static final String WRITE_OFFS = "/v1/platform/write_offs";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    GovernanceConfig usual = SharedStack.config("spending", Objects.requireNonNull(folder));
    running = new RunningGovernance(usual.withPriceLead(Duration.ZERO));
    operator = running.operator();
    for (String id : List.of("spender", "other", "prepaid", "crowd", "seen")) {
      operator()
          .post(
              "/v1/platform/organizations",
              "{'id':'" + id + "','name':'N','time_zone':'UTC','currency':'USD'}");
    }
    spender().post("/v1/organization/projects", "{'id':'prod','name':'P'}");
    spender().post(PROJECT + "/api_keys", "{'id':'prod-key','name':'K'}");
    spender().post("/v1/organization/projects", "{'id':'test','name':'T'}");
    other().post("/v1/organization/projects", "{'id':'other-prod','name':'P'}");
    other().post("/v1/organization/projects/other-prod/api_keys", "{'id':'other-key','name':'K'}");
    other().post(BUDGETS, "{'id':'other-budget','name':'B','amount':'1','period':'day'}");
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

  private static Api spender() {
    return operator().on("spender");
  }

  private static Api other() {
    return operator().on("other");
  }

  @Test
  void editsABudgetUnderItsVersionAndDeletesItForGood() {
    Api.Response made =
        spender()
            .post(
                PROJECT + "/budgets",
                "{'id':'b1','name':'Alice','amount':'10','period':'month','anchor_day':15,"
                    + "'subject_kind':'user','subject':'alice'}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    assertThat(made.tag()).isEqualTo("\"1\"");
    assertThat(made.text("/subject_kind")).isEqualTo("user");

    Api.Response edited =
        spender().ifMatch(made.tag()).patch(BUDGETS + "/b1", "{'amount':'20','hard':true}");
    Api.Response stale =
        spender().ifMatch(made.tag()).patch(BUDGETS + "/b1", "{'amount':'30','hard':false}");
    Api.Response wrong = spender().patch(BUDGETS + "/b1", "{'anchor_day':32}");
    Api.Response elsewhere =
        spender().patch("/v1/organization/projects/test/budgets/b1", "{'amount':'30'}");

    assertThat(edited.status()).as(edited.body().toString()).isEqualTo(200);
    assertThat(edited.tag()).isEqualTo("\"2\"");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.text("/error/message")).contains("\"2\"");
    assertThat(wrong.text("/error/param")).isEqualTo("anchor_day");
    assertThat(elsewhere.status()).isEqualTo(404);
    assertThat(spender().get(PROJECT + "/budgets/b1").body()).isEqualTo(edited.body());
    Budget published =
        running()
            .published(
                Topics.BUDGETS,
                "b1",
                budget -> budget.filter(one -> one.getVersion() == 2).isPresent())
            .orElseThrow();
    assertThat(published.getAmount()).isEqualByComparingTo("20");
    assertThat(published.getHard()).isTrue();
    assertThat(published.getScope()).isEqualTo(ScopeKind.WORKSPACE);
    assertThat(published.getSubjectKind()).isEqualTo(SubjectKind.USER);
    assertThat(published.getSubject()).isEqualTo("alice");
    assertThat(published.getAnchorDay()).isEqualTo(15);

    assertThat(spender().ifMatch("\"1\"").delete(BUDGETS + "/b1").status()).isEqualTo(412);
    Api.Response deleted = spender().delete(PROJECT + "/budgets/b1");

    assertThat(deleted.text("/deleted")).isEqualTo("true");
    assertThat(spender().get(BUDGETS + "/b1").status()).isEqualTo(404);
    assertThat(spender().delete(BUDGETS + "/b1").status()).isEqualTo(404);
    assertThat(spender().patch(BUDGETS + "/b1", "{}").status()).isEqualTo(404);
    assertThat(spender().get(PROJECT + "/budgets").body().toString()).doesNotContain("\"b1\"");
    assertThat(
            spender().post(BUDGETS, "{'id':'b1','name':'B','amount':'1','period':'day'}").status())
        .as("ids are never reused")
        .isEqualTo(409);
    running().published(Topics.BUDGETS, "b1", Optional::isEmpty);
    assertThat(running().audited("budget.created", "b1")).isOne();
    assertThat(running().audited("budget.updated", "b1")).isOne();
    assertThat(running().audited("budget.deleted", "b1")).isOne();
  }

  @Test
  void loosensNothingBelow() {
    Api.Response organization =
        spender()
            .put(
                LIMITS,
                "{'requests_per_minute':100,'tokens_per_day':1000000,"
                    + "'allowed_models':['gpt-*','claude-*']}");
    Api.Response looser = spender().put(PROJECT + "/limits", "{'requests_per_minute':101}");
    Api.Response otherModels =
        spender().put(PROJECT + "/limits", "{'allowed_models':['gpt-4*','gemini-*']}");
    Api.Response project =
        spender()
            .put(
                PROJECT + "/limits",
                "{'requests_per_minute':50,'tokens_per_minute':7,'allowed_models':['gpt-4*'],"
                    + "'denied_models':['gpt-4-32k']}");
    String key = PROJECT + "/api_keys/prod-key/limits";
    Api.Response keyLooser = spender().put(key, "{'tokens_per_minute':8}");
    Api.Response keyFine = spender().put(key, "{'requests_per_minute':50}");
    Api.Response tightened = spender().put(PROJECT + "/limits", "{'requests_per_minute':49}");

    assertThat(organization.status()).as(organization.body().toString()).isEqualTo(201);
    assertThat(looser.status()).isEqualTo(400);
    assertThat(looser.text("/error/param")).isEqualTo("requests_per_minute");
    assertThat(looser.text("/error/message")).contains("101", "organization spender has 100");
    assertThat(otherModels.text("/error/message")).contains("gemini-*", "gpt-*, claude-*");
    assertThat(project.status()).as(project.body().toString()).isEqualTo(201);
    assertThat(keyLooser.text("/error/message")).contains("project prod has 7");
    assertThat(keyFine.status()).isEqualTo(201);
    assertThat(tightened.status()).isEqualTo(409);
    assertThat(tightened.text("/error/message")).contains("API key prod-key has 50");
    Limit published =
        running().published(Topics.LIMITS, "spender/workspace/prod", Optional::isPresent).get();
    assertThat(published.getScope()).isEqualTo(ScopeKind.WORKSPACE);
    assertThat(published.getTokensPerMinute()).isEqualTo(7);
    assertThat(published.getTokensPerDay()).isNull();
    assertThat(published.getAllowedModels()).containsExactly("gpt-4*");
    assertThat(published.getDeniedModels()).containsExactly("gpt-4-32k");

    assertThat(spender().ifMatch("\"9\"").delete(key).status()).isEqualTo(412);
    assertThat(spender().delete(key).status()).isEqualTo(200);
    assertThat(spender().delete(key).status()).isEqualTo(404);
    assertThat(spender().get(key).status()).isEqualTo(404);
    running().published(Topics.LIMITS, "spender/api_key/prod-key", Optional::isEmpty);
    Api.Response again = spender().put(key, "{'requests_per_minute':10}");
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.text("/version")).as("a deletion is a version too").isEqualTo("3");
    Api.Response same = spender().put(key, "{'requests_per_minute':10}");
    assertThat(same.status()).isEqualTo(200);
    assertThat(same.body()).isEqualTo(again.body());
    assertThat(running().audited("limits.set", "spender/api_key/prod-key")).isEqualTo(2);
    assertThat(running().audited("limits.deleted", "spender/api_key/prod-key")).isOne();
  }

  /** Two that each look only at what is committed would together leave a child looser. */
  @Test
  void loosensNothingWhenAboveAndBelowChangeAtOnce() throws Exception {
    Api crowd = operator().on("crowd");
    crowd.post("/v1/organization/projects", "{'id':'crowd-prod','name':'P'}");
    String project = "/v1/organization/projects/crowd-prod/limits";
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> attempts = new ArrayList<>();
      for (int i = 1; i <= 8; i++) {
        int limit = i;
        attempts.add(
            () ->
                crowd
                    .put(limit % 2 == 0 ? LIMITS : project, "{'requests_per_minute':" + limit + "}")
                    .status());
      }
      for (Future<Integer> status : executor.invokeAll(attempts)) {
        // 503 too: on a busy machine one may wait for its turn in vain, and then changes nothing.
        assertThat(status.get()).isIn(200, 201, 400, 409, 503);
      }
    }

    Api.Response above = crowd.get(LIMITS);
    Api.Response below = crowd.get(project);

    if (above.status() == 200 && below.status() == 200) {
      assertThat(below.body().path("requests_per_minute").asInt())
          .isLessThanOrEqualTo(above.body().path("requests_per_minute").asInt());
    }
    assertThat(List.of(above.status(), below.status())).contains(200);
  }

  @Test
  void grantsCreditsAndTakesThemBackByName() {
    String wallet = "/v1/platform/organizations/prepaid/wallet";
    assertThat(operator().post(wallet + "/credits", "{'amount':'1','reason':'r'}").status())
        .as("there is no wallet yet")
        .isEqualTo(404);
    Api.Response opened =
        operator().put(wallet, "{'low_balance':['5','50.5'],'stop_at_zero':true}");
    Api.Response again = operator().put(wallet, "{'low_balance':['50.5','5'],'stop_at_zero':true}");
    Api.Response granted =
        operator()
            .post(
                wallet + "/credits",
                "{'id':'c1','amount':'100.000000000001','reason':'Prepayment 17'}");
    Api.Response twice =
        operator().post(wallet + "/credits", "{'id':'c1','amount':'100','reason':'x'}");
    Api.Response corrected =
        operator()
            .post(
                wallet + "/credits", "{'id':'c2','amount':'-60','reason':'Typo','corrects':'c1'}");
    Api.Response tooMuch =
        operator().post(wallet + "/credits", "{'amount':'-60','reason':'Typo','corrects':'c1'}");
    Api.Response ofACorrection =
        operator().post(wallet + "/credits", "{'amount':'-1','reason':'Typo','corrects':'c2'}");

    assertThat(opened.status()).as(opened.body().toString()).isEqualTo(201);
    assertThat(opened.body().path("low_balance").toString()).isEqualTo("[\"50.5\",\"5\"]");
    assertThat(Instant.parse(opened.text("/opened_at")).getEpochSecond() % 900).isZero();
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.tag()).isEqualTo("\"1\"");
    assertThat(granted.text("/amount")).isEqualTo("100.000000000001");
    assertThat(twice.status()).isEqualTo(409);
    assertThat(corrected.status()).as(corrected.body().toString()).isEqualTo(201);
    assertThat(tooMuch.status()).isEqualTo(400);
    assertThat(tooMuch.text("/error/message")).contains("40.000000000001");
    assertThat(ofACorrection.status()).isEqualTo(404);
    Api prepaid = operator().on("prepaid");
    assertThat(prepaid.get("/v1/organization/wallet").text("/credited"))
        .isEqualTo("40.000000000001");
    assertThat(
            prepaid
                .get("/v1/organization/wallet/credits")
                .body()
                .path("data")
                .findValuesAsText("id"))
        .containsExactly("c1", "c2");
    Wallet published = running().published(Topics.WALLETS, "prepaid", Optional::isPresent).get();
    assertThat(published.getStopAtZero()).isTrue();
    assertThat(published.getLowBalance()).hasSize(2);
    Credit correction = running().published(Topics.CREDITS, "c2", Optional::isPresent).get();
    assertThat(correction.getAmount()).isEqualByComparingTo("-60");
    assertThat(correction.getCorrects()).isEqualTo("c1");
    assertThat(running().audited("credit.corrected", "c2")).isOne();
    assertThat(operator().ifMatch("\"7\"").put(wallet, "{}").status()).isEqualTo(412);
    assertThat(operator().put(wallet, "{'opened_at':'2026-01-01T00:00:00Z'}").status())
        .isEqualTo(409);
    assertThat(operator().put(wallet, "{}").text("/stop_at_zero")).isEqualTo("false");
  }

  @Test
  void decidesAWriteOffOnce() {
    Api.Response decided =
        operator()
            .post(
                WRITE_OFFS,
                "{'id':'w1','provider':'openai','model':'gpt-x','organization_id':'spender',"
                    + "'accepted_until':'2026-03-01T00:00:00Z','reason':'Trial of the vendor'}");
    Api.Response forAll = operator().post(WRITE_OFFS, "{'provider':'p','model':'m','reason':'r'}");

    assertThat(decided.status()).as(decided.body().toString()).isEqualTo(201);
    assertThat(operator().get(WRITE_OFFS + "/w1").body()).isEqualTo(decided.body());
    assertThat(forAll.text("/organization_id")).isEqualTo("null");
    WriteOff published = running().published(Topics.WRITE_OFFS, "w1", Optional::isPresent).get();
    assertThat(published.getAcceptedUntil()).isEqualTo("2026-03-01T00:00:00Z");
    assertThat(published.getDecidedBy()).startsWith("op_");
    assertThat(published.getReason()).isEqualTo("Trial of the vendor");
    assertThat(running().audited("write_off.decided", "w1")).isOne();
    assertThat(operator().get(WRITE_OFFS).body().path("data").findValuesAsText("id"))
        .contains("w1", forAll.text("/id"));
  }

  /** Here prices have no lead time, so that the decision need not wait for it. */
  @Test
  void decidesAReRateOnceEveryInstanceHasThePrices() {
    operator()
        .post(
            "/v1/platform/price_books",
            "{'id':'deal','currency':'USD','organization_id':'spender'}");
    Api.Response version =
        operator()
            .post(
                "/v1/platform/price_books/deal/versions",
                "{'effective_from':'2026-01-01T00:00:00Z','retroactive_reason':'Contract',"
                    + "'rates':[{'provider':'p','model':'m','meter':'input','rate':'1'}]}");
    String body =
        "{'id':'rr1','organization_id':'spender','from':'2026-01-01T00:00:00Z',"
            + "'to':'2026-02-01T00:00:00Z','price_book_id':'deal','version':1,'reason':'Contract'}";
    Api.Response decided = operator().post("/v1/platform/re_rates", body);

    assertThat(version.status()).as(version.body().toString()).isEqualTo(201);
    assertThat(decided.status()).as(decided.body().toString()).isEqualTo(201);
    assertThat(decided.text("/decided_by")).startsWith("op_");
    assertThat(operator().post("/v1/platform/re_rates", body).status()).isEqualTo(409);
    assertThat(operator().get("/v1/platform/re_rates").body().at("/data/0"))
        .isEqualTo(decided.body());
    assertThat(running().audited("re_rate.decided", "rr1")).isOne();
    assertThat(spender().post("/v1/platform/re_rates", body.replace("spender", "nobody")).status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          PUT    | /v1/organization/limits                                      | {}                                     | 400 | body
          PUT    | /v1/organization/limits                                      | {'requests_per_minute':0}              | 400 | requests_per_minute
          PUT    | /v1/organization/limits                                      | {'requests_per_minute':'10'}           | 400 | requests_per_minute
          PUT    | /v1/organization/limits                                      | {'tokens_per_day':1000000000001}       | 400 | tokens_per_day
          PUT    | /v1/organization/limits                                      | {'allowed_models':[]}                  | 400 | allowed_models
          PUT    | /v1/organization/limits                                      | {'denied_models':['a','a']}            | 400 | denied_models[1]
          PUT    | /v1/organization/limits                                      | {'requests_per_second':1}              | 400 | requests_per_second
          PUT    | /v1/organization/projects/other-prod/limits                  | {'requests_per_minute':1}              | 404 | project_id
          GET    | /v1/organization/projects/other-prod/limits                  |                                        | 404 | project_id
          DELETE | /v1/organization/projects/test/limits                        |                                        | 404 | limits
          PUT    | /v1/organization/projects/prod/api_keys/other-key/limits     | {'requests_per_minute':1}              | 404 | api_key_id
          GET    | /v1/organization/projects/test/api_keys/prod-key/limits      |                                        | 404 | api_key_id
          GET    | /v1/organization/budgets/other-budget                        |                                        | 404 | budget_id
          PATCH  | /v1/organization/budgets/other-budget                        | {'amount':'2'}                         | 404 | budget_id
          DELETE | /v1/organization/budgets/other-budget                        |                                        | 404 | budget_id
          GET    | /v1/organization/projects/prod/budgets/other-budget          |                                        | 404 | budget_id
          PUT    | /v1/platform/organizations/nobody/wallet                     | {}                                     | 404 | organization_id
          GET    | /v1/platform/organizations/other/wallet                      |                                        | 404 | wallet
          GET    | /v1/platform/organizations/other/wallet/credits              |                                        | 404 | wallet
          PUT    | /v1/platform/organizations/other/wallet                      | {'low_balance':['-1']}                 | 400 | low_balance[0]
          PUT    | /v1/platform/organizations/other/wallet                      | {'low_balance':['1','1.0']}            | 400 | low_balance[1]
          PUT    | /v1/platform/organizations/other/wallet                      | {'opened_at':'2026-01-01T00:07:00Z'}   | 400 | opened_at
          POST   | /v1/platform/organizations/other/wallet/credits              | {'amount':'0','reason':'r'}            | 400 | amount
          POST   | /v1/platform/organizations/other/wallet/credits              | {'amount':'-1','reason':'r'}           | 400 | amount
          POST   | /v1/platform/organizations/other/wallet/credits              | {'amount':'1','reason':'r','corrects':'c'} | 400 | amount
          POST   | /v1/platform/organizations/other/wallet/credits              | {'amount':'1e3','reason':'r'}          | 400 | amount
          POST   | /v1/platform/organizations/other/wallet/credits              | {'amount':'1'}                         | 400 | reason
          POST   | /v1/platform/write_offs                                      | {'provider':'p','model':'m'}           | 400 | reason
          POST   | /v1/platform/write_offs                                      | {'provider':'p','model':'m*','reason':'r'} | 400 | model
          POST   | /v1/platform/write_offs                                      | {'provider':'p','model':'m','reason':'r','accepted_until':'2190-01-01T00:00:00Z'} | 400 | accepted_until
          POST   | /v1/platform/write_offs                                      | {'provider':'p','model':'m','reason':'r','organization_id':'nobody'} | 404 | organization_id
          GET    | /v1/platform/write_offs/nothing                              |                                        | 404 | id
          """)
  void refusesWrongInputByName(
      String method, String path, @Nullable String body, int status, String field) {
    Api caller = path.startsWith("/v1/platform") ? operator() : spender();
    String json = body == null ? "{}" : body;
    Api.Response response =
        switch (method) {
          case "PUT" -> caller.put(path, json);
          case "POST" -> caller.post(path, json);
          case "PATCH" -> caller.patch(path, json);
          case "DELETE" -> caller.delete(path);
          default -> caller.get(path);
        };

    assertThat(response.status()).as(response.body().toString()).isEqualTo(status);
    assertThat(response.text("/error/param")).isEqualTo(field);
  }

  @Test
  void letsAnAdminKeySeeItsWalletButNotFillIt() {
    Api admin =
        operator()
            .as(
                operator()
                    .post("/v1/platform/organizations/seen/admin_api_keys", "{'name':'F'}")
                    .text("/value"));
    operator().put(WALLET, "{}");

    assertThat(admin.get("/v1/organization/wallet").status()).isEqualTo(200);
    assertThat(admin.get("/v1/organization/wallet/credits").status()).isEqualTo(200);
    assertThat(admin.put(WALLET, "{}").status()).isEqualTo(403);
    assertThat(admin.post(WALLET + "/credits", "{'amount':'1','reason':'r'}").status())
        .isEqualTo(403);
    assertThat(admin.post(WRITE_OFFS, "{}").status()).isEqualTo(403);
    assertThat(admin.put(LIMITS, "{'tokens_per_minute':1000}").status()).isEqualTo(201);
  }
}
