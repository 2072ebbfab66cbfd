package io.tollgate.schemas;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gives the same string for the same ASCII bytes, mostly: ids, models and sources repeat from event
 * to event, and one object that knows its hash code is cheaper than a new one each time. A table of
 * a fixed size in which a newer text takes an older one's place.
 *
 * <p>Thread-safe without locks: strings are immutable, and a thread that misses another's entry
 * makes its own.
 */
final class RepeatedTexts {
  private static final int SLOTS = 1 << 15;
  private static final int LONGEST = 64;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long ODD = 0x9E3779B97F4A7C15L;

  private final @Nullable Slot[] slots = new @Nullable Slot[SLOTS];

  /** Its fields are final: another thread sees all of it or nothing. */
  private static final class Slot {
    private final byte[] bytes;
    private final String text;

    private Slot(byte[] bytes, String text) {
      this.bytes = bytes;
      this.text = text;
    }
  }

  /** The text of bytes that are ASCII; null if they are not. */
  @Nullable String of(byte[] bytes, int from, int length) {
    if (length > LONGEST) {
      return fresh(bytes, from, length);
    }
    int slot = slot(bytes, from, length);
    Slot known = slots[slot];
    if (known != null
        && Arrays.equals(known.bytes, 0, known.bytes.length, bytes, from, from + length)) {
      return known.text;
    }
    // Only what is ASCII gets here: what is equal to it need not be looked at again.
    String text = fresh(bytes, from, length);
    if (text != null) {
      slots[slot] = new Slot(Arrays.copyOfRange(bytes, from, from + length), text);
    }
    return text;
  }

  /** The same as a string of its own, for texts that hardly ever repeat. */
  static @Nullable String fresh(byte[] bytes, int from, int length) {
    return isAscii(bytes, from, length)
        ? new String(bytes, from, length, StandardCharsets.ISO_8859_1)
        : null;
  }

  private static int slot(byte[] bytes, int from, int length) {
    long mixed = length * ODD;
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      mixed = (mixed ^ (long) LONGS.get(bytes, from + i)) * ODD;
      mixed ^= mixed >>> 32;
    }
    for (; i < length; i++) {
      mixed = (mixed ^ bytes[from + i]) * ODD;
    }
    mixed ^= mixed >>> 32;
    return (int) mixed & (SLOTS - 1);
  }

  private static boolean isAscii(byte[] bytes, int from, int length) {
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      if (((long) LONGS.get(bytes, from + i) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (bytes[from + i] < 0) {
        return false;
      }
    }
    return true;
  }
}
