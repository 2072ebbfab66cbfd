package io.tollgate.billing;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.MalformedRecord;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Writes a rejection as a row of {@link UsageRejectedTable}, column by column. What was rejected
 * may hold anything: a value that the table cannot is left out, and only a rejection that is none
 * stops landing.
 */
final class RejectedRowEncoder implements RowEncoder {
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("2262-01-01T00:00:00Z");

  private final AvroSerde<RejectedUsage> serde;
  private final AvroSerde<UsageEvent> events;

  RejectedRowEncoder(AvroSerde<RejectedUsage> serde, AvroSerde<UsageEvent> events) {
    this.serde = serde;
    this.events = events;
  }

  @Override
  public void append(LogRecord row, RowBinary out) {
    RejectedUsage rejected;
    try {
      rejected = serde.decode(row.value());
    } catch (MalformedRecord e) {
      throw new LandingHalted(
          "usage.rejected partition "
              + row.partition()
              + " offset "
              + row.offset()
              + " cannot be landed: "
              + e.getMessage(),
          e);
    }
    append(rejected, row, out);
  }

  private void append(RejectedUsage rejected, LogRecord row, RowBinary out) {
    byte[] bytes = bytes(rejected.getValueBytes());
    UsageEvent event = event(rejected, bytes);
    String organization = rejected.getOrganizationId();
    out.string(organization == null ? "" : organization);
    out.nullableString(event == null ? null : event.getWorkspaceId());
    out.nullableString(event == null ? null : event.getApiKeyId());
    out.nullableInt64(event == null ? null : micros(event.getEventTime()));
    out.nullableString(rejected.getSource());
    out.nullableString(rejected.getId());
    out.string(rejected.getReason());
    out.nullableString(rejected.getField());
    out.nullableString(rejected.getValue());
    out.string(rejected.getRule());
    out.nullableString(hex(rejected.getBodyDigest()));
    out.nullableString(hex(rejected.getOriginalDigest()));
    out.length(bytes.length);
    out.raw(bytes);
    Position position = rejected.getPosition();
    out.int32(position.getGeneration());
    out.int32(position.getPartition());
    out.int64(position.getOffset());
    out.int64(position.getAppendedAt().toEpochMilli());
    out.int64(position.getAcceptedAt().toEpochMilli());
    out.int32(row.partition());
    out.int64(row.offset());
    out.int64(row.appendedAtMillis());
  }

  /** Null where the meter topology could not read it as an event either. */
  private @Nullable UsageEvent event(RejectedUsage rejected, byte[] bytes) {
    if (rejected.getOrganizationId() == null) {
      return null;
    }
    try {
      return events.decode(bytes);
    } catch (MalformedRecord e) {
      // Cut, because it was too large.
      return null;
    }
  }

  private static @Nullable Long micros(Instant time) {
    return time.isBefore(EARLIEST) || !time.isBefore(LATEST) ? null : Micros.of(time);
  }

  private static @Nullable String hex(@Nullable ByteBuffer digest) {
    return digest == null ? null : HexFormat.of().formatHex(bytes(digest));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
