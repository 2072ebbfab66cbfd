package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CloudEventReaderTest {
  private static final Instant NOW = Instant.parse("2026-02-01T00:00:00Z");
  private static final EventTenant TENANT =
      new EventTenant(new OrganizationId("acme"), new WorkspaceId("search"), new ApiKeyId("key-1"));
  private static final String LEAST =
      event("{'provider':'openai','model':'gpt-5','units':{'input':374,'output':12}}");

  private final CloudEventReader reader = new CloudEventReader(() -> NOW);

  @Test
  void anEventWithAllItsFields() {
    String body =
        json(
            """
            {'specversion':'1.0','type':'tollgate.usage.v1','source':'gateway-eu','id':'req-1',
             'time':'2026-01-31T20:59:59.123456-03:00','datacontenttype':'application/json',
             'data':{'organization_id':'acme','workspace_id':'search','api_key_id':'key-1','user':'u','feature':'f',
               'tags':{'team':'a','stage':'prod'},'provider':'anthropic','requested_model':'opus','model':'sonnet',
               'service_tier':'batch','units':{'input':1,'cache_read':0},'provider_request_id':'p-1',
               'quality':'estimated','hold_id':'h-1'}}
            """);

    UsageEvent event = read(body, CloudEventForm.SINGLE).getFirst();

    assertThat(event)
        .isEqualTo(
            UsageEventBuilder.event(
                    "gateway-eu", "req-1", Instant.parse("2026-01-31T23:59:59.123456Z"))
                .tenant(TENANT.organization(), TENANT.workspace(), TENANT.key())
                .user("u")
                .feature("f")
                .tag("team", "a")
                .tag("stage", "prod")
                .model("anthropic", "sonnet")
                .requestedModel("opus")
                .serviceTier(ServiceTier.BATCH)
                .units(Meter.INPUT, 1)
                .units(Meter.CACHE_READ, 0)
                .providerRequestId("p-1")
                .quality(Quality.ESTIMATED)
                .hold("h-1")
                .build());
  }

  @Test
  void theTenantIsTheKeysAndTheRestHasDefaults() {
    UsageEvent event = read(LEAST, CloudEventForm.PLAIN).getFirst();

    assertThat(event.getOrganizationId()).isEqualTo("acme");
    assertThat(event.getWorkspaceId()).isEqualTo("search");
    assertThat(event.getApiKeyId()).isEqualTo("key-1");
    assertThat(event.getServiceTier()).isEqualTo("standard");
    assertThat(event.getQuality()).isEqualTo(Quality.REPORTED);
    assertThat(event.getUnits()).isEqualTo(Map.of("input", 374L, "output", 12L));
  }

  @Test
  void anAmendmentSaysWhatItCountsAndWhatItTakesBack() {
    String original = "{'provider':'openai','model':'gpt-5','units':{'input':1}}";
    UsageEvent event =
        read(
                correction(
                    "amend", "'provider':'openai','model':'gpt-5','units':{'input':2}", original),
                CloudEventForm.SINGLE)
            .getFirst();

    UsageEvent accepted =
        UsageEventBuilder.event("gateway-eu", "req-0", Instant.parse("2025-06-01T00:00:00Z"))
            .tenant(TENANT.organization(), TENANT.workspace(), TENANT.key())
            .model("openai", "gpt-5")
            .units(Meter.INPUT, 1)
            .build();
    assertThat(event.getUnits()).isEqualTo(Map.of("input", 2L));
    assertThat(event.getCorrection())
        .isEqualTo(CorrectedBody.correction(CorrectionKind.AMEND, accepted));
  }

  @Test
  void aVoidNeedsNothingButWhatItTakesBack() {
    String original =
        "{'api_key_id':'key-0','provider':'openai','model':'gpt-5','units':{'input':1}}";
    UsageEvent event = read(correction("void", "", original), CloudEventForm.SINGLE).getFirst();

    assertThat(event.getUnits()).isEmpty();
    assertThat(event.getModel()).isEqualTo("gpt-5");
    assertThat(event.getApiKeyId()).as("who voids it").isEqualTo("key-1");
    UsageEvent body = CorrectedBody.of(event.getCorrection());
    assertThat(body.getApiKeyId()).as("who sent it").isEqualTo("key-0");
    assertThat(event.getCorrection().getKind()).isEqualTo(CorrectionKind.VOID);
    assertThat(event.getCorrection().getOriginalId()).isEqualTo("req-0");
  }

  @Test
  void anAmendmentOfAnAmendmentNamesTheEventThatCameFirst() {
    String original = "{'provider':'openai','model':'gpt-5','units':{'input':1}}";
    UsageEvent event =
        read(
                correction("void", "", original)
                    .replace("\"kind\"", "\"original_id\":\"req-first\",\"kind\""),
                CloudEventForm.SINGLE)
            .getFirst();

    assertThat(event.getCorrection().getOriginalId()).isEqualTo("req-first");
    assertThat(CorrectedBody.of(event.getCorrection()).getId()).isEqualTo("req-0");
  }

  /** Corrects an event req-0 that is older than any new one may be. */
  private static String correction(String kind, String data, String originalData) {
    return event(
        "{"
            + data
            + (data.isEmpty() ? "" : ",")
            + "'correction':{'kind':'"
            + kind
            + "','original':{'id':'req-0','time':'2025-06-01T00:00:00Z','data':"
            + originalData
            + "}}}");
  }

  @Test
  void nullIsTheSameAsAbsent() {
    String nulls =
        event(
            "{'user':null,'tags':null,'backfill_id':null,'provider':'openai','model':'gpt-5',"
                + "'units':{'input':374,'output':12}}");

    assertThat(read(nulls, CloudEventForm.SINGLE)).isEqualTo(read(LEAST, CloudEventForm.SINGLE));
  }

  @Test
  void plainJsonIsOneEventOrSeveral() {
    assertThat(read(LEAST, CloudEventForm.PLAIN)).hasSize(1);
    assertThat(read("[" + LEAST + "," + LEAST + "]", CloudEventForm.PLAIN)).hasSize(2);
    assertThat(read("[" + LEAST + "]", CloudEventForm.BATCH)).hasSize(1);
    assertThat(read("[]", CloudEventForm.BATCH)).isEmpty();
  }

  static Stream<List<String>> refused() {
    String units = "'provider':'openai','model':'gpt-5','units':{'input':1}";
    return Stream.of(
        // body, status, field, value, rule
        List.of("", "400", "body", "empty", "must be JSON"),
        List.of(
            "[]",
            "422",
            "body",
            "an array",
            "must be one event; a batch is application/cloudevents-batch+json"),
        List.of("7", "422", "event", "a number", "must be a JSON object"),
        List.of(with("'specversion':'0.3'"), "422", "specversion", "0.3", "must be 1.0"),
        List.of(with("'specversion':1.0"), "422", "specversion", "1.0", "must be a string"),
        List.of(
            with("'type':'com.example'"),
            "422",
            "type",
            "com.example",
            "must be tollgate.usage.v1"),
        List.of(with("'type':null"), "422", "type", "absent", "must be told"),
        List.of(with("'id':''"), "422", "id", "", "must be 1 to 256 bytes"),
        List.of(
            with("'id':'\\ud83d'"),
            "422",
            "id",
            "U+d83d",
            "must be Unicode without half surrogate pairs"),
        List.of(with("'source':7"), "422", "source", "7", "must be a string"),
        List.of(with("'data':null"), "422", "data", "absent", "must be told"),
        List.of(with("'data':[]"), "422", "data", "an array", "must be a JSON object"),
        List.of(
            with("'datacontenttype':'text/xml'"),
            "422",
            "datacontenttype",
            "text/xml",
            "must be application/json"),
        List.of(
            with("'subject':'x'"),
            "422",
            "subject",
            "x",
            "is a CloudEvents attribute that usage events do not have"),
        List.of(with("'data_base64':'eA=='"), "422", "data_base64", "eA==", "must be JSON in data"),
        List.of(
            with("'traceparent':'00'"),
            "400",
            "traceparent",
            "00",
            "is not a field of a usage event"),
        List.of(
            with("'time':'2030-01-01T00:00:00Z'"),
            "422",
            "time",
            "2030-01-01T00:00:00Z",
            "must be at most 10 minutes in the future"),
        List.of(
            with("'time':'2026-02-01T00:10:00.000001Z'"),
            "422",
            "time",
            "2026-02-01T00:10:00.000001Z",
            "must be at most 10 minutes in the future"),
        List.of(
            with("'time':'2025-12-28T23:59:59.999999Z'"),
            "422",
            "time",
            "2025-12-28T23:59:59.999999Z",
            "must be at most 34 days old"),
        List.of(
            with("'time':'2026-01-31'"),
            "422",
            "time",
            "2026-01-31",
            "must be RFC 3339 with an offset, such as 2026-01-31T23:59:59.123456Z"),
        List.of(
            event("{'provider':'openai','units':{}}"),
            "422",
            "data.model",
            "absent",
            "must be told"),
        List.of(
            event("{" + units + ",'colour':'red'}"),
            "400",
            "data.colour",
            "red",
            "is not a field of a usage event"),
        List.of(
            event("{" + units + ",'organization_id':'globex'}"),
            "403",
            "data.organization_id",
            "globex",
            "must be that of the API key, or be left out"),
        List.of(
            event("{" + units + ",'workspace_id':'ads'}"),
            "403",
            "data.workspace_id",
            "ads",
            "must be that of the API key, or be left out"),
        List.of(
            event("{" + units + ",'api_key_id':'key-2'}"),
            "403",
            "data.api_key_id",
            "key-2",
            "must be that of the API key, or be left out"),
        List.of(
            event("{" + units + ",'backfill_id':'b1'}"),
            "422",
            "data.backfill_id",
            "b1",
            "history enters through the publisher of the operator, not over HTTP"),
        List.of(
            event("{" + units + ",'correction':{}}"),
            "422",
            "data.correction.kind",
            "absent",
            "must be told"),
        List.of(
            event("{" + units + ",'correction':{'kind':'void'}}"),
            "422",
            "data.correction.original",
            "absent",
            "must be the event as it was sent"),
        List.of(
            correction("delete", units, "{" + units + "}"),
            "422",
            "data.correction.kind",
            "delete",
            "must be void or amend"),
        List.of(
            correction("void", units, "{" + units + "}"),
            "422",
            "data.provider",
            "openai",
            "must be left out of a void: its original says it"),
        List.of(
            correction("amend", units, "{" + units + ",'colour':'red'}"),
            "400",
            "data.correction.original.data.colour",
            "red",
            "is not a field of a usage event"),
        List.of(
            correction("amend", units, "{" + units + ",'hold_id':'a b'}"),
            "422",
            "data.correction.original.data.hold_id",
            "a b",
            "must match [A-Za-z0-9_-]{1,64}"),
        List.of(
            correction("amend", units, "{" + units + ",'workspace_id':'ads'}"),
            "403",
            "data.correction.original.data.workspace_id",
            "ads",
            "must be that of the API key, or be left out"),
        List.of(
            correction("amend", units, "{" + units + ",'correction':{}}"),
            "422",
            "data.correction.original.data.correction",
            "an object",
            "must be left out; original_id says which event was amended"),
        List.of(
            correction("amend", units, "{" + units + "}")
                .replace("\"id\":\"req-1\"", "\"id\":\"req-0\""),
            "422",
            "id",
            "req-0",
            "must differ from correction.original_id"),
        List.of(
            event("{" + units + ",'event_time':1}"),
            "422",
            "data.event_time",
            "1",
            "must be told as the CloudEvent's own time, not in data"),
        List.of(
            event("{" + units + ",'service_tier':'gold'}"),
            "422",
            "data.service_tier",
            "gold",
            "must be standard, batch, flex or priority"),
        List.of(
            event("{" + units + ",'quality':'good'}"),
            "422",
            "data.quality",
            "good",
            "must be reported, estimated or missing"),
        List.of(
            event("{" + units + ",'hold_id':'a b'}"),
            "422",
            "data.hold_id",
            "a b",
            "must match [A-Za-z0-9_-]{1,64}"),
        List.of(
            event("{" + units + ",'user':'" + "u".repeat(257) + "'}"),
            "422",
            "data.user",
            "u".repeat(256) + "…",
            "must be 0 to 256 bytes"),
        List.of(
            event("{" + units + ",'tags':{'a':1}}"), "422", "data.tags.a", "1", "must be a string"),
        List.of(
            event("{" + units + ",'tags':{'':'x'}}"),
            "422",
            "data.tags",
            "",
            "keys must be 1 to 128 bytes"),
        List.of(data("'units':{'tokens':1}"), "422", "data.units", "tokens", "is not a meter"),
        List.of(
            data("'units':{'input':1.5}"),
            "422",
            "data.units.input",
            "1.5",
            "must be a whole number of units"),
        List.of(
            data("'units':{'input':'7'}"),
            "422",
            "data.units.input",
            "7",
            "must be a whole number of units"),
        List.of(
            data("'units':{'input':-1}"),
            "422",
            "data.units.input",
            "-1",
            "must be 0 or more units"),
        List.of(
            data("'units':{'input':1000000000001}"),
            "422",
            "data.units.input",
            "1000000000001",
            "must be 0 to 10^12"),
        List.of(
            data("'units':{'input':9223372036854775808}"),
            "422",
            "data.units.input",
            "9223372036854775808",
            "must be a whole number of units"),
        List.of(
            data("'quality':'reported'"),
            "422",
            "data.quality",
            "reported",
            "must be missing where no units are told"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aBrokenRuleIsNamedWithFieldAndValue(List<String> row) {
    RefusedBody refused = refuse(row.get(0), CloudEventForm.SINGLE);

    assertThat(
            List.of(refused.kind().status() + "", refused.field(), refused.value(), refused.rule()))
        .isEqualTo(row.subList(1, 5));
    assertThat(refused.index()).isEmpty();
  }

  @Test
  void theDoorIsOpenUpToItsBounds() {
    assertThat(read(with("'time':'2026-02-01T00:10:00Z'"), CloudEventForm.SINGLE)).hasSize(1);
    assertThat(read(with("'time':'2025-12-29T00:00:00Z'"), CloudEventForm.SINGLE)).hasSize(1);
    assertThat(read(data("'units':{'input':1000000000000}"), CloudEventForm.SINGLE)).hasSize(1);
  }

  @Test
  void malformedJsonIsPlaced() {
    RefusedBody cut = refuse("{\n  \"id\": \"1\",\n  \"source\"", CloudEventForm.SINGLE);
    assertThat(cut.kind().status()).isEqualTo(400);
    assertThat(cut.field()).isEqualTo("body");
    assertThat(cut.value()).isEqualTo("line 3, column 11");

    RefusedBody twice = refuse(json("{'id':'1',\n'id':'2'}"), CloudEventForm.SINGLE);
    assertThat(twice.kind().status()).isEqualTo(400);
    assertThat(twice.value()).startsWith("line 2, column");
    assertThat(twice.rule()).contains("id");

    RefusedBody more = refuse(LEAST + " {}", CloudEventForm.SINGLE);
    assertThat(more.kind().status()).isEqualTo(400);
    assertThat(more.rule())
        .isEqualTo("must be JSON: something follows after the end of the events");

    assertThat(refuse("{\"a\":".repeat(5_000), CloudEventForm.SINGLE).kind().status())
        .isEqualTo(400);
  }

  @Test
  void bytesThatAreNoTextAreMalformed() {
    byte[] body = LEAST.getBytes(StandardCharsets.UTF_8);
    body[body.length / 2] = (byte) 0xff;

    RefusedBody refused =
        catchThrowableOfType(
            RefusedBody.class, () -> reader.read(body, CloudEventForm.SINGLE, TENANT));

    assertThat(refused.kind().status()).isEqualTo(400);
  }

  @Test
  void anEventOfSeventyKibibytesIsTooLarge() {
    String large = event("{'user':'" + "u".repeat(70 * 1024) + "'}");

    RefusedBody refused = refuse(large, CloudEventForm.SINGLE);

    assertThat(refused.kind().status()).isEqualTo(413);
    assertThat(refused.field()).isEqualTo("event");
    assertThat(refused.value()).isEqualTo(large.length() + " bytes");
    assertThat(refused.rule()).isEqualTo("must be at most 65536 bytes");
  }

  @ParameterizedTest
  @CsvSource({"0, 65536", "1, 65537"})
  void theBoundOfAnEventIsExact(int over, int size) {
    String filler =
        "u".repeat(CloudEventReader.MOST_EVENT_BYTES + over - event("{'user':''}").length());
    String body = event("{'user':'" + filler + "'}");
    assertThat(body).hasSize(size);

    assertThat(refuse(body, CloudEventForm.SINGLE).kind().status())
        .isEqualTo(over == 0 ? 422 : 413);
  }

  @Test
  void oneBadEventRefusesItsBatchAndIsNamedByItsPlace() {
    String bad = with("'specversion':'0.3'");
    RefusedBody refused =
        refuse("[" + LEAST + ", " + LEAST + ",\n" + bad + "]", CloudEventForm.BATCH);

    assertThat(refused.index()).isEqualTo(OptionalInt.of(2));
    assertThat(refused.field()).isEqualTo("specversion");
    assertThat(refused).hasMessage("event 2: specversion = 0.3: must be 1.0");
  }

  @Test
  void aBatchHasAtMostAThousandEvents() {
    String thousand =
        IntStream.range(0, 1_000).mapToObj(i -> LEAST).collect(Collectors.joining(","));
    assertThat(read("[" + thousand + "]", CloudEventForm.BATCH)).hasSize(1_000);

    RefusedBody refused = refuse("[" + thousand + "," + LEAST + "]", CloudEventForm.BATCH);
    assertThat(refused.kind().status()).isEqualTo(413);
    assertThat(refused.rule()).isEqualTo("must be at most 1000 events");
  }

  @Test
  void aBatchIsAnArray() {
    assertThat(refuse(LEAST, CloudEventForm.BATCH).rule())
        .isEqualTo("must be an array of events, as application/cloudevents-batch+json says");
  }

  /**
   * However a client writes the same event, it has the same digest: else its retry would be a
   * conflict.
   */
  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5"})
  void theDigestDoesNotDependOnOrderOrSpace(long seed) {
    Random random = new Random(seed);
    BodyDigest digest =
        BodyDigest.of(read(shuffled(new Random(0)), CloudEventForm.PLAIN).getFirst());
    for (int i = 0; i < 100; i++) {
      UsageEvent event = read(shuffled(random), CloudEventForm.PLAIN).getFirst();
      assertThat(BodyDigest.of(event)).isEqualTo(digest);
    }
  }

  private static String shuffled(Random random) {
    String data =
        object(
            random,
            List.of(
                "'provider':'openai'",
                random.nextBoolean() ? "'model':'gpt-5'" : "'model':'gpt\\u002d5'",
                "'user':'zoë'",
                random.nextBoolean() ? "'service_tier':'standard'" : "'service_tier':null",
                "'tags':" + object(random, List.of("'a':'1'", "'b':'2'", "'c':'3'")),
                "'units':" + object(random, List.of("'input':5", "'output':6", "'cache_read':0"))));
    return json(
        object(
            random,
            List.of(
                "'specversion':'1.0'",
                "'type':'tollgate.usage.v1'",
                "'source':'s'",
                "'id':'1'",
                random.nextBoolean()
                    ? "'time':'2026-01-31T12:00:00Z'"
                    : "'time':'2026-01-31T13:00:00.000+01:00'",
                "'data':" + data)));
  }

  private static String object(Random random, List<String> fields) {
    List<String> order = new ArrayList<>(fields);
    Collections.shuffle(order, random);
    return order.stream()
        .collect(Collectors.joining("," + " ".repeat(random.nextInt(3)), "{\n", "}"));
  }

  private List<UsageEvent> read(String body, CloudEventForm form) {
    return reader.read(body.getBytes(StandardCharsets.UTF_8), form, TENANT);
  }

  private RefusedBody refuse(String body, CloudEventForm form) {
    return catchThrowableOfType(RefusedBody.class, () -> read(body, form));
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }

  private static String event(String data) {
    return json(
        "{'specversion':'1.0','type':'tollgate.usage.v1','source':'gateway-eu','id':'req-1',"
            + "'time':'2026-01-31T23:00:00Z','data':"
            + data
            + "}");
  }

  private static String data(String field) {
    return event("{'provider':'openai','model':'gpt-5'," + field + "}");
  }

  /** A good event but for one attribute. */
  private static String with(String attribute) {
    String name = attribute.substring(0, attribute.indexOf(':'));
    List<String> attributes =
        Stream.of(
                "'specversion':'1.0'",
                "'type':'tollgate.usage.v1'",
                "'source':'gateway-eu'",
                "'id':'req-1'",
                "'time':'2026-01-31T23:00:00Z'",
                "'data':{'provider':'openai','model':'gpt-5','units':{'input':1}}")
            .filter(other -> !other.startsWith(name + ":"))
            .toList();
    return json("{" + String.join(",", attributes) + "," + attribute + "}");
  }
}
