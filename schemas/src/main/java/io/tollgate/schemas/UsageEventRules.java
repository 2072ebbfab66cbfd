package io.tollgate.schemas;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every usage event must satisfy whoever sends it. The publisher and the HTTP intake refuse by
 * these rules before Kafka, the meter topology again after it, because anyone with a producer can
 * write to the topic. Rules that need a clock or the tenancy are not here.
 */
public final class UsageEventRules {
  /** Largest encoded event, Confluent header included. */
  public static final int MOST_BYTES = 64 * 1024;

  public static final int MOST_TAGS = 32;
  public static final int TAG_KEY_BYTES = 128;
  public static final int TAG_VALUE_BYTES = 256;
  public static final int TEXT_BYTES = 256;

  /**
   * 10^12 units in one request is beyond any provider and keeps every sum within a long for 9
   * million events.
   */
  public static final long MOST_UNITS = 1_000_000_000_000L;

  /** How far an event may be dated ahead of its append time. */
  public static final Duration MOST_AHEAD = Duration.ofMinutes(10);

  /** How far an event may be dated behind its append time, unless a backfill admits it. */
  public static final Duration MOST_LATE = Duration.ofDays(34);

  private static final List<Violation> NONE = List.of();

  private UsageEventRules() {}

  /** All broken rules in field order; empty for a good event. */
  public static List<Violation> check(UsageEvent event) {
    Findings found = new Findings();
    found.text("source", event.getSource(), 1);
    found.text("id", event.getId(), 1);
    found.id("organization_id", event.getOrganizationId());
    found.id("workspace_id", event.getWorkspaceId());
    found.id("api_key_id", event.getApiKeyId());
    found.optionalText("user", event.getUser());
    found.optionalText("feature", event.getFeature());
    tags(event.getTags(), found);
    found.text("provider", event.getProvider(), 1);
    found.optionalText("requested_model", event.getRequestedModel());
    found.text("model", event.getModel(), 1);
    if (ServiceTier.find(event.getServiceTier()).isEmpty()) {
      found.add(
          "service_tier", event.getServiceTier(), "must be standard, batch, flex or priority");
    }
    units(event.getUnits(), found);
    found.optionalText("provider_request_id", event.getProviderRequestId());
    found.optionalId("hold_id", event.getHoldId());
    found.optionalId("backfill_id", event.getBackfillId());
    correction(event, event.getCorrection(), found);
    return found.result();
  }

  private static void tags(Map<String, String> tags, Findings found) {
    if (tags.size() > MOST_TAGS) {
      found.add("tags", tags.size() + " tags", "must be at most 32");
    }
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      if (tag.getKey().isEmpty() || isLonger(tag.getKey(), TAG_KEY_BYTES)) {
        found.add("tags", tag.getKey(), "keys must be 1 to 128 bytes");
      }
      if (isLonger(tag.getValue(), TAG_VALUE_BYTES)) {
        found.add("tags." + tag.getKey(), tag.getValue(), "must be at most 256 bytes");
      }
    }
  }

  private static void units(Map<String, Long> units, Findings found) {
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      if (Meter.find(unit.getKey()).isEmpty()) {
        found.add("units", unit.getKey(), "is not a meter");
      }
      long count = unit.getValue();
      if (count < 0 || count > MOST_UNITS) {
        found.add("units." + unit.getKey(), Long.toString(count), "must be 0 to 10^12");
      }
    }
  }

  private static void correction(
      UsageEvent event, @Nullable Correction correction, Findings found) {
    if (correction == null) {
      return;
    }
    found.text("correction.original_id", correction.getOriginalId(), 1);
    if (event.getId().equals(correction.getOriginalId())) {
      found.add("id", event.getId(), "must differ from correction.original_id");
    }
    if (correction.getKind() == CorrectionKind.VOID && !event.getUnits().isEmpty()) {
      found.add("units", event.getUnits().size() + " meters", "must be none on a void");
    }
    ByteBuffer digest = correction.getOriginalDigest();
    if (digest.remaining() != BodyDigest.BYTES) {
      found.add("correction.original_digest", digest.remaining() + " bytes", "must be 16 bytes");
      return;
    }
    try {
      body(event, CorrectedBody.of(correction), BodyDigest.fromBytes(digest), found);
    } catch (MalformedRecord e) {
      found.add(
          "correction.original_body",
          correction.getOriginalBody().remaining() + " bytes",
          "must be a usage event in Avro binary: " + e.getMessage());
    }
  }

  private static void body(UsageEvent event, UsageEvent body, BodyDigest digest, Findings found) {
    if (body.getCorrection() != null) {
      found.add(
          "correction.original_body.correction",
          body.getCorrection().getKind().name(),
          "must be null: of an amendment the body in force is what it says without its correction");
    }
    if (!body.getOrganizationId().equals(event.getOrganizationId())) {
      found.add(
          "correction.original_body.organization_id",
          body.getOrganizationId(),
          "must be that of the correction");
    }
    if (!body.getSource().equals(event.getSource())) {
      found.add(
          "correction.original_body.source", body.getSource(), "must be that of the correction");
    }
    if (body.getId().equals(event.getId())) {
      found.add("id", event.getId(), "must differ from that of the body it corrects");
    }
    BodyDigest actual = BodyDigest.of(body);
    if (!actual.equals(digest)) {
      found.add(
          "correction.original_digest",
          digest.toString(),
          "must be the digest of correction.original_body, " + actual);
    }
  }

  /** Few texts are so long that their bytes have to be counted: a char has three at most. */
  private static boolean isLonger(String text, int most) {
    return text.length() > most / 3 && bytes(text) > most;
  }

  /** UTF-8 length without encoding. */
  static int bytes(String text) {
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        count++;
      } else if (c < 0x800) {
        count += 2;
      } else if (Character.isHighSurrogate(c)) {
        count += 4;
        i++;
      } else {
        count += 3;
      }
    }
    return count;
  }

  private static final class Findings {
    private @Nullable List<Violation> violations;

    void add(String field, String value, String rule) {
      if (violations == null) {
        violations = new ArrayList<>(2);
      }
      violations.add(new Violation(field, value, rule));
    }

    void text(String field, String value, int least) {
      if (value.length() < least || isLonger(value, TEXT_BYTES)) {
        add(field, value, "must be " + least + " to 256 bytes");
      }
    }

    void optionalText(String field, @Nullable String value) {
      if (value != null) {
        text(field, value, 0);
      }
    }

    void id(String field, String value) {
      if (!Ids.isValid(value)) {
        add(field, value, Ids.RULE);
      }
    }

    void optionalId(String field, @Nullable String value) {
      if (value != null) {
        id(field, value);
      }
    }

    List<Violation> result() {
      return violations == null ? NONE : List.copyOf(violations);
    }
  }
}
