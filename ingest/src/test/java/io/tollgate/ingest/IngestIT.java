package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.Part;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.Principals;
import io.tollgate.http.Secret;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.PrincipalKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The intake as a gateway meets it: a real listener, principals from their topic, a real broker and
 * registry.
 */
final class IngestIT {
  private static final String WRITER = "tg-acme-writer";
  private static final String READER = "tg-acme-reader";
  private static final String ADMIN = "tg-admin-acme";
  private static final String SINGLE = CloudEventForm.SINGLE.mediaType();
  private static final String BATCH = CloudEventForm.BATCH.mediaType();
  private static final String PLAIN = CloudEventForm.PLAIN.mediaType();
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private static final IngestSettings SETTINGS =
      new IngestSettings(
          PublisherSettings.standard().withInFlight(20_000, 1_000).withTimeouts(1_000, 3_000),
          CloudEventReader.MOST_BATCH_BYTES);

  private static LocalStack stack;
  private static RegistryClient registry;
  private static CompactedView<Principal> view;
  private static Ingest ingest;
  private static HttpListener listener;
  private static HttpClient client;

  private record Reply(int status, String contentType, JsonNode body, HttpResponse<String> whole) {
    String problem(String name) {
      return body.path(name).asText();
    }
  }

  @BeforeAll
  static void start(@TempDir Path data) throws Exception {
    stack = LocalStack.in(data).only(Part.KAFKA, Part.REGISTRY).durable(false).start();
    UsageLog.create(stack.kafka().bootstrapServers());
    registry = RegistryClient.at(stack.registry().url());
    putPrincipal(WRITER, PrincipalKind.API_KEY, "key_w", "prod", List.of("events:write"));
    putPrincipal(READER, PrincipalKind.API_KEY, "key_r", "prod", List.of("usage:read"));
    putPrincipal(ADMIN, PrincipalKind.ADMIN_KEY, "adm_1", null, List.of());
    view = CompactedView.start(Topics.PRINCIPALS, stack.kafka().bootstrapServers(), registry);
    view.awaitCaughtUp(Duration.ofSeconds(30));
    ingest =
        Ingest.start(stack.kafka().bootstrapServers(), registry, SETTINGS, InstantSource.system());
    listener =
        HttpListener.start(
            ListenerConfig.onLoopback(0),
            List.of(ingest),
            new Principals(List.of(PrincipalSource.of(view)), InstantSource.system()),
            new SimpleMeterRegistry());
    client = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    client.close();
    listener.close();
    ingest.close();
    view.close();
    stack.close();
  }

  @BeforeEach
  void brokerIsUp() {
    if (!stack.kafka().isAlive()) {
      stack.kafka().restart();
    }
  }

  @Test
  void anEventIsInTheLogWhereTheAnswerSays() {
    Reply reply =
        post(SINGLE, event("single", "1", "'user':'zoë','units':{'input':374,'output':0}"));

    assertThat(reply.status()).isEqualTo(202);
    assertThat(reply.body().get("accepted").asInt()).isEqualTo(1);
    UsageLog.Entry entry = log("single").get("1").getFirst();
    assertThat(reply.body().get("events"))
        .isEqualTo(
            json(
                "[{'id':'1','partition':"
                    + entry.partition()
                    + ",'offset':"
                    + entry.offset()
                    + "}]"));
    UsageEvent event = entry.event();
    assertThat(entry.key()).isEqualTo("acme/prod/key_w");
    assertThat(event.getEventTime()).isEqualTo(NOW);
    assertThat(event.getUser()).isEqualTo("zoë");
    assertThat(event.getUnits()).isEqualTo(Map.of("input", 374L, "output", 0L));
  }

  @Test
  void aBatchIsAnsweredEventByEvent() {
    String thousand =
        IntStream.range(0, 1_000)
            .mapToObj(i -> event("batch", "b" + i, "'units':{'input':" + i + "}"))
            .collect(Collectors.joining(",", "[", "]"));

    Reply reply = post(BATCH, thousand);

    assertThat(reply.status()).isEqualTo(202);
    Map<String, List<UsageLog.Entry>> log = log("batch");
    assertThat(log.size()).isEqualTo(1_000);
    for (int i = 0; i < 1_000; i++) {
      JsonNode placed = reply.body().get("events").get(i);
      assertThat(placed.get("id").asText()).isEqualTo("b" + i);
      assertThat(log.get("b" + i))
          .extracting(UsageLog.Entry::place)
          .containsExactly(
              new Acknowledged(placed.get("partition").asInt(), placed.get("offset").asLong()));
    }
    assertThat(post(PLAIN, "[]").body()).isEqualTo(json("{'accepted':0,'events':[]}"));
    assertThat(post("application/json; charset=UTF-8", event("batch", "plain", "")).status())
        .isEqualTo(202);
  }

