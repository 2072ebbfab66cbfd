package io.tollgate.streams;

import io.tollgate.schemas.avro.Position;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;

/**
 * How a source record lies in a store while it waits or is parked: keyed by its offset, so that a
 * scan meets the records in their order.
 *
 * @param since when it was put there, epoch milliseconds of the wall clock
 */
record StoredRecord(SourceRecord source, long since) {
  private static final byte FORMAT = 1;
  private static final int NO_KEY = -1;
  private static final int FIXED_BYTES = 1 + 3 * Long.BYTES + 1 + 2 * Integer.BYTES;

  static Bytes keyOf(long offset) {
    return Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(offset).array());
  }

  static long offsetOf(Bytes key) {
    return ByteBuffer.wrap(key.get()).getLong();
  }

  byte[] toBytes() {
    byte[] key = source.key();
    int keyLength = key == null ? 0 : Math.min(key.length, Rejection.MOST_KEY_BYTES);
    Position position = source.position();
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + keyLength + source.value().length);
    out.put(FORMAT);
    out.putLong(since);
    out.putLong(position.getAppendedAt().toEpochMilli());
    out.putLong(position.getAcceptedAt().toEpochMilli());
    out.put((byte) (source.rerouted() ? 1 : 0));
    out.putInt(key == null ? NO_KEY : keyLength);
    if (key != null) {
      out.put(key, 0, keyLength);
    }
    out.putInt(source.value().length);
    out.put(source.value());
    return out.array();
  }

  static StoredRecord of(int generation, int partition, long offset, byte[] stored) {
    ByteBuffer in = ByteBuffer.wrap(stored);
    byte format = in.get();
    if (format != FORMAT) {
      throw new IllegalStateException(
          "a stored record has format " + format + ", this version reads " + FORMAT);
    }
    long since = in.getLong();
    Instant appendedAt = Instant.ofEpochMilli(in.getLong());
    Instant acceptedAt = Instant.ofEpochMilli(in.getLong());
    boolean rerouted = in.get() != 0;
    int keyLength = in.getInt();
    byte[] key = null;
    if (keyLength != NO_KEY) {
      key = new byte[keyLength];
      in.get(key);
    }
    byte[] value = new byte[in.getInt()];
    in.get(value);
    Position position = new Position(generation, partition, offset, appendedAt, acceptedAt);
    return new StoredRecord(new SourceRecord(key, value, position, rerouted), since);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredRecord that && Arrays.equals(toBytes(), that.toBytes());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(toBytes());
  }
}
