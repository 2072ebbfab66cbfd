package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Configuration;
import io.tollgate.schemas.avro.Limit;
import java.nio.file.Path;
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

/** Configuration documents over the limits and budgets that the other routes show. */
@ExtendWith(SharedStack.class)
class ConfigIT {
  private static final String OWN = "/v1/organization/config";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("config", Objects.requireNonNull(folder)));
    operator = running.operator();
  }

  @AfterAll
  static void stop() {
    running().close();
  }

  private static RunningGovernance running() {
    return Objects.requireNonNull(running);
  }

  /** A new organization with one workspace, named after it. */
  private static Api organization(String id) {
    Api caller = Objects.requireNonNull(operator);
    caller.post(
        "/v1/platform/organizations",
        "{'id':'%s','name':'%s','time_zone':'UTC','currency':'USD'}".formatted(id, id));
    caller.on(id).post("/v1/organization/projects", "{'id':'%s-ws','name':'W'}".formatted(id));
    return caller.on(id);
  }

  private static String of(String id) {
    return "/v1/organization/projects/" + id + "-ws/config";
  }

  @Test
  void aDocumentAndTheRoutesOfLimitsAndBudgetsShowTheSame() {
    Api org = organization("c-same");
    Api.Response patched =
        org.patch(
            OWN,
            "{'rate_limiting':{'rpm':100,'tpm':5000},'models':{'allowed':['gpt-*']},"
                + "'budgets':{'limit':'1000.50'}}");
    JsonNode limits = org.get("/v1/organization/limits").body();
    JsonNode budget = org.get("/v1/organization/budgets").body().at("/data/0");
    Api.Response moved =
        org.put("/v1/organization/limits", "{'requests_per_minute':50,'tokens_per_day':9}");
    Api.Response after = org.get(OWN);
    Api.Response removed = org.patch(OWN, "{'rate_limiting':null,'budgets':null}");

    assertThat(patched.status()).as(patched.body().toString()).isEqualTo(200);
    assertThat(limits.path("requests_per_minute").asLong()).isEqualTo(100);
    assertThat(limits.path("allowed_models").toString()).isEqualTo("[\"gpt-*\"]");
    assertThat(budget.path("amount").asText()).isEqualTo("1000.5");
    assertThat(budget.path("hard").asBoolean()).isTrue();
    assertThat(budget.path("period").asText()).isEqualTo("month");
    assertThat(moved.status()).isEqualTo(200);
    assertThat(after.body().path("rate_limiting").toString())
        .isEqualTo("{\"enabled\":true,\"rpm\":50}");
    assertThat(after.body().has("models")).isFalse();
    assertThat(after.tag()).as("another route's change counts").isNotEqualTo(patched.tag());
    assertThat(org.ifMatch(patched.tag()).patch(OWN, "{'models':null}").status()).isEqualTo(412);
    assertThat(removed.body().toString()).isEqualTo("{}");
    assertThat(org.get("/v1/organization/limits").text("/tokens_per_day"))
        .as("what the document does not show stays")
        .isEqualTo("9");
    assertThat(org.get("/v1/organization/budgets").body().path("data")).isEmpty();
    Limit published =
        running()
            .published(
                Topics.LIMITS,
                "c-same/organization/c-same",
                found -> found.filter(one -> one.getRequestsPerMinute() == null).isPresent())
            .orElseThrow();
    assertThat(published.getTokensPerDay()).isEqualTo(9);
    assertThat(running().published(Topics.BUDGETS, budget.path("id").asText(), Optional::isEmpty))
        .isEmpty();
  }

  @Test
  void sectionsThatAreHandedOnArePublishedAsTheyAre() {
    Api org = organization("c-handed");
    Api.Response first =
        org.patch(
            of("c-handed"),
            "{'routing':{'prefer':['eu','us'],'retries':2},"
                + "'providers':{'openai':{'key_ref':'vault:openai'}}}");
    Api.Response second = org.patch(of("c-handed"), "{'routing':{'retries':null}}");
    Api.Response same = org.patch(of("c-handed"), "{'routing':{'prefer':['eu','us']}}");
    Configuration published =
        running()
            .published(
                Topics.CONFIG,
                "c-handed/c-handed-ws",
                found -> found.filter(one -> one.getVersion() >= 2).isPresent())
            .orElseThrow();

    assertThat(first.status()).as(first.body().toString()).isEqualTo(200);
    assertThat(second.body().path("routing").toString()).isEqualTo("{\"prefer\":[\"eu\",\"us\"]}");
    assertThat(same.tag()).isEqualTo(second.tag());
    assertThat(published.getDocument())
        .contains("\"prefer\"")
        .contains("vault:openai")
        .doesNotContain("retries");
    assertThat(published.getWorkspaceId()).isEqualTo("c-handed-ws");
    assertThat(running().audited("config.updated", "c-handed/c-handed-ws")).isEqualTo(2);
  }

  @Test
  void belowMayTightenAndNeverLoosenFromEitherSide() {
    Api org = organization("c-tight");
    org.patch(OWN, "{'rate_limiting':{'rpm':100},'models':{'allowed':['gpt-*']}}");
    org.patch(OWN, "{'budgets':{'limit':'500'}}");
    Api.Response tighter =
        org.patch(
            of("c-tight"),
            "{'rate_limiting':{'rpm':80},'models':{'allowed':['gpt-4*']},"
                + "'budgets':{'limit':'400'}}");
    Api.Response rpm = org.patch(of("c-tight"), "{'rate_limiting':{'rpm':101}}");
    Api.Response model = org.patch(of("c-tight"), "{'models':{'allowed':['o1']}}");
    Api.Response budget = org.patch(of("c-tight"), "{'budgets':{'limit':'501'}}");
    Api.Response above = org.patch(OWN, "{'rate_limiting':{'rpm':79}}");
    Api.Response modelsAbove = org.patch(OWN, "{'models':{'allowed':['o1']}}");
    Api.Response budgetAbove = org.patch(OWN, "{'budgets':{'limit':'399'}}");
    Api.Response byBudgets =
        org.post(
            "/v1/organization/projects/c-tight-ws/budgets",
            "{'name':'Loose','amount':'501','period':'month','hard':true}");

    assertThat(tighter.status()).as(tighter.body().toString()).isEqualTo(200);
    assertThat(rpm.status()).isEqualTo(400);
    assertThat(rpm.text("/error/param")).isEqualTo("rate_limiting.rpm");
    assertThat(rpm.text("/error/message")).contains("organization c-tight has 100");
    assertThat(model.text("/error/param")).isEqualTo("models.allowed");
    assertThat(budget.text("/error/param")).isEqualTo("budgets.limit");
    assertThat(budget.text("/error/message")).contains("organization c-tight has 500");
    assertThat(above.status()).isEqualTo(409);
    assertThat(above.text("/error/param")).isEqualTo("rate_limiting.rpm");
    assertThat(modelsAbove.status()).isEqualTo(409);
    assertThat(modelsAbove.text("/error/param")).isEqualTo("models.allowed");
    assertThat(above.text("/error/message")).contains("project c-tight-ws has 80");
    assertThat(budgetAbove.status()).isEqualTo(409);
    assertThat(budgetAbove.text("/error/param")).isEqualTo("budgets.limit");
    assertThat(budgetAbove.text("/error/message")).contains("project c-tight-ws has 400");
    assertThat(byBudgets.status()).as("the same by the routes of budgets").isEqualTo(400);
    assertThat(org.get(of("c-tight")).body()).isEqualTo(tighter.body());
  }

  @Test
  void noPairOfPatchesAtOnceLeavesAWorkspaceLooser() throws Exception {
    Api org = organization("c-race");
    for (int round = 0; round < 5; round++) {
      org.patch(OWN, "{'rate_limiting':null,'budgets':null}");
      org.patch(of("c-race"), "{'rate_limiting':null,'budgets':null}");
      List<Callable<Integer>> both =
          List.of(
              () ->
                  org.patch(OWN, "{'rate_limiting':{'rpm':10},'budgets':{'limit':'10'}}").status(),
              () ->
                  org.patch(of("c-race"), "{'rate_limiting':{'rpm':20},'budgets':{'limit':'20'}}")
                      .status());
      List<Integer> statuses = new ArrayList<>();
      try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<Integer> status : executor.invokeAll(both)) {
          statuses.add(status.get());
        }
      }
      assertThat(statuses).containsOnlyOnce(200);
    }
  }

  @Test
  void saysWhatHoldsAndWhereItComesFrom() {
    Api org = organization("c-effect");
    org.patch(OWN, "{'rate_limiting':{'rpm':100},'routing':{'retries':2}}");
    org.patch(of("c-effect"), "{'rate_limiting':{'tpm':7}}");
    Api.Response effective = org.get(of("c-effect") + "?effective=true");

    assertThat(effective.text("/rate_limiting/rpm")).isEqualTo("100");
    JsonNode origins = effective.body().path("origins");
    assertThat(origins.path("/rate_limiting/rpm").asText()).isEqualTo("organization");
    assertThat(origins.path("/rate_limiting/tpm").asText()).isEqualTo("workspace");
    assertThat(origins.path("/models/allowed").asText()).isEqualTo("default");
    assertThat(origins.path("/routing/retries").asText()).isEqualTo("organization");
    assertThat(org.get(of("c-effect") + "?effective=maybe").status()).isEqualTo(400);
  }

  @Test
  void severalHardBudgetsAreChangedByTheirOwnRoutes() {
    Api org = organization("c-many");
    org.post("/v1/organization/budgets", "{'name':'A','amount':'9','period':'month','hard':true}");
    org.post("/v1/organization/budgets", "{'name':'B','amount':'1','period':'day','hard':true}");
    Api.Response shown = org.get(OWN);
    Api.Response refused = org.patch(OWN, "{'budgets':{'limit':'8'}}");
    Api.Response other = org.patch(OWN, "{'rate_limiting':{'rpm':8}}");

    assertThat(shown.body().path("budgets").toString())
        .isEqualTo("{\"limit\":\"9\",\"period\":\"monthly\"}");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(other.status()).isEqualTo(200);
  }

  @Test
  void refusesUnknownSectionsForeignWorkspacesAndHugeDocuments() {
    Api org = organization("c-refuse");
    organization("c-other");

    assertThat(org.patch(OWN, "{'colour':'red'}").text("/error/param")).isEqualTo("colour");
    assertThat(org.patch(OWN, "[]").status()).isEqualTo(400);
    assertThat(org.get(of("c-other")).status()).isEqualTo(404);
    assertThat(org.patch(of("c-other"), "{'models':null}").status()).isEqualTo(404);
    assertThat(org.patch(OWN, "{'routing':{'a':'" + "x".repeat(40_000) + "'}}").status())
        .isEqualTo(400);
    assertThat(org.get(OWN).body().toString()).isEqualTo("{}");
  }
}
