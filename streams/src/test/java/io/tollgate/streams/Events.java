package io.tollgate.streams;

import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A usage event with a default for everything: acme's key reports 1,000 input and 100 output
 * tokens.
 */
final class Events {
  static final Instant NOON = Instant.parse("2026-06-15T12:00:00Z");

  private String id = "event-1";
  private String source = "gateway-1";
  private Instant eventTime = NOON.minusSeconds(2);
  private String organization = "acme";
  private String workspace = "acme-prod";
  private String apiKey = "key-1";
  private String model = "gpt-4o";
  private @Nullable String backfill;
  private @Nullable Correction correction;
  private final Map<String, Long> units = new HashMap<>(Map.of("input", 1_000L, "output", 100L));

  static Events event(String id) {
    Events events = new Events();
    events.id = id;
    return events;
  }

  Events source(String name) {
    source = name;
    return this;
  }

  Events at(Instant time) {
    eventTime = time;
    return this;
  }

  Events at(String instant) {
    return at(Instant.parse(instant));
  }

  Events tenant(String organizationId, String workspaceId, String apiKeyId) {
    organization = organizationId;
    workspace = workspaceId;
    apiKey = apiKeyId;
    return this;
  }

  Events model(String name) {
    model = name;
    return this;
  }

  Events backfill(String backfillId) {
    backfill = backfillId;
    return this;
  }

  Events correction(Correction of) {
    correction = of;
    return this;
  }

  /** Takes back what was accepted; of an amendment, what it put in force. */
  Events voids(Events accepted) {
    units.clear();
    return correction(CorrectedBody.correction(CorrectionKind.VOID, accepted.build()));
  }

  /** Takes back what was accepted and counts instead. */
  Events amends(Events accepted) {
    return correction(CorrectedBody.correction(CorrectionKind.AMEND, accepted.build()));
  }

  Events units(Meter meter, long count) {
    units.put(meter.wireName(), count);
    return this;
  }

  UsageEvent build() {
    return UsageEvent.newBuilder()
        .setId(id)
        .setSource(source)
        .setEventTime(eventTime)
        .setOrganizationId(organization)
        .setWorkspaceId(workspace)
        .setApiKeyId(apiKey)
        .setProvider("openai")
        .setModel(model)
        .setUnits(Map.copyOf(units))
        .setQuality(Quality.REPORTED)
        .setBackfillId(backfill)
        .setCorrection(correction)
        .build();
  }
}
