package io.tollgate.ingest;

import io.tollgate.ingest.RefusedBody.Kind;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.Violation;
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
          "hold_id");

  private static final Map<String, String> OTHER_DATA =
      Map.of(
          "backfill_id", "history enters through the publisher of the operator, not over HTTP",
          "correction", "corrections are not taken over HTTP",
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
    UsageEventBuilder builder =
        UsageEventBuilder.event(event.text("source"), event.text("id"), time(event.text("time")))
            .tenant(tenant.organization(), tenant.workspace(), tenant.key());
    JsonFields data = event.optionalObject("data");
    if (data == null) {
      throw invalid("data", "absent", "must be told");
    }
    data(data, tenant, builder);
    UsageEvent usage = builder.build();
    List<Violation> violations = UsageEventRules.check(usage);
    if (!violations.isEmpty()) {
      throw violations.getFirst().toException();
    }
    return usage;
  }

  private void data(JsonFields data, EventTenant tenant, UsageEventBuilder builder) {
    data.expect(DATA, OTHER_DATA);
    own(data, "organization_id", tenant.organization().value());
    own(data, "workspace_id", tenant.workspace().value());
    own(data, "api_key_id", tenant.key().value());
    builder.model(data.text("provider"), data.text("model"));
    given(data.optionalText("requested_model"), builder::requestedModel);
    given(data.optionalText("service_tier"), tier -> builder.serviceTier(tier(tier)));
    given(data.optionalText("user"), builder::user);
    given(data.optionalText("feature"), builder::feature);
    given(data.optionalText("provider_request_id"), builder::providerRequestId);
    given(data.optionalText("hold_id"), builder::hold);
    given(data.optionalText("quality"), quality -> builder.quality(quality(quality)));
    given(data.optionalObject("tags"), tags -> tags.eachText(builder::tag));
    given(
        data.optionalObject("units"),
        units -> units.eachWholeNumber((name, count) -> builder.units(meter(name), count)));
  }

  private Instant time(String text) {
    Instant time;
    try {
      time = OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw invalid(
          "time", text, "must be RFC 3339 with an offset, such as 2026-01-31T23:59:59.123456Z");
    }
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
          Kind.FOREIGN, "data." + name, given, "must be that of the API key, or be left out");
    }
  }

  private static ServiceTier tier(String name) {
    return ServiceTier.find(name)
        .orElseThrow(
            () -> invalid("data.service_tier", name, "must be standard, batch, flex or priority"));
  }

  private static Meter meter(String name) {
    return Meter.find(name).orElseThrow(() -> invalid("data.units", name, "is not a meter"));
  }

  private static Quality quality(String name) {
    return switch (name) {
      case "reported" -> Quality.REPORTED;
      case "estimated" -> Quality.ESTIMATED;
      case "missing" -> Quality.MISSING;
      default -> throw invalid("data.quality", name, "must be reported, estimated or missing");
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