  @Test
  void correctionsAreInTheLogBesideTheirOriginals() {
    for (int i = 0; i < 10; i++) {
      String sent = event("corrected", "o" + i, "'units':{'input':" + i + "}");
      String amendment =
          event(
              "corrected",
              "a" + i,
              "'units':{'input':7},'correction':{'kind':'amend','original':" + sent + "}");
      String voided =
          event("corrected", "v" + i, "'correction':{'kind':'void','original':" + sent + "}")
              .replace(
                  "\"provider\":\"openai\",\"model\":\"gpt-5\",\"correction\"", "\"correction\"");
      assertThat(post(SINGLE, sent).status()).isEqualTo(202);
      assertThat(post(BATCH, "[" + amendment + "," + voided + "]").status()).isEqualTo(202);
    }

    Map<String, List<UsageLog.Entry>> log = log("corrected");
    for (int i = 0; i < 10; i++) {
      UsageLog.Entry original = log.get("o" + i).getFirst();
      for (String id : List.of("a" + i, "v" + i)) {
        UsageLog.Entry correction = log.get(id).getFirst();
        assertThat(correction.partition()).isEqualTo(original.partition());
        assertThat(UsageEventRules.check(correction.event())).isEmpty();
        assertThat(CorrectedBody.of(correction.event().getCorrection()))
            .isEqualTo(original.event());
      }
    }
    String twice = event("corrected", "v0", "'correction':{'kind':'void'}");
    assertProblem(post(SINGLE, twice), 422, "data.correction.original", "absent");
  }

