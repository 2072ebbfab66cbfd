package io.tollgate.schemas;

import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * 128 bits of SHA-256 over an event's fields in a fixed order, maps sorted by key, so that it
 * depends on what the event says and not on how it was encoded. {@code backfill_id} is left out: it
 * says by which door the event came, and the same event through another door is a duplicate.
 */
public record BodyDigest(long high, long low) {
  public static final int BYTES = 16;

  public static BodyDigest of(UsageEvent event) {
    return of(event, event.getCorrection());
  }

  /**
   * The digest of what an event says without the correction it makes: after an amendment this is
   * the body in force, which a later correction has to name.
   */
  public static BodyDigest inForce(UsageEvent event) {
    return of(event, null);
  }

  private static BodyDigest of(UsageEvent event, @Nullable Correction correction) {
    Sha256Sink sink = Sha256Sink.get();
    sink.text(event.getSource());
    sink.text(event.getId());
    sink.number(
        Math.multiplyExact(event.getEventTime().getEpochSecond(), 1_000_000L)
            + event.getEventTime().getNano() / 1000);
    sink.text(event.getOrganizationId());
    sink.text(event.getWorkspaceId());
    sink.text(event.getApiKeyId());
    sink.optionalText(event.getUser());
    sink.optionalText(event.getFeature());
    Map<String, String> tags = event.getTags();
    sink.number(tags.size());
    if (!tags.isEmpty()) {
      new TreeMap<>(tags)
          .forEach(
              (key, value) -> {
                sink.text(key);
                sink.text(value);
              });
    }
    sink.text(event.getProvider());
    sink.optionalText(event.getRequestedModel());
    sink.text(event.getModel());
    sink.text(event.getServiceTier());
    units(event.getUnits(), sink);
    sink.optionalText(event.getProviderRequestId());
    sink.number(event.getQuality().ordinal());
    sink.number(correction == null ? 0 : 1);
    if (correction != null) {
      sink.number(correction.getKind().ordinal());
      sink.text(correction.getOriginalId());
      sink.bytes(correction.getOriginalDigest());
      sink.bytes(correction.getOriginalBody());
    }
    sink.optionalText(event.getHoldId());
    long[] halves = sink.finish128();
    return new BodyDigest(halves[0], halves[1]);
  }

  /**
   * Meters in the order of the enumeration, which is cheaper than sorting; unknown names after
   * them, sorted.
   */
  private static void units(Map<String, Long> units, Sha256Sink sink) {
    sink.number(units.size());
    int told = 0;
    for (Meter meter : METERS) {
      Long count = units.get(meter.wireName());
      if (count != null) {
        sink.text(meter.wireName());
        sink.number(count);
        told++;
      }
    }
    if (told < units.size()) {
      new TreeMap<>(units)
          .forEach(
              (name, count) -> {
                if (Meter.find(name).isEmpty()) {
                  sink.text(name);
                  sink.number(count);
                }
              });
    }
  }

  private static final Meter[] METERS = Meter.values();

  public static BodyDigest fromBytes(ByteBuffer bytes) {
    InvalidInput.unless(
        bytes.remaining() == BYTES,
        "body_digest",
        bytes.remaining() + " bytes",
        "must be 16 bytes");
    return new BodyDigest(
        bytes.getLong(bytes.position()), bytes.getLong(bytes.position() + Long.BYTES));
  }

  /** Big-endian. */
  public ByteBuffer toBytes() {
    return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).flip();
  }

  /** Lower-case hex, 32 characters. */
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }
}
