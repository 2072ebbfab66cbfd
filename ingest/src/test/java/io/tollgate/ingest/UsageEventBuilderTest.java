package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UsageEventBuilderTest {
  private static final Instant TIME = Instant.parse("2026-01-31T23:59:59.123456789Z");

  @Test
  void whatIsNotToldHasItsDefault() {
    UsageEvent event = complete().units(Meter.INPUT, 374).units(Meter.OUTPUT, 0).build();

    assertThat(UsageEventRules.check(event)).isEmpty();
    assertThat(event.getServiceTier()).isEqualTo("standard");
    assertThat(event.getQuality()).isEqualTo(Quality.REPORTED);
    assertThat(event.getUnits()).isEqualTo(Map.of("input", 374L, "output", 0L));
    assertThat(event.getTags()).isEmpty();
    assertThat(event.getUser()).isNull();
    assertThat(event.getBackfillId()).isNull();
  }

  @Test
  void timeIsKeptInMicroseconds() {
    assertThat(complete().build().getEventTime())
        .isEqualTo(Instant.parse("2026-01-31T23:59:59.123456Z"));
  }

  @Test
  void qualityFollowsFromTheUnitsUnlessItIsTold() {
    assertThat(complete().build().getQuality()).isEqualTo(Quality.MISSING);
    assertThat(complete().units(Meter.INPUT, 1).quality(Quality.ESTIMATED).build().getQuality())
        .isEqualTo(Quality.ESTIMATED);
    assertThat(complete().units(Meter.REQUEST, 1).quality(Quality.MISSING).build().getQuality())
        .isEqualTo(Quality.MISSING);
    assertThatThrownBy(() -> complete().quality(Quality.ESTIMATED).build())
        .isInstanceOf(InvalidInput.class)
        .hasMessage("quality = estimated: must be missing where no units are told");
  }

  @Test
  void unitsAreToldOnceAndNotNegative() {
    assertThatThrownBy(() -> complete().units(Meter.INPUT, -1))
        .isInstanceOf(InvalidInput.class)
        .hasMessage("units.input = -1: must be 0 or more units");
    assertThatThrownBy(() -> complete().units(Meter.INPUT, 1).units(Meter.INPUT, 2))
        .isInstanceOf(InvalidInput.class)
        .hasMessage("units.input = 2: must be told once per event");
  }

  @Test
  void tenantAndModelMustBeTold() {
    assertThatThrownBy(
            () -> UsageEventBuilder.event("s", "1", TIME).model("openai", "gpt-5").build())
        .isInstanceOf(InvalidInput.class)
        .hasMessage("organization_id = absent: must be told on every event");
    assertThatThrownBy(
            () ->
                UsageEventBuilder.event("s", "1", TIME)
                    .tenant(new OrganizationId("o"), new WorkspaceId("w"), new ApiKeyId("k"))
                    .build())
        .isInstanceOf(InvalidInput.class)
        .hasMessage("provider = absent: must be told on every event");
  }

  @Test
  void correctionsKeepTheRules() {
    UsageEvent original = complete().units(Meter.INPUT, 1).build();
    UsageEvent amendment =
        UsageEventBuilder.event("gateway-eu", "fix-1", TIME)
            .tenant(new OrganizationId("acme"), new WorkspaceId("search"), new ApiKeyId("key-1"))
            .model("openai", "gpt-5")
            .units(Meter.INPUT, 2)
            .amends(original)
            .build();
    UsageEvent voided = UsageEventBuilder.voidOf(amendment, "void-1", TIME.plusSeconds(60));

    assertThat(UsageEventRules.check(amendment)).isEmpty();
    assertThat(UsageEventRules.check(voided)).isEmpty();
    assertThat(CorrectedBody.of(amendment.getCorrection())).isEqualTo(original);
    assertThat(voided.getCorrection().getOriginalId()).isEqualTo("req-1");
    for (UsageEvent one : List.of(amendment, voided)) {
      assertThat(UsagePartitions.of(one, 32)).isEqualTo(UsagePartitions.of(original, 32));
    }
    assertThatThrownBy(() -> UsageEventBuilder.voidOf(voided, "void-2", TIME))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("final");
  }

  @Test
  void anEventDoesNotChangeWithItsBuilder() {
    UsageEventBuilder builder = complete().tag("team", "search");
    UsageEvent first = builder.build();
    builder.tag("team", "ads").units(Meter.INPUT, 1);

    assertThat(first.getTags()).isEqualTo(Map.of("team", "search"));
    assertThat(first.getUnits()).isEmpty();
  }

  private static UsageEventBuilder complete() {
    return UsageEventBuilder.event("gateway-eu", "req-1", TIME)
        .tenant(new OrganizationId("acme"), new WorkspaceId("search"), new ApiKeyId("key-1"))
        .model("openai", "gpt-5");
  }
}
