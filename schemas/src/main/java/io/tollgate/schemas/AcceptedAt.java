package io.tollgate.schemas;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The header of a record of usage.events that was put there again: when it was first accepted, so
 * that a detour or a replay makes no event late. The meter topology decides how far it is believed.
 */
public final class AcceptedAt {
  private static final String NAME = "tollgate-accepted-at";

  private AcceptedAt() {}

  public static void add(Headers headers, Instant acceptedAt) {
    headers.add(NAME, ByteBuffer.allocate(Long.BYTES).putLong(acceptedAt.toEpochMilli()).array());
  }

  /** The acceptance time that the headers claim, where they claim one. */
  public static Optional<Instant> in(Headers headers) {
    Header header = headers.lastHeader(NAME);
    if (header == null || header.value() == null || header.value().length != Long.BYTES) {
      return Optional.empty();
    }
    return Optional.of(Instant.ofEpochMilli(ByteBuffer.wrap(header.value()).getLong()));
  }
}
