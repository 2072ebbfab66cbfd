package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;

/**
 * The form in which pending sums are logged. Scopes are spread over buckets, so that whoever asks
 * about one reads only a part of what is pending.
 */
final class TallyLog {
  static final int BUCKETS = 16;

  /** Sorts after all buckets. */
  static final Bytes FOLDED = Bytes.wrap(new byte[] {BUCKETS});

  private static final int FORMAT = 1;

  /** No value is larger than this by more than one sum. */
  static final int MOST_BYTES = 128 * 1024;

  private TallyLog() {}

  /** Takes a value of a bucket. */
  interface Values {
    void accept(int bucket, byte[] value);
  }

  /**
   * How far the values before a number are in the cells.
   *
   * @param before exclusive
   * @param last the cell that was written last; those before it are written too
   */
  record Folded(long before, Bytes last) {
    /** Whether a sum in the value of this number has been added to its cell. */
    boolean covers(long number, SumBytes sum) {
      return number < before && sum.isUpTo(last.get());
    }

    byte[] toBytes() {
      return ByteBuffer.allocate(Long.BYTES + last.get().length)
          .putLong(before)
          .put(last.get())
          .array();
    }

    static Folded fromBytes(byte[] bytes) {
      return new Folded(
          ByteBuffer.wrap(bytes).getLong(),
          Bytes.wrap(Arrays.copyOfRange(bytes, Long.BYTES, bytes.length)));
    }
  }

  /** The bucket of a scope; of a user that of the user in the organization. */
  static int bucket(Scope scope) {
    return bucket(Arrays.hashCode(TallyKey.owner(scope)));
  }

  /** By the hash of what keys of the scope begin with ({@link TallyKey#owner}). */
  static int bucket(int hash) {
    return (hash ^ hash >>> 16) & BUCKETS - 1;
  }

  static Bytes key(int bucket, long sequence) {
    return Bytes.wrap(
        ByteBuffer.allocate(1 + Long.BYTES).put((byte) bucket).putLong(sequence).array());
  }

  static long sequence(Bytes key) {
    return ByteBuffer.wrap(key.get(), 1, Long.BYTES).getLong();
  }

  /** A value of sums that follow each other: the length of the key as two bytes, key, tally. */
  static byte[] value(byte[] sums, int from, int to) {
    TallyBytes value = new TallyBytes(1 + to - from);
    value.one(FORMAT).raw(sums, from, to - from);
    return value.toByteArray();
  }

  /** Hands over the sums of a logged value. */
  static void forEach(byte[] value, Consumer<SumBytes> each) {
    int format = value[0];
    if (format != FORMAT) {
      throw new IllegalStateException(
          "pending tallies in format " + format + " are not of this version");
    }
    SumBytes.forEach(value, 1, value.length, each);
  }
}
