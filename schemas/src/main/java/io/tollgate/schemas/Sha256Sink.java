package io.tollgate.schemas;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Feeds SHA-256 with length-prefixed values. Every value is collected in one buffer first: a digest
 * call per field costs more than the hashing. Not thread-safe; {@link #get()} gives the thread's
 * own, started anew.
 */
final class Sha256Sink {
  private static final ThreadLocal<Sha256Sink> MINE = ThreadLocal.withInitial(Sha256Sink::new);

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Buffers that one large event has grown beyond this are not kept. */
  private static final int LARGEST_KEPT = 16 * 1024;

  private final MessageDigest sha256;
  private final byte[] digest = new byte[32];
  private byte[] buffer = new byte[1024];
  private int length;

  Sha256Sink() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static Sha256Sink get() {
    Sha256Sink sink = MINE.get();
    sink.reset();
    return sink;
  }

  /** Starts anew. */
  void reset() {
    length = 0;
  }

  /** A text whose bytes are ASCII. */
  void ascii(byte[] from, int offset, int count) {
    number32(count);
    reserve(count);
    System.arraycopy(from, offset, buffer, length, count);
    length += count;
  }

  /** In place of an optional text that is not there. */
  void noText() {
    number32(-1);
  }

  void text(String text) {
    int at = length;
    number32(0);
    int chars = text.length();
    reserve(chars);
    int i = 0;
    while (i < chars) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        break;
      }
      buffer[length++] = (byte) c;
      i++;
    }
    if (i < chars) {
      byte[] rest = text.substring(i).getBytes(StandardCharsets.UTF_8);
      reserve(rest.length);
      System.arraycopy(rest, 0, buffer, length, rest.length);
      length += rest.length;
    }
    put32(at, length - at - Integer.BYTES);
  }

  void optionalText(@Nullable String text) {
    if (text == null) {
      noText();
    } else {
      text(text);
    }
  }

  void number(long number) {
    reserve(Long.BYTES);
    put32(length, (int) (number >>> 32));
    put32(length + Integer.BYTES, (int) number);
    length += Long.BYTES;
  }

  void bytes(ByteBuffer bytes) {
    int count = bytes.remaining();
    number32(count);
    reserve(count);
    bytes.get(bytes.position(), buffer, length, count);
    length += count;
  }

  /** The first 128 bits. */
  long[] finish128() {
    sha256.update(buffer, 0, length);
    try {
      sha256.digest(digest, 0, digest.length);
    } catch (DigestException e) {
      throw new IllegalStateException("32 bytes hold a SHA-256", e);
    }
    if (buffer.length > LARGEST_KEPT) {
      buffer = new byte[1024];
    }
    return new long[] {long64(0), long64(Long.BYTES)};
  }

  private long long64(int at) {
    return (long) LONGS.get(digest, at);
  }

  private void number32(int number) {
    reserve(Integer.BYTES);
    put32(length, number);
    length += Integer.BYTES;
  }

  private void put32(int at, int number) {
    buffer[at] = (byte) (number >>> 24);
    buffer[at + 1] = (byte) (number >>> 16);
    buffer[at + 2] = (byte) (number >>> 8);
    buffer[at + 3] = (byte) number;
  }

  private void reserve(int more) {
    if (length + more > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
    }
  }
}
