package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rejected events from the topic to the answer, with real Kafka and ClickHouse. */
@Timeout(180)
class RejectedEventsIT {
  private static final String PATH = "/v1/organization/rejected_events";
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  private static final int EVENTS = 45;

  @TempDir private static Path data;

  private static Line line;
  private static Landing landing;
  private static Billing billing;
  private static HttpListener listener;
  private static byte[] eventBytes;

  @BeforeAll
  static void start() {
    line = new Line(data);
    for (String organization : List.of("acme", "beta")) {
      line.publish(
          Topics.ORGANIZATIONS,
          null,
          organization,
          new Organization(
              organization, "N", "UTC", "USD", Instant.EPOCH, null, 1, List.of(), false));
    }
    eventBytes = bytes(RatedUsages.rated().workspace("research").build().getEvent());
    for (int i = 0; i < EVENTS; i++) {
      reject(i % Line.PARTITIONS, i % 3 == 0 ? "late" : "unknown_tenant", "acme", eventBytes);
    }
    UsageEvent unreal = RatedUsages.rated().workspace("product").build().getEvent();
    unreal.setEventTime(Instant.parse("9999-01-01T00:00:00Z"));
    reject(0, "future", "acme", bytes(unreal));
    reject(0, "invalid", "beta", new byte[] {1, 2, 3});
    reject(0, "malformed", null, "what is this?".getBytes(StandardCharsets.UTF_8));
    landing =
        Landing.startRejected(
            LandingConfig.ofRejected(line.endpoints(), line.clickHouseSettings()),
            InstantSource.system());
    billing =
        Billing.start(
            BillingConfig.of(line.endpoints(), line.clickHouseSettings()),
            organization -> Map.of(),
            Optional::empty,
            InstantSource.system());
    listener =
        HttpListener.start(
            ListenerConfig.onLoopback(0),
            List.of(billing),
            new Principals(List.of(RejectedEventsIT::principal), InstantSource.system()),
            new SimpleMeterRegistry());
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                get("acme", PATH + "?limit=100").path("data").size() == EVENTS + 1
                    && get("beta", PATH).path("data").size() == 1);
  }

  @AfterAll
  static void stop() {
    listener.close();
    billing.close();
    landing.close();
    line.close();
  }

  private static byte[] bytes(UsageEvent event) {
    return AvroSerde.of(Topics.USAGE_EVENTS, line.ids).encode(event);
  }

  private static void reject(int partition, String reason, String organization, byte[] bytes) {
    RejectedUsage rejected =
        RejectedUsage.newBuilder()
            .setPosition(new Position(1, partition, 7L, NOON, NOON.minusSeconds(60)))
            .setReason(reason)
            .setField("api_key_id")
            .setValue("key-1 \u2603")
            .setRule("is not known")
            .setOrganizationId(organization)
            .setSource(organization == null ? null : "gateway")
            .setId(organization == null ? null : "e")
            .setKey(null)
            .setValueBytes(ByteBuffer.wrap(bytes))
            .build();
    line.publish(Topics.USAGE_REJECTED, partition, organization, rejected);
  }

  private static Optional<Principal> principal(String hash) {
    return List.of("acme", "beta").stream()
        .filter(organization -> hash.equals(new Secret("tg-admin-" + organization).hash()))
        .findFirst()
        .map(
            organization ->
                new Principal(
                    hash,
                    PrincipalKind.ADMIN_KEY,
                    "admin",
                    organization,
                    null,
                    List.of(),
                    Instant.EPOCH,
                    null,
                    1,
                    List.of(),
                    List.of()));
  }

  private static JsonNode get(String organization, String path) {
    try {
      return StrictJson.mapper()
          .readTree(
              CLIENT
                  .send(
                      HttpRequest.newBuilder(
                              URI.create("http://127.0.0.1:" + listener.port() + path))
                          .timeout(Duration.ofSeconds(20))
                          .header("Authorization", "Bearer tg-admin-" + organization)
                          .build(),
                      BodyHandlers.ofByteArray())
                  .body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void pagesFollowEachOtherFromTheNewestOn() {
    List<String> ids = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    String after = "";
    JsonNode page;
    do {
      page = get("acme", PATH + "?limit=20" + after);
      for (JsonNode one : page.get("data")) {
        ids.add(one.get("id").asText());
        times.add(one.get("rejected_at").asLong());
      }
      assertThat(page.get("last_id").asText()).isEqualTo(ids.getLast());
      after = "&after=" + ids.getLast();
    } while (page.get("has_more").asBoolean());

    assertThat(new HashSet<>(ids)).hasSize(EVENTS + 1);
    assertThat(ids).hasSize(EVENTS + 1);
    assertThat(times.reversed()).isSorted();
  }

  @Test
  void whatIsAskedForIsWhatIsShown() {
    assertThat(get("acme", PATH + "?reason=late&limit=100").get("data")).hasSize(EVENTS / 3);
    assertThat(get("acme", PATH + "?project_id=product").get("data")).hasSize(1);
    assertThat(get("acme", PATH + "?project_id=nothing").get("data")).isEmpty();
    assertThat(get("acme", PATH + "?end_time=1").get("data")).isEmpty();
    assertThat(get("acme", PATH + "?start_time=1&limit=100").get("data")).hasSize(EVENTS + 1);
    JsonNode wrong = get("acme", PATH + "?reason=odd").get("error");
    assertThat(wrong.get("param").asText()).isEqualTo("reason");
    assertThat(wrong.get("message").asText()).contains("unknown_tenant");
  }

  @Test
  void oneIsShownWithItsBytes() {
    JsonNode listed = get("acme", PATH + "?reason=late&limit=1").at("/data/0");
    JsonNode one = get("acme", PATH + "/" + listed.get("id").asText());

    assertThat(listed.has("bytes")).isFalse();
    assertThat(Base64.getDecoder().decode(one.get("bytes").asText())).isEqualTo(eventBytes);
    assertThat(one.get("rule").asText()).isEqualTo("is not known");
    assertThat(one.get("value").asText()).isEqualTo("key-1 \u2603");
    assertThat(one.get("project_id").asText()).isEqualTo("research");
    assertThat(one.get("api_key_id").asText()).isEqualTo("key-1");
    assertThat(one.get("event_time").asLong()).isEqualTo(RatedUsages.TIME.getEpochSecond());
    assertThat(one.get("received_at").asLong()).isEqualTo(NOON.getEpochSecond());
    assertThat(one.get("accepted_at").asLong()).isEqualTo(NOON.getEpochSecond() - 60);
    assertThat(one.at("/position/offset").asLong()).isEqualTo(7);
  }

  @Test
  void whatTheTableCannotHoldIsLeftOut() {
    JsonNode unreal = get("acme", PATH + "?reason=future").at("/data/0");
    JsonNode cut = get("beta", PATH).at("/data/0");

    assertThat(unreal.get("event_time").isNull()).isTrue();
    assertThat(unreal.get("project_id").asText()).isEqualTo("product");
    assertThat(cut.get("project_id").isNull()).isTrue();
    assertThat(landing.status().state()).isEqualTo(LandingStatus.State.RUNNING);
  }

  @Test
  void anothersIsNotThere() {
    String id = get("acme", PATH + "?limit=1").at("/data/0/id").asText();

    assertThat(get("beta", PATH + "/" + id).at("/error/code").asText()).isEqualTo("not_found");
    assertThat(get("beta", PATH + "/1-0-99999").at("/error/code").asText()).isEqualTo("not_found");
    assertThat(get("beta", PATH + "?after=" + id).at("/error/param").asText()).isEqualTo("after");
    assertThat(get("beta", PATH + "/nothing").at("/error/param").asText()).isEqualTo("event_id");
    assertThat(get("acme", PATH + "?reason=malformed").get("data"))
        .as("what names no organization is nobody's")
        .isEmpty();
  }
}
