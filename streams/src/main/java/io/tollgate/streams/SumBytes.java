package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;

/**
 * A sum where it lies among others in a buffer: the length of its key as two bytes, the key, and a
 * tally. In the order of keys.
 */
record SumBytes(byte[] bytes, int keyFrom, int keyLength) implements Comparable<SumBytes> {
  /** The one that begins there. */
  static SumBytes at(byte[] bytes, int start) {
    int keyLength = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(start));
    return new SumBytes(bytes, start + Short.BYTES, keyLength);
  }

  /** Hands over those that follow each other between two places. */
  static void forEach(byte[] bytes, int from, int to, Consumer<SumBytes> each) {
    for (int at = from; at < to; ) {
      SumBytes sum = at(bytes, at);
      each.accept(sum);
      at = sum.end();
    }
  }

  static void write(TallyBytes to, byte[] key, int keyFrom, int keyTo, Tally tally) {
    to.two(keyTo - keyFrom).raw(key, keyFrom, keyTo - keyFrom);
    tally.write(to);
  }

  private int keyTo() {
    return keyFrom + keyLength;
  }

  Bytes key() {
    return Bytes.wrap(Arrays.copyOfRange(bytes, keyFrom, keyTo()));
  }

  /** The cell's, if it is a cell's. */
  int quarterHour() {
    return TallyKey.quarterHour(bytes, keyTo());
  }

  Tally tally() {
    return Tally.read(ByteBuffer.wrap(bytes, keyTo(), bytes.length - keyTo()));
  }

  /** Where it ends, and the next begins. */
  int end() {
    return Tally.end(bytes, keyTo());
  }

  /** Writes it as it is. */
  void copy(TallyBytes to) {
    int start = keyFrom - Short.BYTES;
    to.raw(bytes, start, end() - start);
  }

  /** Writes its key with another tally. */
  void copy(TallyBytes to, Tally tally) {
    write(to, bytes, keyFrom, keyTo(), tally);
  }

  @Override
  public int compareTo(SumBytes other) {
    return Arrays.compareUnsigned(
        bytes, keyFrom, keyTo(), other.bytes, other.keyFrom, other.keyTo());
  }

  /** Whether its key is this one or comes before it. */
  boolean isUpTo(byte[] key) {
    return Arrays.compareUnsigned(bytes, keyFrom, keyTo(), key, 0, key.length) <= 0;
  }

  /** Whether it counts for a scope, if it is of a cell of that scope or of that user. */
  boolean countsFor(Scope scope) {
    return !scope.isUser() || TallyKey.cell(key()).countsFor(scope);
  }

  boolean keyStartsWith(byte[] begin) {
    return keyLength >= begin.length
        && Arrays.equals(bytes, keyFrom, keyFrom + begin.length, begin, 0, begin.length);
  }

  boolean keyEndsWith(byte[] end) {
    return keyLength >= end.length
        && Arrays.equals(bytes, keyTo() - end.length, keyTo(), end, 0, end.length);
  }
}
