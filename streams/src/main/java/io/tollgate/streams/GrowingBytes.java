package io.tollgate.streams;

import java.util.Arrays;

/** A buffer that grows with what is written to it, for encodings written by hand. */
class GrowingBytes {
  byte[] bytes;
  int length;

  GrowingBytes(int capacity) {
    this.bytes = new byte[capacity];
  }

  final int length() {
    return length;
  }

  final int capacity() {
    return bytes.length;
  }

  final void reset() {
    length = 0;
  }

  final byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  final void raw(byte[] from, int offset, int count) {
    reserve(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /** Makes room for more. */
  final void reserve(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }
}
