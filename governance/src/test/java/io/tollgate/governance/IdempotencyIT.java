package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

/** POSTs that are sent again because their answer did not arrive. */
@ExtendWith(SharedStack.class)
class IdempotencyIT {
  private static final String PROJECTS = "/v1/organization/projects";
  private static final String KEYS = PROJECTS + "/again/api_keys";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable GovernanceConfig config;
  private static @Nullable Api admin;

  @BeforeAll
  static void start() throws Exception {
    config = SharedStack.config("idempotency", Objects.requireNonNull(folder));
    running = new RunningGovernance(config);
    Api operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'repeating','name':'N','time_zone':'UTC','currency':'USD'}");
    admin =
        operator.as(
            operator
                .post("/v1/platform/organizations/repeating/admin_api_keys", "{'name':'A'}")
                .text("/value"));
    admin.post(PROJECTS, "{'id':'again','name':'P'}");
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(running).close();
  }

  private static HttpResponse<String> post(String path, String key, String json) throws Exception {
    Api caller = Objects.requireNonNull(admin);
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + caller.port() + path))
            .header("Authorization", "Bearer " + caller.secret())
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(json.replace('\'', '"')))
            .build(),
        BodyHandlers.ofString());
  }

  private static long count(String sql) {
    try (Database database = Database.open(Objects.requireNonNull(config).database())) {
      return database.read(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }
  }

  @Test
  void areCarriedOutOnceAndAnsweredTheSame() throws Exception {
    HttpResponse<String> first = post(KEYS, "first-try", "{'name':'K'}");
    HttpResponse<String> second = post(KEYS, "first-try", "{'name':'K'}");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(201);
    assertThat(second.body()).isEqualTo(first.body()).contains("\"value\":\"tg-");
    assertThat(first.headers().firstValue("Idempotent-Replayed")).isEmpty();
    assertThat(second.headers().firstValue("Idempotent-Replayed")).contains("true");
    assertThat(second.headers().firstValue("ETag")).isEqualTo(first.headers().firstValue("ETag"));
    assertThat(post(PROJECTS, "tagged", "{'name':'T'}").headers().firstValue("ETag"))
        .isPresent()
        .isEqualTo(post(PROJECTS, "tagged", "{'name':'T'}").headers().firstValue("ETag"));
    assertThat(post(KEYS, "another-try", "{'name':'K'}").body()).isNotEqualTo(first.body());
  }

  @Test
  void keepNoSecretThatTheDatabaseCouldGiveAway() throws Exception {
    String answer = post(KEYS, "kept", "{'name':'K'}").body();
    String secret = answer.replaceAll(".*\"value\":\"([^\"]+)\".*", "$1");
    assertThat(secret).startsWith("tg-");
    try (Database database = Database.open(Objects.requireNonNull(config).database())) {
      byte[] kept =
          database.read(
              handle ->
                  handle
                      .createQuery("SELECT answer FROM idempotency_keys WHERE key = 'kept'")
                      .mapTo(byte[].class)
                      .one());
      assertThat(new String(kept, StandardCharsets.ISO_8859_1)).doesNotContain(secret);
    }
  }

  @Test
  void mustBeTheSameRequest() throws Exception {
    assertThat(post(KEYS, "mine", "{'name':'K'}").statusCode()).isEqualTo(201);
    HttpResponse<String> other = post(KEYS, "mine", "{'name':'L'}");

    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(other.body()).contains("Idempotency-Key").contains("was used for another request");
  }

  @Test
  void leaveNothingWhenRefused() throws Exception {
    assertThat(post(PROJECTS, "refused", "{'name':''}").statusCode()).isEqualTo(400);
    assertThat(count("SELECT count(*) FROM idempotency_keys WHERE key = 'refused'")).isZero();
    assertThat(post(PROJECTS, "refused", "{'name':'now it is right'}").statusCode()).isEqualTo(201);
  }

  @Test
  void makeOneThingHoweverManyAreSentAtOnce() throws Exception {
    List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(() -> post(PROJECTS, "crowd", "{'name':'crowded'}"));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      int made = 0;
      for (Future<HttpResponse<String>> answer : threads.invokeAll(calls)) {
        assertThat(answer.get().statusCode()).isIn(201, 409);
        made += answer.get().statusCode() == 201 ? 1 : 0;
      }
      assertThat(made).isPositive();
    }
    assertThat(count("SELECT count(*) FROM workspaces WHERE name = 'crowded'")).isEqualTo(1);
  }

  @Test
  void needAKeyThatIsOne() throws Exception {
    assertThat(post(PROJECTS, "a b", "{'name':'P'}").body()).contains("Idempotency-Key");
    assertThat(post(PROJECTS, "x".repeat(256), "{'name':'P'}").statusCode()).isEqualTo(400);
  }
}
