package io.tollgate.schemas;

import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A good usage event; a test sets only what matters to it. */
final class EventBuilder {
  static UsageEvent.Builder event() {
    return UsageEvent.newBuilder()
        .setSource("gateway-1")
        .setId("evt-1")
        .setEventTime(Instant.parse("2026-06-01T12:00:00.123456Z"))
        .setOrganizationId("acme")
        .setWorkspaceId("research")
        .setApiKeyId("key-1")
        .setTags(new HashMap<>(Map.of("team", "search", "env", "prod")))
        .setProvider("openai")
        .setModel("gpt-5")
        .setQuality(Quality.REPORTED)
        .setUnits(new HashMap<>(Map.of("input", 374L, "output", 44L)));
  }

  private EventBuilder() {}
}
