package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.governance.notify.Receiver;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.avro.AlertKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Channels and deliveries, from the request to the receiver. */
@ExtendWith(SharedStack.class)
class AlertChannelsIT {
  private static final Duration ARRIVES = Duration.ofSeconds(30);
  private static final String CHANNELS = "/v1/organization/alert_channels";
  private static final String PROJECT = "/v1/organization/projects/chan-prod";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api operator;
  private static @Nullable AlertRig rig;
  private static @Nullable Receiver receiver;

  @BeforeAll
  static void start() throws Exception {
    GovernanceConfig config = SharedStack.config("channels", Objects.requireNonNull(folder));
    running = new RunningGovernance(config, AlertRig.SETTINGS);
    operator = running.operator();
    rig = new AlertRig(config);
    receiver = new Receiver();
    for (String id : List.of("chan-acme", "chan-other")) {
      operator.post(
          "/v1/platform/organizations",
          "{'id':'" + id + "','name':'N','time_zone':'UTC','currency':'USD'}");
    }
    acme().post("/v1/organization/projects", "{'id':'chan-prod','name':'P'}");
    acme().post("/v1/organization/projects", "{'id':'chan-test','name':'T'}");
    acme()
        .post(PROJECT + "/budgets", "{'id':'chan-bud','name':'B','amount':'10','period':'month'}");
  }

  @AfterAll
  static void stop() throws Exception {
    Objects.requireNonNull(running).close();
    Objects.requireNonNull(rig).close();
    receiver().close();
  }

  private static Api acme() {
    return Objects.requireNonNull(operator).on("chan-acme");
  }

  private static Api other() {
    return Objects.requireNonNull(operator).on("chan-other");
  }

  private static Receiver receiver() {
    return Objects.requireNonNull(receiver);
  }

  private static Api.Response create(String collection, String id, String path, String more) {
    Api.Response made =
        acme()
            .post(
                collection,
                "{'id':'%s','name':'Hook','url':'%s'%s}".formatted(id, receiver().url(path), more));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return made;
  }

  private static void raise(
      @Nullable String workspace, String budget, String threshold, int episode, AlertKind kind) {
    Objects.requireNonNull(rig)
        .publish(List.of(AlertRig.alert("chan-acme", workspace, budget, threshold, episode, kind)));
  }

