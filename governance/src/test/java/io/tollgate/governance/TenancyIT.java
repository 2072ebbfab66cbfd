package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.Workspace;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Organizations and workspaces from their making to their end. */
@ExtendWith(SharedStack.class)
class TenancyIT {
  private static final String PROJECTS = "/v1/organization/projects";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("tenants", Objects.requireNonNull(folder)));
    operator = running.operator();
    organization("t-foreign");
    operator().on("t-foreign").post(PROJECTS, "{'id':'t-foreign-prod','name':'P'}");
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

  /** A new organization, and a caller on its behalf. */
  private static Api organization(String id) {
    Api.Response made =
        operator()
            .post(
                "/v1/platform/organizations",
                "{'id':'%s','name':'%s','time_zone':'Europe/Berlin','currency':'USD'}"
                    .formatted(id, id));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return operator().on(id);
  }

  private static List<String> ids(Api.Response list) {
    return StreamSupport.stream(list.body().path("data").spliterator(), false)
        .map(one -> one.path("id").asText())
        .toList();
  }

  private static Workspace workspace(String id, int version) {
    return running()
        .published(
            Topics.WORKSPACES,
            id,
            found -> found.filter(one -> one.getVersion() >= version).isPresent())
        .orElseThrow();
  }

  @Test
  void editsSettingsAndPublishesTheTimeZone() {
    Api org = organization("t-settings");
    Api.Response before = org.get("/v1/organization");
    Api.Response after =
        org.ifMatch(before.tag())
            .patch(
                "/v1/organization",
                "{'name':'Acme GmbH','time_zone':'Asia/Tokyo','billing_email':'ap@acme.example',"
                    + "'members_create_workspaces':true,'workspace_admins_invite_outsiders':false}");
    Api.Response stale = org.ifMatch(before.tag()).patch("/v1/organization", "{'name':'x'}");
    Api.Response same = org.patch("/v1/organization", "{'name':'Acme GmbH'}");
    Api.Response removed = org.patch("/v1/organization", "{'billing_email':null}");

    assertThat(before.body().path("members_create_workspaces").asBoolean()).isFalse();
    assertThat(before.body().path("workspace_admins_invite_outsiders").asBoolean()).isTrue();
    assertThat(after.status()).as(after.body().toString()).isEqualTo(200);
    assertThat(after.text("/billing_email")).isEqualTo("ap@acme.example");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(same.tag()).isEqualTo(after.tag());
    assertThat(removed.body().path("billing_email").isNull()).isTrue();
    Organization published =
        running()
            .published(
                Topics.ORGANIZATIONS,
                "t-settings",
                found -> found.filter(one -> one.getVersion() >= 3).isPresent())
            .orElseThrow();
    assertThat(published.getTimeZone()).isEqualTo("Asia/Tokyo");
    assertThat(published.getName()).isEqualTo("Acme GmbH");
    assertThat(running().audited("organization.updated", "t-settings")).isEqualTo(2);
  }

  @Test
  void keepsFinanceContacts() {
    Api org = organization("t-finance");
    Api.Response set =
        org.put(
            "/v1/organization/finance_contacts",
            "{'contacts':['ap@acme.example','cfo@acme.example']}");

    assertThat(set.status()).as(set.body().toString()).isEqualTo(200);
    assertThat(org.get("/v1/organization/finance_contacts").body()).isEqualTo(set.body());
    assertThat(org.get("/v1/organization").body().toString()).doesNotContain("cfo@");
    assertThat(
            org.put("/v1/organization/finance_contacts", "{'contacts':['a@b','a@b']}")
                .text("/error/param"))
        .isEqualTo("contacts");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'currency':'EUR'}                   | currency
          {'name':null}                        | name
          {'time_zone':'Mars/Base'}            | time_zone
          {'billing_email':'nobody'}           | billing_email
          {'members_create_workspaces':'yes'}  | members_create_workspaces
          {'plan':'gold'}                      | plan
          []                                   | body
          """)
  void refusesWrongSettingsByName(String patch, String field) {
    Api.Response refused = operator().on("t-foreign").patch("/v1/organization", patch);

    assertThat(refused.status()).as(refused.body().toString()).isEqualTo(400);
    assertThat(refused.text("/error/param")).isEqualTo(field);
  }

  @Test
  void aPlanBoundsWorkspacesAlsoWhereManyAreMadeAtOnce() throws Exception {
    Api org = organization("t-plan");
    String path = "/v1/platform/organizations/t-plan/plan";
    Api.Response unbounded = org.get("/v1/organization/plan");
    Api.Response set = operator().put(path, "{'name':'small','maximum_workspaces':3}");
    List<Callable<Integer>> attempts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      attempts.add(() -> org.post(PROJECTS, "{'name':'Crowd'}").status());
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> status : executor.invokeAll(attempts)) {
        statuses.add(status.get());
      }
    }
    Api.Response full = org.post(PROJECTS, "{'name':'One more'}");
    String first = ids(org.get(PROJECTS)).getFirst();
    org.post(PROJECTS + "/" + first + "/archive", "{}");
    Api.Response again = org.post(PROJECTS, "{'name':'In its place'}");
    Api.Response restored = org.post(PROJECTS + "/" + first + "/restore", "{}");

    assertThat(unbounded.body().path("maximum_workspaces").isNull()).isTrue();
    assertThat(set.status()).as(set.body().toString()).isEqualTo(201);
    assertThat(statuses).containsOnly(201, 409);
    assertThat(statuses.stream().filter(status -> status == 201)).hasSize(3);
    assertThat(full.text("/error/param")).isEqualTo("maximum_workspaces");
    assertThat(full.text("/error/message")).contains("\"small\"").contains("3 of at most 3");
    assertThat(again.status()).isEqualTo(201);
    assertThat(restored.status()).as("restoring needs room too").isEqualTo(409);
    assertThat(operator().ifMatch("\"7\"").put(path, "{'name':'big'}").status()).isEqualTo(412);
    assertThat(org.get("/v1/organization/plan").text("/name")).isEqualTo("small");
  }

  @Test
  void aWorkspaceHasLabelsAndOwnersAndSaysIfItHasNone() {
    Api org = organization("t-labels");
    Api.Response made =
        org.post(
            PROJECTS,
            "{'name':'Chat','owner':'ada@acme.example','key_owner':'platform team',"
                + "'environment':'production','primary_workload':'support chat',"
                + "'expected_monthly_spend':'1200.50','escalation_contact':'+49 30 1',"
                + "'labels':{'product_line':'chat','cost_center':'42','tier':'gold'}}");
    String id = made.text("/id");
    org.post(PROJECTS, "{'id':'t-nobodys','name':'Nobody'}");
    Api.Response edited =
        org.patch(PROJECTS + "/" + id, "{'labels':{'tier':null},'environment':null}");
    Api.Response renamed = org.post(PROJECTS + "/" + id, "{'name':'Talk'}");

    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    assertThat(made.text("/expected_monthly_spend")).isEqualTo("1200.5");
    assertThat(made.body().path("ownerless").asBoolean()).isFalse();
    assertThat(edited.body().path("labels").toString())
        .isEqualTo("{\"cost_center\":\"42\",\"product_line\":\"chat\"}");
    assertThat(renamed.text("/name")).isEqualTo("Talk");
    assertThat(renamed.text("/owner")).as("what is not named stays").isEqualTo("ada@acme.example");
    assertThat(ids(org.get(PROJECTS + "?ownerless=true"))).containsExactly("t-nobodys");
    assertThat(ids(org.get(PROJECTS + "?ownerless=false"))).containsExactly(id);
    assertThat(org.get(PROJECTS + "?ownerless=maybe").text("/error/param")).isEqualTo("ownerless");
    assertThat(workspace(id, 3).getLabels()).containsEntry("cost_center", "42").hasSize(2);
    assertThat(running().audited("project.updated", id)).isEqualTo(2);
  }

  @Test
  void anArchivedWorkspaceRestsAndIsValidAgainOnceItIsRestored() {
    Api org = organization("t-rest");
    org.post(PROJECTS, "{'id':'t-rests','name':'Rests'}");
    Api.Response key =
        org.post(PROJECTS + "/t-rests/api_keys", "{'name':'k','scopes':['usage:read']}");
    String hash = new Secret(key.text("/value")).hash();
    Api.Response archived = org.post(PROJECTS + "/t-rests/archive", "{}");
    Workspace resting = workspace("t-rests", 2);
    Principal shut = principal(hash, 2);
    Api.Response newKey = org.post(PROJECTS + "/t-rests/api_keys", "{'name':'no'}");
    Api.Response again = org.post(PROJECTS + "/t-rests/archive", "{}");
    List<String> listed = ids(org.get(PROJECTS));
    List<String> all = ids(org.get(PROJECTS + "?include_archived=true"));
    Api.Response restored = org.post(PROJECTS + "/t-rests/restore", "{}");
    Workspace awake = workspace("t-rests", 3);
    Principal open = principal(hash, 3);

    assertThat(archived.text("/status")).isEqualTo("archived");
    assertThat(resting.getValidUntil()).isNotNull();
    assertThat(shut.getValidUntil()).isEqualTo(resting.getValidUntil());
    assertThat(newKey.status()).isEqualTo(409);
    assertThat(again.tag()).isEqualTo(archived.tag());
    assertThat(listed).isEmpty();
    assertThat(all).containsExactly("t-rests");
    assertThat(restored.text("/status")).isEqualTo("active");
    assertThat(awake.getValidUntil()).isNull();
    assertThat(awake.getPauses()).hasSize(1);
    assertThat(awake.getPauses().getFirst().getFrom()).isEqualTo(resting.getValidUntil());
    assertThat(open.getValidUntil()).isNull();
    assertThat(open.getScopes()).containsExactly("usage:read");
  }

  private static Principal principal(String hash, int version) {
    return running()
        .published(
            Topics.PRINCIPALS,
            hash,
            found -> found.filter(one -> one.getVersion() >= version).isPresent())
        .orElseThrow();
  }

  @Test
  void remembersTheLastPausesInOrder() {
    Api org = organization("t-pauses");
    org.post(PROJECTS, "{'id':'t-often','name':'Often'}");
    for (int i = 0; i < 18; i++) {
      org.post(PROJECTS + "/t-often/archive", "{}");
      org.post(PROJECTS + "/t-often/restore", "{}");
    }

    Workspace workspace = workspace("t-often", 37);
    assertThat(workspace.getPauses()).hasSize(16);
    assertThat(workspace.getPauses())
        .isSortedAccordingTo((one, other) -> one.getFrom().compareTo(other.getFrom()));
  }

  @Test
  void aDeletedWorkspaceEndsItsKeysAndIsGone() {
    Api org = organization("t-end");
    org.post(PROJECTS, "{'id':'t-ends','name':'Ends'}");
    Api.Response key =
        org.post(
            PROJECTS + "/t-ends/api_keys",
            "{'id':'t-ends-key','name':'k','scopes':['usage:read']}");
    Api.Response untyped = org.delete(PROJECTS + "/t-ends");
    Api.Response mistyped = org.delete(PROJECTS + "/t-ends?confirm=t-end");
    Api.Response deleted = org.delete(PROJECTS + "/t-ends?confirm=t-ends");

    assertThat(untyped.text("/error/param")).isEqualTo("confirm");
    assertThat(mistyped.status()).isEqualTo(400);
    assertThat(deleted.status()).as(deleted.body().toString()).isEqualTo(200);
    assertThat(deleted.text("/object")).isEqualTo("organization.project.deleted");
    Workspace gone = workspace("t-ends", 2);
    assertThat(gone.getDeleted()).isTrue();
    assertThat(gone.getValidUntil()).isNotNull();
    ApiKey ended =
        running()
            .published(
                Topics.API_KEYS,
                "t-ends-key",
                found -> found.filter(one -> one.getVersion() >= 2).isPresent())
            .orElseThrow();
    assertThat(ended.getValidUntil()).isEqualTo(gone.getValidUntil());
    assertThat(principal(new Secret(key.text("/value")).hash(), 2).getValidUntil())
        .isEqualTo(gone.getValidUntil());
    assertThat(org.get(PROJECTS + "/t-ends").status()).isEqualTo(404);
    assertThat(org.post(PROJECTS + "/t-ends/restore", "{}").status()).isEqualTo(404);
    assertThat(ids(org.get(PROJECTS + "?include_archived=true"))).isEmpty();
    assertThat(org.post(PROJECTS, "{'id':'t-ends','name':'Again'}").status())
        .as("ids are never reused")
        .isEqualTo(409);
  }

  @Test
  void whatWasUsedWithinAWeekIsDeletedOnlyByForce() {
    Api org = organization("t-used");
    org.post(PROJECTS, "{'id':'t-busy','name':'Busy'}");
    org.post(PROJECTS + "/t-busy/api_keys", "{'id':'t-busy-key','name':'k'}");
    running().used("t-busy-key", Instant.now().minus(Duration.ofDays(6)));
    Api.Response refused = org.delete(PROJECTS + "/t-busy?confirm=t-busy");
    Api.Response wholeRefused =
        operator().delete("/v1/platform/organizations/t-used?confirm=t-used&force=false");
    Api.Response forced = org.delete(PROJECTS + "/t-busy?confirm=t-busy&force=true");

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text("/error/message")).contains("within the last 7 days");
    assertThat(wholeRefused.status()).isEqualTo(409);
    assertThat(forced.status()).isEqualTo(200);
  }

  @Test
  void theDefaultWorkspaceTakesKeysWithoutOneAndCannotBeArchived() throws Exception {
    Api org = organization("t-default");
    List<Callable<Integer>> attempts = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      attempts.add(() -> org.post("/v1/organization/api_keys", "{'name':'Loose'}").status());
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> status : executor.invokeAll(attempts)) {
        assertThat(status.get()).isEqualTo(201);
      }
    }
    List<String> made = ids(org.get(PROJECTS));
    Api.Response archived = org.post(PROJECTS + "/" + made.getFirst() + "/archive", "{}");

    assertThat(made).as("one, however many ask at once").hasSize(1);
    assertThat(org.get(PROJECTS + "/" + made.getFirst()).body().path("is_default").asBoolean())
        .isTrue();
    assertThat(ids(org.get(PROJECTS + "/" + made.getFirst() + "/api_keys"))).hasSize(6);
    assertThat(archived.status()).isEqualTo(409);
  }

  @Test
  void anArchivedOrganizationTakesNothingNewAndADeletedOneIsGone() {
    Api org = organization("t-org");
    org.post(PROJECTS, "{'id':'t-org-prod','name':'P'}");
    Api.Response key = org.post(PROJECTS + "/t-org-prod/api_keys", "{'name':'k'}");
    String hash = new Secret(key.text("/value")).hash();
    String path = "/v1/platform/organizations/t-org";
    Api.Response archived = operator().post(path + "/archive", "{}");
    Api.Response newOne = org.post(PROJECTS, "{'name':'no'}");
    Principal shut = principal(hash, 2);
    Api.Response restored = operator().post(path + "/restore", "{}");
    Principal open = principal(hash, 3);
    operator().put(path + "/wallet", "{'stop_at_zero':false}");
    Api.Response untyped = operator().delete(path);
    Api.Response deleted = operator().delete(path + "?confirm=t-org&force=true");

    assertThat(archived.text("/status")).isEqualTo("archived");
    assertThat(newOne.status()).isEqualTo(409);
    assertThat(shut.getValidUntil()).isNotNull();
    assertThat(restored.text("/status")).isEqualTo("active");
    assertThat(open.getValidUntil()).isNull();
    assertThat(untyped.status()).isEqualTo(400);
    assertThat(deleted.status()).as(deleted.body().toString()).isEqualTo(200);
    assertThat(principal(hash, 4).getValidUntil()).isNotNull();
    assertThat(org.get(PROJECTS).status()).isEqualTo(404);
    assertThat(operator().get(path).status()).isEqualTo(404);
    assertThat(operator().get(path + "/wallet").status()).as("its ledger").isEqualTo(200);
    JsonNode ledger = operator().get("/v1/platform/organizations?limit=100").body().path("data");
    assertThat(ledger.toString()).as("the operator's list keeps it").contains("\"t-org\"");
  }

  @ParameterizedTest
  @CsvSource({"archive", "restore", "''"})
  void hidesForeignWorkspaces(String what) {
    Api org = operator().on("t-foreign");
    Api stranger = organization("t-stranger-" + (what.isEmpty() ? "edit" : what));
    String path = PROJECTS + "/t-foreign-prod" + (what.isEmpty() ? "" : "/" + what);

    assertThat(stranger.post(path, "{}").status()).isEqualTo(404);
    assertThat(org.get(PROJECTS + "/t-foreign-prod").text("/version")).isEqualTo("1");
  }
}
