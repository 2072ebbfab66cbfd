package io.tollgate.streams;

import io.tollgate.schemas.avro.RatedUsage;
import java.util.Objects;

/**
 * A rated event with the bytes it was read from.
 *
 * @param wire the usage event in wire format, as it is in {@code rated.event}; {@link #NO_WIRE} of
 *     a reversal, whose event was never read
 */
@SuppressWarnings("ArrayRecordComponent") // passed on within one process() call, never compared
record RatedEvent(RatedUsage rated, byte[] wire) {
  static final byte[] NO_WIRE = {};

  RatedEvent {
    Objects.requireNonNull(rated, "rated");
    Objects.requireNonNull(wire, "wire");
  }
}
