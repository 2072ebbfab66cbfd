package io.tollgate.billing;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows in ClickHouse's RowBinary format, in memory, little-endian. Integers that ClickHouse would
 * wrap in silence are refused before they are written; the caller chooses columns as wide as the
 * Java types, so that only decimals can be too large.
 */
final class RowBinary {
  private static final int FIRST_BYTES = 64 * 1024;
  private static final int DECIMAL128_BYTES = 16;
  private static final int DECIMAL128_DIGITS = 38;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;

  int size() {
    return size;
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, size);
  }

  void int8(int value) {
    if (value != (byte) value) {
      throw new ArithmeticException(value + " is out of the range of Int8");
    }
    room(1);
    bytes[size++] = (byte) value;
  }

  void int32(int value) {
    room(Integer.BYTES);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void int64(long value) {
    room(Long.BYTES);
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  /** Decimal(38, scale). A value with more decimals or digits than that is refused. */
  void decimal128(BigDecimal value, int scale) {
    BigInteger unscaled = value.setScale(scale, RoundingMode.UNNECESSARY).unscaledValue();
    if (unscaled.bitLength() < Long.SIZE) {
      long low = unscaled.longValue();
      int64(low);
      int64(low >> (Long.SIZE - 1));
      return;
    }
    if (new BigDecimal(unscaled).precision() > DECIMAL128_DIGITS) {
      throw new ArithmeticException(
          value.toPlainString() + " is out of the range of Decimal(38, " + scale + ")");
    }
    byte[] bigEndian = unscaled.toByteArray();
    room(DECIMAL128_BYTES);
    byte sign = (byte) (unscaled.signum() < 0 ? -1 : 0);
    for (int i = 0; i < DECIMAL128_BYTES; i++) {
      bytes[size++] = i < bigEndian.length ? bigEndian[bigEndian.length - 1 - i] : sign;
    }
  }

  void string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    length(utf8.length);
    raw(utf8);
  }

  void nullableString(@Nullable String value) {
    if (value == null) {
      int8(1);
    } else {
      int8(0);
      string(value);
    }
  }

  void nullableInt64(@Nullable Long value) {
    if (value == null) {
      int8(1);
    } else {
      int8(0);
      int64(value);
    }
  }

  /** FixedString: exactly the bytes, without a length. */
  void raw(byte[] value) {
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  /** How many elements of an array or a map, or bytes of a string, follow. */
  void length(int value) {
    room(5);
    int rest = value;
    while (rest >= 0x80) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes =
          Arrays.copyOf(
              bytes, Math.max(Math.addExact(size, more), bytes.length + (bytes.length >> 1)));
    }
  }
}
