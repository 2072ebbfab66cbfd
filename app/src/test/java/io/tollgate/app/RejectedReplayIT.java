package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.app.RunningLine.Caller;
import io.tollgate.app.RunningLine.Response;
import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsageEventBuilder;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Usage that was rejected is found, mended, sent again, and billed once. */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RejectedReplayIT {
  private static final String REJECTED = "/v1/organization/rejected_events";
  private static final Duration ARRIVES = Duration.ofSeconds(120);

  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningLine running;
  private static @Nullable Caller owner;
  private static @Nullable Caller workspaceAdmin;
  private static @Nullable Caller foreign;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningLine(Objects.requireNonNull(folder));
    owner = line().organization("acme");
    foreign = line().organization("beta");
    for (String workspace : List.of("mine", "other")) {
      owner().made("/v1/organization/projects", "{'id':'" + workspace + "','name':'W'}");
    }
    owner().made("/v1/organization/projects/mine/api_keys", "{'id':'known','name':'K'}");
    workspaceAdmin =
        line()
            .join(
                owner(),
                "admin@acme.example",
                "'tollgate_role':'member','projects':[{'id':'mine','tollgate_role':'admin'}]");
    Caller operator = line().operator();
    operator.made("/v1/platform/price_books", "{'id':'list','currency':'USD'}");
    operator.made(
        "/v1/platform/price_books/list/versions",
        "{'effective_from':'2026-01-01T00:00:00Z','rates':[{'provider':'openai','model':'m',"
            + "'meter':'input','rate':'1'}]}");
    try (UsagePublisher publisher =
        UsagePublisher.open(
            line().stack().kafka().bootstrapServers(),
            RegistryClient.at(line().stack().registry().url()),
            PublisherSettings.standard())) {
      publisher.publish(event("early", "mine", "made-late", Instant.now())).join();
      publisher.publish(event("elsewhere", "other", "never-made", Instant.now())).join();
      publisher
          .publish(event("old", "mine", "known", Instant.now().minus(Duration.ofDays(40))))
          .join();
    }
  }

  private static UsageEvent event(String id, String workspace, String key, Instant at) {
    return UsageEventBuilder.event("gateway", id, at)
        .tenant(new OrganizationId("acme"), new WorkspaceId(workspace), new ApiKeyId(key))
        .model("openai", "m")
        .units(Meter.INPUT, 1_000_000)
        .build();
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  private static RunningLine line() {
    return Objects.requireNonNull(running);
  }

  private static Caller owner() {
    return Objects.requireNonNull(owner);
  }

  private static String id(String reason, String workspace) {
    JsonNode data =
        owner().get(REJECTED + "?reason=" + reason + "&project_id=" + workspace).body().get("data");
    return data.size() == 1 ? data.get(0).get("id").asText() : "";
  }

  private static String rejected(String reason, String workspace) {
    await()
        .atMost(ARRIVES)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !id(reason, workspace).isEmpty());
    return id(reason, workspace);
  }

  private static String completions() {
    long start = Instant.now().minus(Duration.ofDays(1)).getEpochSecond();
    JsonNode buckets =
        owner()
            .get("/v1/organization/usage/completions?start_time=" + start + "&group_by=api_key_id")
            .body()
            .get("data");
    StringBuilder found = new StringBuilder();
    for (JsonNode bucket : buckets) {
      for (JsonNode result : bucket.get("results")) {
        found
            .append(result.get("api_key_id").asText())
            .append(' ')
            .append(result.get("num_model_requests").asText())
            .append(' ')
            .append(result.get("input_tokens").asText())
            .append(';');
      }
    }
    return found.toString();
  }

  private static long duplicates() {
    return line()
        .operator()
        .get("/v1/platform/streams/outcomes")
        .body()
        .at("/totals/duplicate")
        .asLong();
  }

  @Test
  @Order(1)
  void whatWasRejectedIsBilledOnceAfterItIsMended() {
    String id = rejected("unknown_tenant", "mine");
    JsonNode shown = owner().get(REJECTED + "/" + id).body();
    assertThat(shown.get("event_id").asText()).isEqualTo("early");
    assertThat(shown.get("field").asText()).isEqualTo("api_key_id");
    assertThat(shown.get("value").asText()).isEqualTo("made-late");
    assertThat(completions()).isEmpty();

    owner().made("/v1/organization/projects/mine/api_keys", "{'id':'made-late','name':'K'}");
    JsonNode first = owner().made(REJECTED + "/" + id + "/replay", "{}");
    await().atMost(ARRIVES).until(() -> completions().equals("made-late 1 1000000;"));
    JsonNode second = owner().made(REJECTED + "/" + id + "/replay", "{}");
    await().atMost(ARRIVES).until(() -> duplicates() == 1);

    assertThat(first.get("replayed_before").asBoolean()).isFalse();
    assertThat(second.get("replayed_before").asBoolean()).isTrue();
    assertThat(completions()).isEqualTo("made-late 1 1000000;");
    Response books = line().operator().get("/v1/platform/reconciliation?wait_seconds=60");
    assertThat(books.body().get("balanced").asBoolean()).as(books.text()).isTrue();
    assertThat(owner().get("/v1/organization/audit_events").text())
        .contains("rejected_event.replayed");
  }

  @Test
  @Order(2)
  void whatWasLateStaysLate() {
    Response refused = owner().post(REJECTED + "/" + rejected("late", "mine") + "/replay", "{}");

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text("/error/message")).contains("backfill");
  }

  @Test
  @Order(3)
  void whatIsAnothersIsNotThereAndAWorkspaceAdminReadsItsOwn() {
    String mine = rejected("unknown_tenant", "mine");
    String others = rejected("unknown_tenant", "other");
    Caller elsewhere = Objects.requireNonNull(foreign);
    Caller admin = Objects.requireNonNull(workspaceAdmin);

    assertThat(elsewhere.get(REJECTED).body().get("data")).isEmpty();
    assertThat(elsewhere.get(REJECTED + "/" + mine).status()).isEqualTo(404);
    assertThat(elsewhere.post(REJECTED + "/" + mine + "/replay", "{}").status()).isEqualTo(404);
    assertThat(admin.get(REJECTED).body().get("data")).hasSize(2);
    assertThat(admin.get(REJECTED + "/" + mine).status()).isEqualTo(200);
    assertThat(admin.get(REJECTED + "/" + others).status()).isEqualTo(404);
    assertThat(admin.get(REJECTED + "?project_id=other").status()).isEqualTo(404);
    assertThat(admin.post(REJECTED + "/" + mine + "/replay", "{}").status()).isEqualTo(403);
  }
}
