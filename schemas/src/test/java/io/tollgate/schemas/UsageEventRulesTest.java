package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UsageEventRulesTest {
  @Test
  void aGoodEventBreaksNothing() {
    assertThat(UsageEventRules.check(EventBuilder.event().build())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void namesFieldAndRule(Consumer<UsageEvent.Builder> breakIt, String field, String rule) {
    UsageEvent.Builder event = EventBuilder.event();
    breakIt.accept(event);
    assertThat(UsageEventRules.check(event.build()))
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.field()).isEqualTo(field);
              assertThat(violation.rule()).isEqualTo(rule);
            });
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        broken(e -> e.setSource(""), "source", "must be 1 to 256 bytes"),
        broken(e -> e.setId("é".repeat(129)), "id", "must be 1 to 256 bytes"),
        broken(e -> e.setOrganizationId("a/b"), "organization_id", Ids.RULE),
        broken(e -> e.setWorkspaceId("x".repeat(65)), "workspace_id", Ids.RULE),
        broken(e -> e.setApiKeyId(""), "api_key_id", Ids.RULE),
        broken(e -> e.setUser("u".repeat(257)), "user", "must be 0 to 256 bytes"),
        broken(
            e -> e.setServiceTier("gold"),
            "service_tier",
            "must be standard, batch, flex or priority"),
        broken(e -> e.setUnits(Map.of("tokens", 1L)), "units", "is not a meter"),
        broken(e -> e.setUnits(Map.of("input", -1L)), "units.input", "must be 0 to 10^12"),
        broken(
            e -> e.setUnits(Map.of("input", 1_000_000_000_001L)),
            "units.input",
            "must be 0 to 10^12"),
        broken(e -> e.setTags(tags(33)), "tags", "must be at most 32"),
        broken(e -> e.setTags(Map.of("k".repeat(129), "v")), "tags", "keys must be 1 to 128 bytes"),
        broken(e -> e.setTags(Map.of("k", "v".repeat(257))), "tags.k", "must be at most 256 bytes"),
        broken(e -> e.setHoldId("a b"), "hold_id", Ids.RULE),
        broken(e -> e.setBackfillId("ä"), "backfill_id", Ids.RULE));
  }

  private static Arguments broken(Consumer<UsageEvent.Builder> breakIt, String field, String rule) {
    return arguments(breakIt, field, rule);
  }

  private static Map<String, String> tags(int count) {
    Map<String, String> tags = new HashMap<>();
    IntStream.range(0, count).forEach(i -> tags.put("k" + i, "v"));
    return tags;
  }

  @ParameterizedTest
  @MethodSource("brokenCorrections")
  void namesWhatIsWrongWithACorrection(
      Consumer<UsageEvent.Builder> breakIt, String field, String rule) {
    UsageEvent.Builder event =
        EventBuilder.event()
            .setId("amend-1")
            .setCorrection(
                CorrectedBody.correction(CorrectionKind.AMEND, EventBuilder.event().build()));
    assertThat(UsageEventRules.check(event.build())).isEmpty();
    breakIt.accept(event);
    assertThat(UsageEventRules.check(event.build()))
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.field()).isEqualTo(field);
              assertThat(violation.rule()).startsWith(rule);
            });
  }

  static Stream<Arguments> brokenCorrections() {
    UsageEvent original = EventBuilder.event().build();
    Correction right = CorrectedBody.correction(CorrectionKind.AMEND, original);
    UsageEvent amendment = EventBuilder.event().setId("amend-0").setCorrection(right).build();
    return Stream.of(
        broken(
            e -> e.getCorrection().setOriginalId(""),
            "correction.original_id",
            "must be 1 to 256 bytes"),
        broken(
            e -> e.getCorrection().setOriginalDigest(ByteBuffer.wrap(new byte[15])),
            "correction.original_digest",
            "must be 16 bytes"),
        broken(
            e -> e.getCorrection().setOriginalDigest(ByteBuffer.wrap(new byte[16])),
            "correction.original_digest",
            "must be the digest of correction.original_body, "),
        broken(
            e -> e.getCorrection().setOriginalBody(ByteBuffer.wrap(new byte[] {2, 3})),
            "correction.original_body",
            "must be a usage event in Avro binary: "),
        broken(
            e -> {
              e.getCorrection().setOriginalBody(CorrectedBody.encode(amendment));
              e.getCorrection().setOriginalDigest(BodyDigest.of(amendment).toBytes());
            },
            "correction.original_body.correction",
            "must be null"),
        broken(e -> e.getCorrection().setKind(CorrectionKind.VOID), "units", "must be none"),
        broken(
            e -> e.setSource("gateway-2"),
            "correction.original_body.source",
            "must be that of the correction"),
        broken(
            e -> e.setOrganizationId("globex"),
            "correction.original_body.organization_id",
            "must be that of the correction"),
        broken(
            e ->
                e.setCorrection(CorrectedBody.correction(CorrectionKind.AMEND, amendment))
                    .setId("amend-0"),
            "id",
            "must differ from that of the body it corrects"));
  }

  @Test
  void aCorrectionOfItselfIsNone() {
    UsageEvent original = EventBuilder.event().build();
    UsageEvent event =
        EventBuilder.event()
            .setCorrection(CorrectedBody.correction(CorrectionKind.AMEND, original))
            .build();
    assertThat(UsageEventRules.check(event)).extracting(Violation::field).containsOnly("id");
  }

  @Test
  void aCorrectedBodyIsReadBackAsItWas() {
    UsageEvent original = EventBuilder.event().build();
    Correction amend = CorrectedBody.correction(CorrectionKind.AMEND, original);
    assertThat(CorrectedBody.of(amend)).isEqualTo(original);
    UsageEvent amendment = EventBuilder.event().setId("amend-1").setCorrection(amend).build();
    Correction again = CorrectedBody.correction(CorrectionKind.VOID, amendment);
    assertThat(again.getOriginalId()).isEqualTo(original.getId());
    assertThat(CorrectedBody.of(again)).isEqualTo(CorrectedBody.inForce(amendment));
    assertThat(BodyDigest.fromBytes(again.getOriginalDigest()))
        .isEqualTo(BodyDigest.inForce(amendment));
    UsageEvent voided = EventBuilder.event().setId("void-1").setCorrection(again).build();
    assertThatThrownBy(() -> CorrectedBody.correction(CorrectionKind.VOID, voided))
        .isInstanceOf(InvalidInput.class);
  }

  @Test
  void countsUtf8Bytes() {
    for (String text : new String[] {"", "abc", "é", "€", "𝄞", "a𝄞€é"}) {
      assertThat(UsageEventRules.bytes(text))
          .isEqualTo(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
    }
  }
}
