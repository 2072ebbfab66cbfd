package io.tollgate.ingest;

import io.tollgate.ingest.RefusedBody.Kind;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.Violation;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a CloudEvent of type {@link #TYPE} says, field by field. Source, id and time are the
 * CloudEvent's own; the tenant is the API key's; everything else is in {@code data} under the names
 * of the Avro record.
 */
final class UsageEventMapping {
  static final String TYPE = "tollgate.usage.v1";

  private static final Set<String> ATTRIBUTES =
      Set.of("specversion", "type", "source", "id", "time", "datacontenttype", "data");

  private static final String UNREAD = "is a CloudEvents attribute that usage events do not have";
  private static final Map<String, String> OTHER_ATTRIBUTES =
      Map.of("subject", UNREAD, "dataschema", UNREAD, "data_base64", "must be JSON in data");

  private static final Set<String> DATA =
      Set.of(
          "organization_id",
          "workspace_id",
          "api_key_id",
          "user",
          "feature",
          "tags",
          "provider",
          "requested_model",
          "model",
          "service_tier",
          "units",
          "provider_request_id",
          "quality",
          "hold_id",
          "correction");

  /** Of a void everything else is said by the event that it takes back. */
  private static final Set<String> VOID_DATA =
      Set.of("organization_id", "workspace_id", "api_key_id", "correction");

  private static final Map<String, String> TOLD_BY_ORIGINAL =
      DATA.stream()
          .filter(name -> !VOID_DATA.contains(name))
          .collect(
              Collectors.toUnmodifiableMap(
                  name -> name, name -> "must be left out of a void: its original says it"));

  private static final Set<String> CORRECTION = Set.of("kind", "original_id", "original");

  private static final Map<String, String> OTHER_DATA =
      Map.of(
          "backfill_id", "history enters through the publisher of the operator, not over HTTP",
          "source", "must be told as the CloudEvent's own source, not in data",
          "id", "must be told as the CloudEvent's own id, not in data",
          "event_time", "must be told as the CloudEvent's own time, not in data");

  private final InstantSource clock;

  UsageEventMapping(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * The usage event.
   *
   * @throws RefusedBody if a field is unknown, foreign or breaks a rule
   */
  UsageEvent event(JsonFields event, EventTenant tenant) {
    try {
      return checked(event, tenant);
    } catch (InvalidInput e) {
      // The builder's and the rules' own checks name the fields of the record.
      throw invalid(place(e.field()), e.value(), e.rule());
    }
  }

  private UsageEvent checked(JsonFields event, EventTenant tenant) {
    event.expect(ATTRIBUTES, OTHER_ATTRIBUTES);
    exactly(event, "specversion", "1.0");
    exactly(event, "type", TYPE);
    if (event.optionalText("datacontenttype") != null) {
      exactly(event, "datacontenttype", "application/json");
    }
    String source = event.text("source");
    String id = event.text("id");
    Instant time = recent(event);
    JsonFields data = data(event);
    JsonFields correction = data.optionalObject("correction");
    UsageEvent usage =
        correction == null
            ? usage(UsageEventBuilder.event(source, id, time), data, tenant)
            : corrected(source, id, time, data, correction, tenant);
    check(usage);
    return usage;
  }

  private static void check(UsageEvent usage) {
    List<Violation> violations = UsageEventRules.check(usage);
    if (!violations.isEmpty()) {
      throw violations.getFirst().toException();
    }
  }

  private static UsageEvent corrected(
      String source,
      String id,
      Instant time,
      JsonFields data,
      JsonFields correction,
      EventTenant tenant) {
    correction.expect(CORRECTION, Map.of());
    String kind = correction.text("kind");
    UsageEvent original = original(correction, source, tenant);
    UsageEvent usage =
        switch (kind) {
          case "void" -> {
            data.expect(VOID_DATA, TOLD_BY_ORIGINAL);
            own(data, tenant);
            yield UsageEvent.newBuilder(UsageEventBuilder.voidOf(original, id, time))
                .setWorkspaceId(tenant.workspace().value())
                .setApiKeyId(tenant.key().value())
                .build();
          }
          case "amend" ->
              usage(UsageEventBuilder.event(source, id, time).amends(original), data, tenant);
          default -> throw invalid("data.correction.kind", kind, "must be void or amend");
        };
    String originalId = correction.optionalText("original_id");
    Correction made = usage.getCorrection();
    if (originalId != null && made != null) {
      made.setOriginalId(originalId);
    }
    return usage;
  }

  /**
   * The event that is corrected, as it was sent. It may have come with another key of the
   * workspace, and it may be old by now.
   */
  private static UsageEvent original(JsonFields correction, String source, EventTenant tenant) {
    JsonFields event = correction.optionalObject("original");
    if (event == null) {
      throw invalid("data.correction.original", "absent", "must be the event as it was sent");
    }
    event.expect(ATTRIBUTES, OTHER_ATTRIBUTES);
    String told = event.optionalText("source");
    if (told != null && !told.equals(source)) {
      throw invalid("data.correction.original.source", told, "must be that of the correction");
    }
    JsonFields data = data(event);
    if (data.optionalObject("correction") != null) {
      throw invalid(
          "data.correction.original.data.correction",
          "an object",
          "must be left out; original_id says which event was amended");
    }
    String key = data.optionalText("api_key_id");
    try {
      EventTenant then =
          new EventTenant(
              tenant.organization(),
              tenant.workspace(),
              key == null ? tenant.key() : new ApiKeyId(key));
      UsageEvent original =
          usage(UsageEventBuilder.event(source, event.text("id"), time(event)), data, then);
      check(original);
      return original;
    } catch (InvalidInput e) {
      throw invalid("data.correction.original." + place(e.field()), e.value(), e.rule());
    }
  }

  private static JsonFields data(JsonFields event) {
    JsonFields data = event.optionalObject("data");
    if (data == null) {
      throw invalid(event.path() + "data", "absent", "must be told");
    }
    return data;
  }

  private static void own(JsonFields data, EventTenant tenant) {
    own(data, "organization_id", tenant.organization().value());
    own(data, "workspace_id", tenant.workspace().value());
    own(data, "api_key_id", tenant.key().value());
  }

  private static UsageEvent usage(UsageEventBuilder builder, JsonFields data, EventTenant tenant) {
    data.expect(DATA, OTHER_DATA);
    own(data, tenant);
    builder.tenant(tenant.organization(), tenant.workspace(), tenant.key());
    builder.model(data.text("provider"), data.text("model"));
    given(data.optionalText("requested_model"), builder::requestedModel);
    given(data.optionalText("service_tier"), tier -> builder.serviceTier(tier(data, tier)));
    given(data.optionalText("user"), builder::user);
    given(data.optionalText("feature"), builder::feature);
    given(data.optionalText("provider_request_id"), builder::providerRequestId);
    given(data.optionalText("hold_id"), builder::hold);
    given(data.optionalText("quality"), quality -> builder.quality(quality(data, quality)));
    given(data.optionalObject("tags"), tags -> tags.eachText(builder::tag));
    given(
        data.optionalObject("units"),
        units -> units.eachWholeNumber((name, count) -> builder.units(meter(data, name), count)));
    return builder.build();
  }

  private static Instant time(JsonFields event) {
    String text = event.text("time");
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw invalid(
          event.path() + "time",
          text,
          "must be RFC 3339 with an offset, such as 2026-01-31T23:59:59.123456Z");
    }
  }

  private Instant recent(JsonFields event) {
    Instant time = time(event);
    String text = event.text("time");
    Instant now = clock.instant();
    if (time.isAfter(now.plus(UsageEventRules.MOST_AHEAD))) {
      throw invalid(
          "time",
          text,
          "must be at most " + UsageEventRules.MOST_AHEAD.toMinutes() + " minutes in the future");
    }
    if (time.isBefore(now.minus(UsageEventRules.MOST_LATE))) {
      throw invalid(
          "time", text, "must be at most " + UsageEventRules.MOST_LATE.toDays() + " days old");
    }
    return time;
  }

  private static void exactly(JsonFields event, String name, String wanted) {
    String given = event.text(name);
    if (!given.equals(wanted)) {
      throw invalid(name, given, "must be " + wanted);
    }
  }

  /**
   * A body may repeat whose events it brings, so that a mix-up of keys shows; it cannot decide it.
   */
  private static void own(JsonFields data, String name, String own) {
    String given = data.optionalText(name);
    if (given != null && !given.equals(own)) {
      throw RefusedBody.of(
          Kind.FOREIGN, data.path() + name, given, "must be that of the API key, or be left out");
    }
  }

  private static ServiceTier tier(JsonFields data, String name) {
    return ServiceTier.find(name)
        .orElseThrow(
            () ->
                invalid(
                    data.path() + "service_tier",
                    name,
                    "must be standard, batch, flex or priority"));
  }

  private static Meter meter(JsonFields data, String name) {
    return Meter.find(name)
        .orElseThrow(() -> invalid(data.path() + "units", name, "is not a meter"));
  }

  private static Quality quality(JsonFields data, String name) {
    return switch (name) {
      case "reported" -> Quality.REPORTED;
      case "estimated" -> Quality.ESTIMATED;
      case "missing" -> Quality.MISSING;
      default ->
          throw invalid(data.path() + "quality", name, "must be reported, estimated or missing");
    };
  }

  private static <T> void given(@Nullable T value, Consumer<T> taker) {
    if (value != null) {
      taker.accept(value);
    }
  }

  private static RefusedBody invalid(String field, String value, String rule) {
    return RefusedBody.of(Kind.INVALID, field, value, rule);
  }

  /** Where a field of the record is in the CloudEvent. */
  private static String place(String field) {
    return switch (field) {
      case "source", "id" -> field;
      case "event_time" -> "time";
      default -> "data." + field;
    };
  }
}
