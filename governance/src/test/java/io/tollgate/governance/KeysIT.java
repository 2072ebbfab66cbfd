package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** API keys and service accounts, from the request to the topic. */
@ExtendWith(SharedStack.class)
class KeysIT {
  private static final String KEYS = "/v1/organization/projects/keyed/api_keys";
  private static final String ALL = "/v1/organization/api_keys";
  private static final String ACCOUNTS = "/v1/organization/projects/keyed/service_accounts";

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable Api admin;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("keys", Objects.requireNonNull(folder)));
    Api operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'keyed-org','name':'N','time_zone':'UTC','currency':'USD'}");
    admin =
        operator.as(
            operator
                .post("/v1/platform/organizations/keyed-org/admin_api_keys", "{'name':'A'}")
                .text("/value"));
    admin.post("/v1/organization/projects", "{'id':'keyed','name':'P'}");
  }

  @AfterAll
  static void stop() {
    running().close();
  }

  private static RunningGovernance running() {
    return Objects.requireNonNull(running);
  }

  private static Api admin() {
    return Objects.requireNonNull(admin);
  }

  private static boolean works(String secret) {
    // Which organization it is of is answered before what it may: 401 is for nobody's secret.
    return admin().as(secret).get(KEYS).status() != 401;
  }

  @Test
  void comesWithItsLimitsAndItsBudget() {
    Api.Response made =
        admin()
            .post(
                KEYS,
                "{'id':'whole','name':'backend','scopes':['usage:read','events:write'],"
                    + "'expires_in_seconds':3600,'rotation_due_at':'2126-01-01T00:00:00Z',"
                    + "'allowed_ip_ranges':['10.0.0.0/8','2001:db8::/32'],'rate_limit_rpm':100,"
                    + "'allowed_models':['gpt-*'],'budget':{'amount':'20','hard':true}}");

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.text("/value")).startsWith("tg-");
    assertThat(made.text("/key_prefix")).isEqualTo("tg-");
    assertThat(made.text("/redacted_value")).endsWith(lastFour(made)).startsWith("tg-...");
    assertThat(made.text("/rate_limit_rpm")).isEqualTo("100");
    assertThat(made.body().at("/allowed_models").size()).isEqualTo(1);
    assertThat(made.body().at("/rotation_due").asBoolean()).isFalse();
    assertThat(made.body().at("/expires_at").asLong() - made.body().at("/created_at").asLong())
        .isEqualTo(3_600);

    ApiKey published =
        running().published(Topics.API_KEYS, "whole", java.util.Optional::isPresent).orElseThrow();
    assertThat(Objects.requireNonNull(published.getValidUntil()).getEpochSecond())
        .isEqualTo(made.body().at("/expires_at").asLong());
    Limit limit =
        running()
            .published(Topics.LIMITS, "keyed-org/api_key/whole", java.util.Optional::isPresent)
            .orElseThrow();
    assertThat(limit.getRequestsPerMinute()).isEqualTo(100);
    Api.Response budgets = admin().get("/v1/organization/projects/keyed/budgets");
    Budget budget =
        running()
            .published(Topics.BUDGETS, budgets.text("/data/0/id"), java.util.Optional::isPresent)
            .orElseThrow();
    assertThat(budget.getApiKeyId()).isEqualTo("whole");
    assertThat(budget.getHard()).isTrue();
    assertThat(admin().get(KEYS + "/whole").body().has("value")).isFalse();
  }

  private static String lastFour(Api.Response made) {
    String value = made.text("/value");
    return value.substring(value.length() - 4);
  }

  @Test
  void rotatesWithAnOverlapAndStaysTheSameKey() {
    String first = admin().post(KEYS, "{'id':'turning','name':'K'}").text("/value");
    Api.Response rotated = admin().post(KEYS + "/turning/rotate", "{'overlap_seconds':600}");
    String second = rotated.text("/value");

    assertThat(rotated.status()).isEqualTo(200);
    assertThat(rotated.text("/id")).isEqualTo("turning");
    assertThat(rotated.body().at("/previous_secret_ends_at").isNumber()).isTrue();
    assertThat(works(first)).isTrue();
    assertThat(works(second)).isTrue();

    String third = admin().post(KEYS + "/turning/rotate", "{'overlap_seconds':0}").text("/value");
    assertThat(works(third)).isTrue();
    assertThat(works(first)).as("the oldest ends with the next rotation").isFalse();
    assertThat(works(second)).as("no overlap was wanted").isFalse();
  }

  @Test
  void restsAndWorksAgainAndEnds() {
    String secret = admin().post(KEYS, "{'id':'resting','name':'K'}").text("/value");
    assertThat(works(secret)).isTrue();

    Api.Response resting = admin().patch(KEYS + "/resting", "{'disabled':true}");
    assertThat(resting.text("/status")).isEqualTo("disabled");
    assertThat(works(secret)).isFalse();
    running()
        .published(
            Topics.API_KEYS,
            "resting",
            key -> key.isPresent() && key.get().getValidUntil() != null);

    assertThat(admin().patch(ALL + "/resting", "{'disabled':false}").text("/status"))
        .isEqualTo("active");
    assertThat(works(secret)).isTrue();
    running()
        .published(
            Topics.API_KEYS,
            "resting",
            key -> key.isPresent() && key.get().getValidUntil() == null);

    assertThat(admin().delete(KEYS + "/resting").text("/object"))
        .isEqualTo("organization.project.api_key.deleted");
    assertThat(works(secret)).isFalse();
    assertThat(admin().get(KEYS + "/resting").status()).isEqualTo(404);
    assertThat(admin().post(KEYS, "{'id':'resting','name':'K'}").status()).isEqualTo(409);
  }

  @Test
  void belongsToAServiceAccountAndEndsWithIt() {
    Api.Response account = admin().post(ACCOUNTS, "{'id':'robot','name':'CI'}");
    String secret = account.text("/api_key/value");
    assertThat(account.text("/role")).isEqualTo("member");
    assertThat(account.text("/tollgate_role")).isEqualTo("editor");

    String further = admin().post(ACCOUNTS + "/robot/api_keys", "{'name':'two'}").text("/value");
    Api.Response key = admin().get(KEYS + "/" + account.text("/api_key/id"));
    assertThat(key.text("/owner/type")).isEqualTo("service_account");
    assertThat(key.text("/owner/service_account/id")).isEqualTo("robot");
    assertThat(works(secret)).isTrue();
    assertThat(works(further)).isTrue();

    assertThat(admin().post(ACCOUNTS + "/robot", "{'role':'none'}").text("/role"))
        .isEqualTo("none");
    assertThat(admin().delete(ACCOUNTS + "/robot").status()).isEqualTo(200);
    await().until(() -> !works(secret) && !works(further));
    assertThat(admin().get(ACCOUNTS + "/robot").status()).isEqualTo(404);
  }

  @Test
  void belongsToAMemberAndEndsWithTheMembership() {
    assertThat(admin().post(KEYS, "{'name':'K','user_id':'nobody'}").text("/error/param"))
        .isEqualTo("user_id");
    String token =
        admin()
            .post(
                "/v1/organization/invites", "{'email':'ada@example.com','tollgate_role':'member'}")
            .text("/token");
    String user =
        admin()
            .post("/v1/organization/invites/accept", "{'token':'" + token + "','name':'Ada'}")
            .text("/id");
    Api.Response key = admin().post(KEYS, "{'id':'adas','name':'K','user_id':'" + user + "'}");
    assertThat(key.text("/owner/type")).isEqualTo("user");
    assertThat(key.text("/owner/user/email")).isEqualTo("ada@example.com");
    assertThat(works(key.text("/value"))).isTrue();

    assertThat(admin().delete("/v1/organization/users/" + user).status()).isEqualTo(200);
    assertThat(works(key.text("/value"))).isFalse();
  }

  @Test
  void isRefusedWhenItIsLooserThanItsWorkspace() {
    admin().put("/v1/organization/limits", "{'requests_per_minute':1000}");
    Api.Response refused = admin().post(KEYS, "{'id':'loose','name':'K','rate_limit_rpm':2000}");

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("/error/param")).isEqualTo("rate_limit_rpm");
    assertThat(admin().get(KEYS + "/loose").status()).isEqualTo(404);
  }

  @Test
  void knowsWhenItWasLastUsed() throws Exception {
    admin().post(KEYS, "{'id':'busy','name':'K'}");
    assertThat(admin().get(KEYS + "/busy").body().get("last_used_at").isNull()).isTrue();
    Instant used = Instant.now();
    DeltaEntry entry =
        DeltaEntry.newBuilder()
            .setWorkspaceId("keyed")
            .setApiKeyId("busy")
            .setQuarterHour(0)
            .setRequests(1)
            .setUnits(Map.of())
            .setCost(BigDecimal.ZERO.setScale(12))
            .build();
    UsageDelta delta =
        UsageDelta.newBuilder()
            .setOrganizationId("keyed-org")
            .setGeneration(1)
            .setPartition(0)
            .setNextOffset(1)
            .setPart(0)
            .setParts(1)
            .setCurrency("USD")
            .setCommittedAt(used)
            .setEntries(List.of(entry))
            .build();
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                SharedStack.endpoints().bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      AvroSerde<UsageDelta> deltas =
          AvroSerde.of(Topics.USAGE_DELTAS, RegistryClient.at(SharedStack.endpoints().registry()));
      producer
          .send(new ProducerRecord<>(Topics.USAGE_DELTAS.name(), "keyed-org", deltas.encode(delta)))
          .get();
    }

    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                admin().get(KEYS + "/busy").body().get("last_used_at").asLong()
                    >= used.getEpochSecond());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'name':'K','scopes':['events:read']}                        | scopes[0]",
        "{'name':'K','scopes':[]}                                     | scopes",
        "{'name':'K','expires_in_seconds':0}                          | expires_in_seconds",
        "{'name':'K','expires_at':'2001-01-01T00:00:00Z'}             | expires_at",
        "{'name':'K','expires_at':'2031-01-01T00:00:00Z','expires_in_seconds':5} |"
            + " expires_in_seconds",
        "{'name':'K','allowed_ip_ranges':['10.0.0.1/8']}              | allowed_ip_ranges[0]",
        "{'name':'K','allowed_ip_ranges':['localhost']}               | allowed_ip_ranges[0]",
        "{'name':'K','rate_limit_rpm':0}                              | rate_limit_rpm",
        "{'name':'K','budget':{'amount':'0'}}                         | amount",
        "{'name':'K','secret':'mine'}                                 | secret",
        "{'id':'../x','name':'K'}                                     | id"
      })
  void saysWhatIsWrong(String body, String field) {
    Api.Response refused = admin().post(KEYS, body);

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("/error/param")).isEqualTo(field);
  }
}
