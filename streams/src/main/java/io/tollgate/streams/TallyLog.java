package io.tollgate.streams;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The form in which pending sums are logged, and those gathered for the next commit. Scopes are
 * spread over buckets, so that whoever asks about one reads only a part of what is pending.
 */
final class TallyLog {
  static final int BUCKETS = 16;

  /** Sorts after all buckets. */
  static final Bytes FOLDED = Bytes.wrap(new byte[] {BUCKETS});

  private static final int FORMAT = 1;

  /** No value is larger than this by more than one sum. */
  private static final int MOST_BYTES = 128 * 1024;

  private final Bucket[] buckets = new Bucket[BUCKETS];

  TallyLog() {
    Arrays.setAll(buckets, number -> new Bucket());
  }

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
    boolean covers(long number, Bytes cell) {
      return number < before && cell.compareTo(last) <= 0;
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

  private static final class Bucket {
    private final Queue<byte[]> full = new ArrayDeque<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private void add(byte[] key, Tally tally) throws IOException {
      if (bytes.size() == 0) {
        out.writeByte(FORMAT);
      }
      out.writeShort(key.length);
      out.write(key);
      tally.write(out);
      if (bytes.size() >= MOST_BYTES) {
        seal();
      }
    }

    private void seal() {
      if (bytes.size() > 0) {
        full.add(bytes.toByteArray());
        bytes.reset();
      }
    }
  }

  /** The bucket of a scope; of a user that of the user in the organization. */
  static int bucket(Scope scope) {
    int hash = Arrays.hashCode(TallyKey.owner(scope));
    return (hash ^ hash >>> 16) & BUCKETS - 1;
  }

  static Bytes key(int bucket, long sequence) {
    return Bytes.wrap(
        ByteBuffer.allocate(1 + Long.BYTES).put((byte) bucket).putLong(sequence).array());
  }

  static long sequence(Bytes key) {
    return ByteBuffer.wrap(key.get(), 1, Long.BYTES).getLong();
  }

  void add(Cell cell, Bytes key, Tally tally) {
    try {
      buckets[bucket(cell, key.get())].add(key.get(), tally);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }

  /** As {@link #bucket(Scope)}, from the key, which begins with what that is made of. */
  private static int bucket(Cell cell, byte[] key) {
    if (cell.scope().isUser()) {
      return bucket(cell.scope());
    }
    int hash = 1;
    for (int i = 0; i < key.length - Integer.BYTES; i++) {
      hash = 31 * hash + key[i];
    }
    return (hash ^ hash >>> 16) & BUCKETS - 1;
  }

  /** Hands over what was added, and is empty afterwards. */
  void drain(Values values) {
    for (int number = 0; number < BUCKETS; number++) {
      Bucket bucket = buckets[number];
      bucket.seal();
      byte[] value = bucket.full.poll();
      while (value != null) {
        values.accept(number, value);
        value = bucket.full.poll();
      }
    }
  }

  /** Hands over the sums of a logged value. */
  static void forEach(byte @Nullable [] value, BiConsumer<Bytes, Tally> each) {
    if (value == null) {
      return;
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "pending tallies in format " + format + " are not of this version");
      }
      while (in.available() > 0) {
        Bytes cell = Bytes.wrap(in.readNBytes(in.readUnsignedShort()));
        each.accept(cell, Tally.read(in));
      }
    } catch (IOException e) {
      throw new IllegalStateException("pending tallies cannot be read", e);
    }
  }
}