  @Test
  void oneBadEventKeepsItsWholeBatchOut() {
    String good = event("refused", "1", "");
    String bad = event("refused", "2", "'organization_id':'globex'");

    Reply reply = post(BATCH, "[" + good + "," + bad + "]");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.contentType()).isEqualTo("application/problem+json");
    assertThat(reply.body())
        .isEqualTo(
            json(
                "{'type':'urn:tollgate:problem:permission_denied','title':'permission"
                    + " denied','status':403,'detail':'event 1: data.organization_id = globex: must"
                    + " be that of the API key, or be left out; nothing of the body was"
                    + " published','field':'data.organization_id','value':'globex','rule':'must be"
                    + " that of the API key, or be left out','index':1}"));
    assertThat(log("refused")).isEmpty();
  }

  @Test
  void whatIsWrongIsNamed() {
    assertProblem(post(SINGLE, "{\n'"), 400, "body", "line 2, column 1");
    assertProblem(post(SINGLE, event("wrong", "1", "'colour':'red'")), 400, "data.colour", "red");
    assertProblem(
        post(SINGLE, event("wrong", "1", "'units':{'input':-1}")), 422, "data.units.input", "-1");
    String year2030 = event("wrong", "1", "").replace(NOW.toString(), "2030-01-01T00:00:00Z");
    assertProblem(post(SINGLE, year2030), 422, "time", "2030-01-01T00:00:00Z");
    String large = event("wrong", "1", "'user':'" + "u".repeat(70 * 1024) + "'");
    assertProblem(post(SINGLE, large), 413, "event", large.length() + " bytes");
    String huge = "[" + " ".repeat(CloudEventReader.MOST_BATCH_BYTES) + "]";
    assertProblem(post(BATCH, huge), 413, "body", huge.length() + " bytes");
    assertProblem(post("text/plain", "x"), 415, "Content-Type", "text/plain");
    Reply binary =
        send(request(WRITER).header("Content-Type", PLAIN).header("ce-specversion", "1.0"), "{}");
    assertProblem(binary, 415, "ce-specversion", "a header");
    assertThat(log("wrong")).isEmpty();
  }

  @Test
  void onlyAnApiKeyThatMayWriteEventsIsLetIn() {
    String event = event("strangers", "1", "");
    assertThat(send(request("tg-nobody").header("Content-Type", SINGLE), event).status())
        .isEqualTo(401);
    assertThat(send(request(READER).header("Content-Type", SINGLE), event).status()).isEqualTo(403);
    assertThat(send(request(ADMIN).header("Content-Type", SINGLE), event).status()).isEqualTo(403);
    assertThat(log("strangers")).isEmpty();
  }

  @Test
  void withoutABrokerTheAnswerIsToRetryAndTheRetryIsSafe() {
    String batch = "[" + event("away", "1", "") + "," + event("away", "2", "") + "]";
    stack.kafka().kill();

    Reply away = post(BATCH, batch);

    assertThat(away.status()).isEqualTo(503);
    assertThat(away.whole().headers().firstValue("Retry-After")).contains("5");
    assertThat(away.problem("type")).isEqualTo("urn:tollgate:problem:not_acknowledged");
    assertThat(away.body().get("acknowledged").asInt()).isZero();
    assertThat(away.problem("detail"))
        .startsWith("0 of 2 events are acknowledged; send the same body again");
    assertThat(ingest.health().up()).isFalse();

    stack.kafka().restart();
    await().atMost(Duration.ofSeconds(30)).until(() -> post(BATCH, batch).status() == 202);
    assertThat(ingest.health().up()).isTrue();
    assertThat(log("away")).containsOnlyKeys("1", "2");
  }

  @Test
  void whatIsTooMuchAtOnceIsAnsweredBusy() throws Exception {
    try (SlowPost slow = new SlowPost()) {
      // A body of unknown length counts as the largest, and so takes up the whole budget: unless it
      // met one of the small bodies here and was itself told to come again.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                slow.beginUnlessUnderWay();
                return post(SINGLE, event("busy", "1", "")).status() == 503;
              });
      Reply busy = post(SINGLE, event("busy", "2", ""));
      assertThat(busy.status()).isEqualTo(503);
      assertThat(busy.whole().headers().firstValue("Retry-After")).contains("1");

      assertThat(slow.end("[" + event("busy", "3", "") + "]")).isEqualTo("HTTP/1.1 202 Accepted");
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> post(SINGLE, event("busy", "2", "")).status() == 202);
    assertThat(log("busy")).containsKeys("2", "3");
  }

  /** A gateway that sends the head of a request and takes its time for the body. */
  private static final class SlowPost implements AutoCloseable {
    private static final int ANSWER_MILLIS = 30_000;
    private @Nullable Socket socket;

    void beginUnlessUnderWay() throws IOException {
      if (socket != null && socket.getInputStream().available() == 0) {
        return;
      }
      close();
      socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
      socket.setSoTimeout(ANSWER_MILLIS);
      write(
          "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + WRITER
              + "\r\nContent-Type: "
              + BATCH
              + "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n");
    }

    /** Sends the body and gives the status line. */
    String end(String body) throws IOException {
      write(Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");
      return new BufferedReader(
              new InputStreamReader(open().getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }

    private void write(String text) throws IOException {
      open().getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Socket open() {
      return Objects.requireNonNull(socket);
    }

    @Override
    public void close() throws IOException {
      if (socket != null) {
        socket.close();
      }
    }
  }

  /** The reverse, that nothing else is read, holds for all that tests send. */
  @ParameterizedTest
  @CsvSource({"usage_event, ''", "first_data, data.", "amend_data, data."})
  void everyDocumentedFieldIsRead(String shape, String path) {
    String document =
        client
            .sendAsync(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + listener.port() + "/openapi.json"))
                    .build(),
                BodyHandlers.ofString())
            .join()
            .body();
    JsonNode fields = parse(document).at("/components/schemas/" + shape + "/properties");

    assertThat(fields).isNotEmpty();
    fields
        .fieldNames()
        .forEachRemaining(
            name -> {
              ObjectNode event = (ObjectNode) parse(event("documented", "1", ""));
              (path.isEmpty() ? event : (ObjectNode) event.get("data")).put(name, 1);
              Reply reply = post(SINGLE, event.toString());
              assertThat(reply.problem("field")).isEqualTo(path + name);
              assertThat(reply.problem("rule")).as(name).doesNotContain("not a field");
            });
  }

  private static void assertProblem(Reply reply, int status, String field, String value) {
    assertThat(reply.status()).as(reply.body().toString()).isEqualTo(status);
    assertThat(reply.contentType()).isEqualTo("application/problem+json");
    assertThat(reply.problem("field")).isEqualTo(field);
    assertThat(reply.problem("value")).isEqualTo(value);
    assertThat(reply.problem("rule")).isNotEmpty();
  }

  private static Map<String, List<UsageLog.Entry>> log(String source) {
    return UsageLog.read(stack.kafka().bootstrapServers(), registry).bySource(source);
  }

  private static Reply post(String contentType, String body) {
    return send(request(WRITER).header("Content-Type", contentType), body);
  }

  private static HttpRequest.Builder request(String secret) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/v1/events"))
        .header("Authorization", "Bearer " + secret)
        .timeout(Duration.ofSeconds(30));
  }

  private static Reply send(HttpRequest.Builder request, String body) {
    HttpResponse<String> response =
        client
            .sendAsync(request.POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString())
            .join();
    return new Reply(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(""),
        parse(response.body()),
        response);
  }

  private static String event(String source, String id, String data) {
    return """
    {'specversion':'1.0','type':'tollgate.usage.v1','source':'%s','id':'%s','time':'%s',
     'data':{'provider':'openai','model':'gpt-5'%s}}\
    """
        .formatted(source, id, NOW, data.isEmpty() ? "" : "," + data)
        .replace('\'', '"');
  }

  private static JsonNode json(String text) {
    return parse(text.replace('\'', '"'));
  }

  private static JsonNode parse(String text) {
    return StrictJson.read(text.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }

  private static void putPrincipal(
      String secret, PrincipalKind kind, String id, String workspace, List<String> scopes) {
    AvroSerde<Principal> serde = AvroSerde.of(Topics.PRINCIPALS, registry);
    Principal principal =
        Principal.newBuilder()
            .setKeyHash(new Secret(secret).hash())
            .setKind(kind)
            .setPrincipalId(id)
            .setOrganizationId("acme")
            .setWorkspaceId(workspace)
            .setScopes(scopes)
            .setValidFrom(NOW.minusSeconds(60))
            .setVersion(1)
            .build();
    Map<String, Object> config =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers());
    try (KafkaProducer<String, Principal> producer =
        new KafkaProducer<>(config, new StringSerializer(), serde)) {
      var unused =
          producer.send(
              new ProducerRecord<>(Topics.PRINCIPALS.name(), principal.getKeyHash(), principal));
    }
  }
}
