package io.tollgate.billing;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.avro.Charge;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a rated usage as a row of {@link UsageRatedTable}, column by column. Used by one thread.
 */
final class RatedRowEncoder implements RowEncoder {
  /**
   * What a DateTime64 of microseconds and of milliseconds both hold, and the journal never leaves.
   */
  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("2262-01-01T00:00:00Z");
  private static final BigDecimal NO_COST = Money.ZERO.value();

  private final AvroSerde<RatedUsage> serde;
  private final List<Line> lines = new ArrayList<>();

  RatedRowEncoder(AvroSerde<RatedUsage> serde) {
    this.serde = serde;
  }

  /** One element of the parallel arrays. */
  private record Line(String meter, long units, @Nullable BigDecimal rate, BigDecimal cost) {}

  @Override
  public void append(LogRecord row, RowBinary out) {
    try {
      append(serde.decode(row.value()), row, out);
    } catch (MalformedRecord | ArithmeticException e) {
      throw new LandingHalted(
          "usage.rated partition "
              + row.partition()
              + " offset "
              + row.offset()
              + " cannot be landed: "
              + e.getMessage(),
          e);
    }
  }

  private void append(RatedUsage rated, LogRecord row, RowBinary out) {
    UsageEvent event = rated.getEvent();
    out.string(event.getOrganizationId());
    out.string(event.getWorkspaceId());
    out.string(event.getApiKeyId());
    out.int64(micros("event_time", event.getEventTime()));
    out.string(event.getSource());
    out.string(event.getId());
    out.nullableString(event.getUser());
    out.nullableString(event.getFeature());
    tags(event.getTags(), out);
    out.string(event.getProvider());
    out.nullableString(event.getRequestedModel());
    out.string(event.getModel());
    out.string(event.getServiceTier());
    out.int8(
        switch (event.getQuality()) {
          case REPORTED -> 0;
          case ESTIMATED -> 1;
          case MISSING -> 2;
        });
    out.nullableString(event.getProviderRequestId());
    out.nullableString(event.getHoldId());
    out.nullableString(event.getBackfillId());
    correction(event.getCorrection(), out);
    out.int8(
        switch (rated.getKind()) {
          case USAGE -> 0;
          case REVERSAL -> 1;
        });
    out.nullableString(rated.getCorrectionId());
    digest(rated.getBodyDigest(), out);
    out.string(rated.getCurrency());
    out.string(rated.getPriceBookId());
    out.int32(rated.getPriceVersion());
    out.nullableInt64(rated.getContextOver());
    charges(rated, out);
    out.decimal128(rated.getCost(), Money.SCALE);
    Position position = rated.getPosition();
    out.int32(position.getGeneration());
    out.int32(position.getPartition());
    out.int64(position.getOffset());
    out.int64(millis("appended_at", position.getAppendedAt()));
    out.int64(millis("accepted_at", position.getAcceptedAt()));
    out.int32(row.partition());
    out.int64(row.offset());
    out.int64(millis("rated_at", Instant.ofEpochMilli(row.appendedAtMillis())));
  }

  private static void tags(Map<String, String> tags, RowBinary out) {
    out.length(tags.size());
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      out.string(tag.getKey());
      out.string(tag.getValue());
    }
  }

  private static void correction(@Nullable Correction correction, RowBinary out) {
    if (correction == null) {
      out.int8(0);
      out.nullableString(null);
    } else {
      out.int8(
          switch (correction.getKind()) {
            case VOID -> 1;
            case AMEND -> 2;
          });
      out.nullableString(correction.getOriginalId());
    }
  }

  private static void digest(ByteBuffer digest, RowBinary out) {
    if (digest.remaining() != BodyDigest.BYTES) {
      throw new ArithmeticException(
          "body_digest has " + digest.remaining() + " bytes, not " + BodyDigest.BYTES);
    }
    byte[] bytes = new byte[BodyDigest.BYTES];
    digest.get(digest.position(), bytes);
    out.raw(bytes);
  }

  /**
   * Charged meters as charged; then meters that were told but not charged, so that usage is
   * complete.
   */
  private void charges(RatedUsage rated, RowBinary out) {
    lines.clear();
    Map<String, Long> told = rated.getEvent().getUnits();
    int uncharged = told.size();
    for (Charge charge : rated.getCharges()) {
      lines.add(new Line(charge.getMeter(), charge.getUnits(), charge.getRate(), charge.getCost()));
      if (told.containsKey(charge.getMeter())) {
        uncharged--;
      }
    }
    if (uncharged > 0) {
      addUncharged(told);
    }
    out.length(lines.size());
    lines.forEach(line -> out.string(line.meter));
    out.length(lines.size());
    lines.forEach(line -> out.int64(line.units));
    out.length(lines.size());
    for (Line line : lines) {
      out.int8(line.rate == null ? 1 : 0);
      if (line.rate != null) {
        out.decimal128(line.rate, Rate.SCALE);
      }
    }
    out.length(lines.size());
    lines.forEach(line -> out.decimal128(line.cost, Money.SCALE));
  }

  private void addUncharged(Map<String, Long> told) {
    int charged = lines.size();
    for (Meter meter : Meter.values()) {
      Long units = told.get(meter.wireName());
      if (units != null
          && lines.subList(0, charged).stream()
              .noneMatch(line -> line.meter.equals(meter.wireName()))) {
        lines.add(new Line(meter.wireName(), units, null, NO_COST));
      }
    }
  }

  private static long micros(String column, Instant time) {
    checkRange(column, time);
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }

  private static long millis(String column, Instant time) {
    checkRange(column, time);
    return time.toEpochMilli();
  }

  private static void checkRange(String column, Instant time) {
    if (time.isBefore(EARLIEST) || !time.isBefore(LATEST)) {
      throw new ArithmeticException(
          column + " " + time + " is outside " + EARLIEST + " to " + LATEST);
    }
  }
}
