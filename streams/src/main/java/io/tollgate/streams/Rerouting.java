package io.tollgate.streams;

import io.tollgate.schemas.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A record on its way to the partition it belongs on: the value as it was read, and the partition.
 * The headers say that it was sent there, and when the record was first accepted, so that the
 * detour makes no event late.
 */
record Rerouting(byte[] value, int partition) {
  static final String ACCEPTED_AT = "tollgate-accepted-at";
  static final String REROUTED = "tollgate-rerouted";

  /**
   * Older acceptance times are not believed: deduplication remembers ids for the dedup window and
   * this long, so that nobody can slip a forgotten id in by a forged header.
   */
  static final Duration LONGEST_DETOUR = Duration.ofDays(7);

  /** How long after its append an id can still be met by a copy of itself. */
  static final Duration REMEMBERED = Topics.DEDUP_WINDOW.plus(LONGEST_DETOUR);

  Rerouting {
    Objects.requireNonNull(value, "value");
  }

  static Headers headers(Instant acceptedAt) {
    Headers headers = new RecordHeaders();
    headers.add(
        ACCEPTED_AT, ByteBuffer.allocate(Long.BYTES).putLong(acceptedAt.toEpochMilli()).array());
    headers.add(REROUTED, new byte[] {1});
    return headers;
  }

  static boolean isMarked(Headers headers) {
    return headers.lastHeader(REROUTED) != null;
  }

  /** The acceptance time that the headers claim, where they claim one. */
  static Optional<Instant> acceptedAt(Headers headers) {
    Header header = headers.lastHeader(ACCEPTED_AT);
    if (header == null || header.value() == null || header.value().length != Long.BYTES) {
      return Optional.empty();
    }
    return Optional.of(Instant.ofEpochMilli(ByteBuffer.wrap(header.value()).getLong()));
  }

  static boolean isCredible(Instant acceptedAt, Instant appendedAt) {
    return !acceptedAt.isAfter(appendedAt)
        && !acceptedAt.isBefore(appendedAt.minus(LONGEST_DETOUR));
  }

  /** The value is written as it was read. */
  static Serializer<Rerouting> serializer() {
    return (topic, rerouting) -> rerouting.value();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rerouting that
        && partition == that.partition
        && java.util.Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * java.util.Arrays.hashCode(value) + partition;
  }
}
