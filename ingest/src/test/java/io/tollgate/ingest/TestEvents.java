package io.tollgate.ingest;

import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;

/** Events that differ in their number only, and say the same whenever they are made again. */
final class TestEvents {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private TestEvents() {}

  static UsageEvent event(String source, int number) {
    return UsageEventBuilder.event(source, "event-" + number, START.plusMillis(number))
        .tenant(
            new OrganizationId("acme"),
            new WorkspaceId("search"),
            new ApiKeyId("key-" + number % 7))
        .model("openai", "gpt-5")
        .units(Meter.INPUT, number)
        .units(Meter.OUTPUT, number % 100)
        .build();
  }
}
