package io.tollgate.streams;

import io.tollgate.schemas.avro.Position;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record of usage.events as it was read.
 *
 * @param key its key, or null; not interpreted
 * @param value its value; empty for a record without one
 * @param position where it is
 * @param rerouted whether it was put on this partition by the topology
 */
record SourceRecord(byte @Nullable [] key, byte[] value, Position position, boolean rerouted) {
  SourceRecord {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(position, "position");
  }
}
