package io.tollgate.streams;

import java.nio.charset.StandardCharsets;

/** A buffer for tallies and their keys: numbers of a fixed width, highest byte first. */
final class TallyBytes extends GrowingBytes {
  TallyBytes(int capacity) {
    super(capacity);
  }

  TallyBytes one(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
    return this;
  }

  TallyBytes two(int value) {
    reserve(Short.BYTES);
    bytes[length++] = (byte) (value >>> Byte.SIZE);
    bytes[length++] = (byte) value;
    return this;
  }

  TallyBytes four(int value) {
    return two(value >>> Short.SIZE).two(value);
  }

  TallyBytes eight(long value) {
    return four((int) (value >>> Integer.SIZE)).four((int) value);
  }

  TallyBytes all(byte[] value) {
    raw(value, 0, value.length);
    return this;
  }

  /** Of an id or a digit, which are ASCII. */
  TallyBytes ascii(String text) {
    int chars = text.length();
    reserve(chars);
    for (int i = 0; i < chars; i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
    return this;
  }

  /** A name that may hold anything: its length in UTF-8 as two bytes, then the name. */
  TallyBytes sized(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return two(utf8.length).all(utf8);
  }
}