  @Test
  void keepsAChannelUnderItsVersionAndItsSecretToItself() {
    Api.Response made = create(CHANNELS, "kept", "/kept", "");
    assertThat(made.text("/secret")).startsWith("whsec_");
    assertThat(made.tag()).isEqualTo("\"1\"");

    Api.Response read = acme().get(CHANNELS + "/kept");
    Api.Response edited =
        acme()
            .ifMatch(made.tag())
            .patch(
                CHANNELS + "/kept",
                "{'name':'Edited','filters':{'budget_ids':['chan-bud'],'threshold_from':'0.80'}}");
    Api.Response stale = acme().ifMatch(made.tag()).patch(CHANNELS + "/kept", "{'name':'X'}");
    Api.Response same = acme().patch(CHANNELS + "/kept", "{'name':'Edited'}");

    assertThat(read.body().has("secret")).isFalse();
    assertThat(edited.status()).as(edited.body().toString()).isEqualTo(200);
    assertThat(edited.tag()).isEqualTo("\"2\"");
    assertThat(edited.text("/filters/threshold_from")).isEqualTo("0.8");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(same.tag()).isEqualTo("\"2\"");
    assertThat(acme().get(CHANNELS).body().at("/data").findValuesAsText("id")).contains("kept");
    assertThat(other().get(CHANNELS + "/kept").status()).isEqualTo(404);
    assertThat(other().patch(CHANNELS + "/kept", "{'name':'X'}").status()).isEqualTo(404);
    assertThat(other().post(CHANNELS + "/kept/test", "{}").status()).isEqualTo(404);
    assertThat(acme().get(PROJECT + "/alert_channels/kept").status()).isEqualTo(404);

    assertThat(acme().delete(CHANNELS + "/kept").status()).isEqualTo(200);
    assertThat(acme().get(CHANNELS + "/kept").status()).isEqualTo(404);
    assertThat(
            acme().post(CHANNELS, "{'id':'kept','name':'N','url':'https://example.com/'}").status())
        .as("ids are never reused")
        .isEqualTo(409);
    assertThat(Objects.requireNonNull(running).audited("alert_channel.deleted", "kept"))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'url':'https://example.com/'} | name",
        "{'name':'','url':'https://example.com/'} | name",
        "{'name':'N'} | url",
        "{'name':'N','url':'ftp://example.com/'} | url",
        "{'name':'N','url':'https://10.0.0.1/'} | url",
        "{'name':'N','url':'https://169.254.169.254/'} | url",
        "{'name':'N','url':'https://u:p@example.com/'} | url",
        "{'name':'N','url':'https://example.com/','kind':'email'} | kind",
        "{'name':'N','url':'https://example.com/','id':'a b'} | id",
        "{'name':'N','url':'https://example.com/','secret':'x'} | secret",
        "{'name':'N','url':'https://example.com/','enabled':'yes'} | enabled",
        "{'name':'N','url':'https://example.com/','filters':{'threshold_from':'0'}}"
            + " | filters.threshold_from",
        "{'name':'N','url':'https://example.com/','filters':{'threshold_from':0.8}}"
            + " | filters.threshold_from",
        "{'name':'N','url':'https://example.com/','filters':{'budget_ids':['nobodys']}}"
            + " | filters.budget_ids",
        "{'name':'N','url':'https://example.com/','filters':{'budget_ids':['a','a']}}"
            + " | filters.budget_ids"
      })
  void saysWhatIsWrong(String body, String field) {
    Api.Response refused = acme().post(CHANNELS, body);

    assertThat(refused.status()).as(refused.body().toString()).isEqualTo(400);
    assertThat(refused.text("/error/param")).isEqualTo(field);
  }

  @Test
  void keepsAProjectsChannelToTheProject() {
    String body = "{'name':'N','url':'https://example.com/','filters':{'project_id':'chan-test'}}";

    assertThat(acme().post(PROJECT + "/alert_channels", body).text("/error/param"))
        .isEqualTo("filters.project_id");
    assertThat(other().post(PROJECT + "/alert_channels", body).status()).isEqualTo(404);
    assertThat(other().post(CHANNELS, body).status()).isEqualTo(404);
  }

  @Test
  void sendsEachChannelWhatItWantsAndSignsIt() throws Exception {
    Api.Response all = create(CHANNELS, "all", "/all", "");
    create(CHANNELS, "high", "/high", ",'filters':{'threshold_from':'1'}");
    create(CHANNELS, "of-test", "/of-test", ",'filters':{'project_id':'chan-test'}");
    create(CHANNELS, "of-budget", "/of-budget", ",'filters':{'budget_ids':['chan-bud']}");
    create(CHANNELS, "off", "/off", ",'enabled':false");
    create(PROJECT + "/alert_channels", "of-project", "/of-project", "");

    raise("chan-prod", "chan-bud", "0.8", 1, AlertKind.CROSSED);
    raise("chan-prod", "chan-bud", "1", 1, AlertKind.CROSSED);
    raise("chan-prod", "chan-bud", "1", 1, AlertKind.RETRACTED);
    raise("chan-test", "another", "0.5", 1, AlertKind.CROSSED);

    await().atMost(ARRIVES).until(() -> receiver().got("/all").size() == 4);
    await().atMost(ARRIVES).until(() -> receiver().got("/high").size() == 2);
    await().atMost(ARRIVES).until(() -> receiver().got("/of-test").size() == 1);
    await().atMost(ARRIVES).until(() -> receiver().got("/of-budget").size() == 3);
    await().atMost(ARRIVES).until(() -> receiver().got("/of-project").size() == 3);
    assertThat(receiver().got("/off")).isEmpty();
    Receiver.Got got = receiver().got("/of-test").getFirst();
    JsonNode body = new com.fasterxml.jackson.databind.ObjectMapper().readTree(got.body());
    assertThat(body.at("/type").asText()).isEqualTo("budget.alert.raised");
    assertThat(body.at("/timestamp").asText()).endsWith("Z");
    assertThat(body.at("/data/alert_id").asText()).isEqualTo("another/2026-06-01/0.5/1");
    assertThat(body.at("/data/spend").isTextual()).isTrue();
    assertThat(body.at("/data/spend").asText()).isEqualTo("8.123456789012");
    assertThat(
            receiver().got("/all").stream().map(one -> one.header("webhook-id")).distinct().count())
        .as("raised and retracted are two messages")
        .isEqualTo(4);
    for (Receiver.Got one : receiver().got("/all")) {
      assertThat(one.signatures()).containsExactly(one.signedBy(all.text("/secret")));
    }
  }

  @Test
  void signsWithBothSecretsWhileOneIsReplaced() throws Exception {
    Api.Response made = create(CHANNELS, "rotated", "/rotated", "");

    Api.Response rotated = acme().post(CHANNELS + "/rotated/rotate", "{'overlap_seconds':3600}");
    acme().post(CHANNELS + "/rotated/test", "");
    await().atMost(ARRIVES).until(() -> receiver().got("/rotated").size() == 1);
    Api.Response atOnce = acme().post(CHANNELS + "/rotated/rotate", "{'overlap_seconds':0}");
    acme().post(CHANNELS + "/rotated/test", "");
    await().atMost(ARRIVES).until(() -> receiver().got("/rotated").size() == 2);

    assertThat(rotated.status()).as(rotated.body().toString()).isEqualTo(200);
    assertThat(rotated.body().at("/previous_secret_ends_at").isNumber()).isTrue();
    Receiver.Got first = receiver().got("/rotated").getFirst();
    Receiver.Got second = receiver().got("/rotated").getLast();
    assertThat(first.signatures())
        .containsExactly(
            first.signedBy(rotated.text("/secret")), first.signedBy(made.text("/secret")));
    assertThat(second.signatures()).containsExactly(second.signedBy(atOnce.text("/secret")));
    assertThat(acme().post(CHANNELS + "/rotated/rotate", "{'overlap_seconds':-1}").status())
        .isEqualTo(400);
  }

  @Test
  void listsWhatFailedAndSendsItAgain() {
    receiver().on("/failing", Receiver.says("HTTP/1.1 500 No\r\n\r\nout of \u001b order"));
    create(PROJECT + "/alert_channels", "failing", "/failing", "");
    String deliveries = PROJECT + "/alert_channels/failing/deliveries";
    raise("chan-prod", "failing", "0.8", 1, AlertKind.CROSSED);

    await()
        .atMost(ARRIVES)
        .until(() -> acme().get(deliveries + "?state=failed").body().at("/data").size() == 1);
    JsonNode failed = acme().get(deliveries + "?state=failed").body().at("/data/0");
    Api.Response shown = acme().get(deliveries + "/" + failed.at("/id").asText());
    List<String> outcomes = new ArrayList<>();
    shown.body().at("/attempts").forEach(one -> outcomes.add(one.at("/outcome").asText()));

    assertThat(failed.at("/last_error").asText()).contains("status 500");
    assertThat(failed.at("/alert_id").asText()).isEqualTo("failing/2026-06-01/0.8/1");
    assertThat(outcomes).hasSizeGreaterThan(2).containsOnly("refused");
    assertThat(shown.text("/attempts/0/response")).isEqualTo("out of   order");
    assertThat(shown.text("/attempts/0/status")).isEqualTo("500");
    assertThat(shown.text("/payload")).contains("budget.alert.raised");

    String resend = deliveries + "/" + failed.at("/id").asText() + "/resend";
    assertThat(other().post(resend, "").status()).isEqualTo(404);
    receiver().on("/failing", Receiver.status(200));
    assertThat(acme().post(resend, "").status()).isEqualTo(202);
    await()
        .atMost(ARRIVES)
        .until(() -> acme().get(deliveries + "?state=delivered").body().at("/data").size() == 1);
    assertThat(
            receiver().got("/failing").stream()
                .map(one -> one.header("webhook-id"))
                .distinct()
                .count())
        .as("sent again it is the same message")
        .isEqualTo(1);
    assertThat(acme().get(deliveries + "?state=lost").text("/error/param")).isEqualTo("state");
    assertThat(acme().get(deliveries + "/del_nobodys").status()).isEqualTo(404);
    assertThat(acme().get(deliveries + "/a%00b").status()).isEqualTo(400);
  }

  @Test
  void testsAChannelOnceAndTellsHowItWent() {
    receiver()
        .on("/tested", Receiver.says("HTTP/1.1 302 Found\r\nLocation: http://[::1]/\r\n\r\n"));
    create(CHANNELS, "tested", "/tested", "");

    Api.Response test = acme().post(CHANNELS + "/tested/test", "");
    String delivery = CHANNELS + "/tested/deliveries/" + test.text("/id");
    await().atMost(ARRIVES).until(() -> acme().get(delivery).text("/state").equals("failed"));

    assertThat(test.status()).isEqualTo(202);
    assertThat(test.text("/type")).isEqualTo("alert_channel.test");
    assertThat(acme().get(delivery).body().at("/attempts")).hasSize(1);
    assertThat(acme().get(delivery).text("/last_error")).contains("redirects");
    assertThat(acme().post(delivery + "/resend", "").status()).isEqualTo(202);
    acme().patch(CHANNELS + "/tested", "{'enabled':false}");
    assertThat(acme().post(CHANNELS + "/tested/test", "").status()).isEqualTo(409);
  }

  @Test
  void cancelsWhatWaitsForADeletedChannel() {
    receiver().on("/deleted", Receiver.hangs());
    create(CHANNELS, "deleted", "/deleted", ",'filters':{'budget_ids':['chan-bud']}");
    raise("chan-prod", "chan-bud", "0.9", 1, AlertKind.CROSSED);
    await().atMost(ARRIVES).until(() -> !receiver().got("/deleted").isEmpty());

    assertThat(acme().delete(CHANNELS + "/deleted").status()).isEqualTo(200);
    int before = receiver().got("/deleted").size();
    await()
        .during(Duration.ofSeconds(2))
        .atMost(ARRIVES)
        .until(() -> receiver().got("/deleted").size() == before);
  }

  @Test
  void showsReadersNoMoreOfAUrlThanItsHost() {
    create(CHANNELS, "read", "/services/T0/B0/token", "");
    Api.Response key =
        acme()
            .post("/v1/organization/admin_api_keys", "{'name':'Reader','tollgate_role':'viewer'}");
    assertThat(key.status()).as(key.body().toString()).isEqualTo(201);
    Api viewer = acme().as(key.text("/value"));

    Api.Response read = viewer.get(CHANNELS + "/read");
    String host = "http://127.0.0.1:" + receiver().port();

    assertThat(read.text("/url")).isEqualTo(host);
    assertThat(viewer.get(CHANNELS).body().at("/data").findValuesAsText("url"))
        .allMatch(url -> !url.contains("token"));
    assertThat(acme().get(CHANNELS + "/read").text("/url"))
        .isEqualTo(host + "/services/T0/B0/token");
    assertThat(viewer.patch(CHANNELS + "/read", "{'name':'X'}").status()).isEqualTo(403);
    assertThat(viewer.post(CHANNELS + "/read/test", "").status()).isEqualTo(403);
    assertThat(viewer.post(CHANNELS + "/read/rotate", "").status()).isEqualTo(403);
  }

  @Test
  void endsTheChannelsOfADeletedProject() {
    acme().post("/v1/organization/projects", "{'id':'chan-gone','name':'G'}");
    String project = "/v1/organization/projects/chan-gone";
    create(project + "/alert_channels", "gone", "/gone", "");

    Api.Response deleted = acme().delete(project + "?confirm=chan-gone");

    assertThat(deleted.status()).as(deleted.body().toString()).isEqualTo(200);
    assertThat(acme().get(CHANNELS + "/gone").status()).isEqualTo(404);
    raise("chan-gone", "gone", "0.8", 1, AlertKind.CROSSED);
    raise("chan-prod", "after-gone", "0.8", 1, AlertKind.CROSSED);
    create(CHANNELS, "after-gone", "/after-gone", ",'filters':{'project_id':'chan-prod'}");
    raise("chan-prod", "after-gone", "0.9", 1, AlertKind.CROSSED);
    await().atMost(ARRIVES).until(() -> !receiver().got("/after-gone").isEmpty());
    assertThat(receiver().got("/gone")).isEmpty();
  }
}
