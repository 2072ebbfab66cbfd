package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tollgate.schemas.avro.UsageEvent;
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

  @Test
  void countsUtf8Bytes() {
    for (String text : new String[] {"", "abc", "é", "€", "𝄞", "a𝄞€é"}) {
      assertThat(UsageEventRules.bytes(text))
          .isEqualTo(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
    }
  }
}
