package io.tollgate.bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What the comparison jobs keep per key, 24 bytes on the wire.
 *
 * @param units over all meters
 * @param picos cost in picodollars
 */
record KeySums(long events, long units, long picos) {
  static final KeySums NONE = new KeySums(0, 0, 0);

  KeySums plus(long moreUnits, long morePicos) {
    return new KeySums(events + 1, units + moreUnits, picos + morePicos);
  }

  static KeySums fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new KeySums(in.getLong(), in.getLong(), in.getLong());
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(3 * Long.BYTES)
        .putLong(events)
        .putLong(units)
        .putLong(picos)
        .array();
  }

  static Serde<KeySums> serde() {
    Serializer<KeySums> write = (topic, sums) -> sums == null ? null : sums.toBytes();
    Deserializer<KeySums> read = (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
    return Serdes.serdeFrom(write, read);
  }
}
