package io.tollgate.streams;

import io.tollgate.schemas.AcceptedAt;
import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A record on its way to the partition it belongs on: the value as it was read, and the partition.
 * The headers say that it was sent there, and when the record was first accepted, so that the
 * detour makes no event late.
 */
record Rerouting(byte[] value, int partition) {
  static final String REROUTED = "tollgate-rerouted";

  /**
   * Acceptance times are believed up to this age only: deduplication remembers ids for the dedup
   * window and this long, so that nobody can slip a forgotten id in by a forged header.
   */
  static final Duration LONGEST_DETOUR = Duration.ofDays(7);

  /** How long after its append an id can still be met by a copy of itself. */
  static final Duration REMEMBERED = Topics.DEDUP_WINDOW.plus(LONGEST_DETOUR);

  Rerouting {
    Objects.requireNonNull(value, "value");
  }

  static Headers headers(Instant acceptedAt) {
    Headers headers = new RecordHeaders();
    AcceptedAt.add(headers, acceptedAt);
    headers.add(REROUTED, new byte[] {1});
    return headers;
  }

  static boolean isMarked(Headers headers) {
    return headers.lastHeader(REROUTED) != null;
  }

  /**
   * When a record that was appended now was first accepted, as its headers claim, but at most the
   * longest detour ago: what was accepted earlier is judged as if it had been then.
   */
  static Instant acceptedAt(Headers headers, Instant appendedAt) {
    Instant earliest = appendedAt.minus(LONGEST_DETOUR);
    return AcceptedAt.in(headers)
        .filter(claimed -> !claimed.isAfter(appendedAt))
        .map(claimed -> claimed.isBefore(earliest) ? earliest : claimed)
        .orElse(appendedAt);
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
