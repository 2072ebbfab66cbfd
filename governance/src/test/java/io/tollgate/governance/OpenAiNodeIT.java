package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.http.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The admin routes as npm {@code openai} drives them, unchanged: a script calls them one after the
 * other and prints what the client made of the answers. Without Node or the package it is skipped,
 * except where {@code CI} is {@code true}.
 */
@ExtendWith(SharedStack.class)
class OpenAiNodeIT {
  /** The module's folder is the working folder of its tests. */
  private static final Path SCRIPTS = Path.of("src/test/node");

  private static final List<String> FILES =
      List.of("package.json", "package-lock.json", "admin.mjs");

  /** The package is fetched once. */
  private static final Path INSTALLED = Path.of("target/node");

  private static final int SECONDS = 120;

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable JsonNode printed;

  @BeforeAll
  static void drive() throws Exception {
    install();
    running = new RunningGovernance(SharedStack.config("node", Objects.requireNonNull(folder)));
    Api operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'driven','name':'N','time_zone':'UTC','currency':'USD',"
            + "'owner':{'email':'alan@example.com','name':'Alan'}}");
    String secret =
        operator
            .post("/v1/platform/organizations/driven/admin_api_keys", "{'name':'A'}")
            .text("/value");
    Api admin = operator.as(secret);
    String token =
        admin
            .post("/v1/organization/invites", "{'email':'grace@example.com','role':'reader'}")
            .text("/token");
    admin.post("/v1/organization/invites/accept", "{'token':'" + token + "','name':'Grace'}");
    Ran ran =
        run(
            Map.of("OPENAI_ADMIN_KEY", secret),
            "node",
            "admin.mjs",
            "http://127.0.0.1:" + operator.port() + "/v1");
    assertThat(ran.status()).as(ran.text()).isZero();
    printed = StrictJson.mapper().readTree(ran.text());
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  private static void install() throws Exception {
    Files.createDirectories(INSTALLED);
    boolean isNew = false;
    for (String file : FILES) {
      Path target = INSTALLED.resolve(file);
      byte[] wanted = Files.readAllBytes(SCRIPTS.resolve(file));
      boolean isSame = Files.exists(target) && Arrays.equals(Files.readAllBytes(target), wanted);
      isNew |= !isSame && file.startsWith("package");
      Files.write(target, wanted);
    }
    if (!isNew && Files.isDirectory(INSTALLED.resolve("node_modules/openai"))) {
      return;
    }
    try {
      Ran ran =
          run(
              Map.of(),
              "npm",
              "ci",
              "--ignore-scripts",
              "--no-audit",
              "--no-fund",
              "--no-progress");
      if (ran.status() != 0) {
        missing("npm cannot fetch the package openai: " + ran.text());
      }
    } catch (IOException e) {
      missing("node and npm are not there: " + e.getMessage());
    }
  }

  private static void missing(String why) {
    assertThat(System.getenv("CI")).as(why).isNotEqualTo("true");
    abort(why);
  }

  private record Ran(int status, String text) {}

  private static Ran run(Map<String, String> environment, String... command) throws Exception {
    Path output = Files.createTempFile(Objects.requireNonNull(folder), "node", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(INSTALLED.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    return new Ran(
        ended ? process.exitValue() : -1, Files.readString(output, StandardCharsets.UTF_8));
  }

  private static JsonNode at(String pointer) {
    JsonNode node = Objects.requireNonNull(printed).at(pointer);
    assertThat(node.isMissingNode()).as(pointer).isFalse();
    return node;
  }

  private static String text(String pointer) {
    return at(pointer).asText();
  }

  @Test
  void createsAProjectAndFindsItAgain() {
    assertThat(text("/project/name")).isEqualTo("Chat");
    assertThat(text("/project/object")).isEqualTo("organization.project");
    assertThat(at("/projects").findValuesAsText("id")).contains(text("/project/id"));
  }

  @Test
  void createsAServiceAccountWithAKeyAndDeletesTheKey() {
    assertThat(text("/account/name")).isEqualTo("robot");
    assertThat(text("/account/api_key/value")).startsWith("tg-");
    assertThat(at("/keys")).hasSize(1);
    assertThat(text("/keys/0/id")).isEqualTo(text("/account/api_key/id"));
    assertThat(text("/keys/0/owner/service_account/id")).isEqualTo(text("/account/id"));
    assertThat(at("/keyDeleted/deleted").asBoolean()).isTrue();
    assertThat(at("/keysLeft")).isEmpty();
  }

  @Test
  void invitesAndChangesARole() {
    assertThat(text("/invite/object")).isEqualTo("organization.invite");
    assertThat(text("/invite/status")).isEqualTo("pending");
    assertThat(text("/invite/projects/0/id")).isEqualTo(text("/project/id"));
    assertThat(at("/invites").findValuesAsText("id")).contains(text("/invite/id"));
    assertThat(at("/inviteDeleted/deleted").asBoolean()).isTrue();
    assertThat(text("/person/role")).isEqualTo("reader");
    assertThat(text("/changed/role")).isEqualTo("owner");
    assertThat(text("/changedBack/role")).isEqualTo("reader");
  }

  @Test
  void readsTheAuditLog() {
    assertThat(at("/logs").findValuesAsText("type"))
        .contains("project.created", "service_account.created", "invite.sent");
    assertThat(text("/logs/0/id")).isNotEmpty();
  }

  @Test
  void limitsSpendAndWarns() {
    assertThat(at("/spendLimitRead/threshold_amount").asLong()).isEqualTo(12_345);
    assertThat(text("/spendLimit/enforcement/status")).isEqualTo("inactive");
    assertThat(at("/spendAlerts").findValuesAsText("id")).containsExactly(text("/spendAlert/id"));
    assertThat(at("/spendAlertDeleted/deleted").asBoolean()).isTrue();
    assertThat(at("/spendLimitDeleted/deleted").asBoolean()).isTrue();
  }

  @Test
  void limitsRates() {
    assertThat(text("/rateLimit/id")).isEqualTo(text("/limitBefore/id"));
    assertThat(at("/rateLimit/max_requests_per_1_minute").asLong()).isEqualTo(60);
  }

  @Test
  void understandsRefusals() {
    assertThat(text("/refused/type")).isEqualTo("NotFoundError");
    assertThat(at("/refused/status").asInt()).isEqualTo(404);
    assertThat(text("/refused/param")).isEqualTo("project_id");
  }
}
