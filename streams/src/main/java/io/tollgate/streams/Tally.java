package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;

/**
 * Sums of one scope in one quarter-hour, or of any number of them.
 *
 * @param units of each meter; none of users, models and features
 */
record Tally(long requests, Units units, Money cost) {
  static final Tally NONE = new Tally(0, Units.NONE, Money.ZERO);
  private static final int FORMAT = 1;

  Tally {
    Objects.requireNonNull(units, "units");
    Objects.requireNonNull(cost, "cost");
  }

  /**
   * @param units by the wire names of meters
   */
  Tally(long requests, Map<String, Long> units, Money cost) {
    this(requests, Units.of(units), cost);
  }

  Tally plus(Tally other) {
    return new Tally(
        Math.addExact(requests, other.requests), units.plus(other.units), cost.plus(other.cost));
  }

  byte[] toBytes() {
    TallyBytes bytes = new TallyBytes(64);
    write(bytes);
    return bytes.toByteArray();
  }

  void write(TallyBytes out) {
    byte[] unscaled = cost.value().unscaledValue().toByteArray();
    out.one(FORMAT).eight(requests).one(unscaled.length).all(unscaled);
    units.write(out);
  }

  static Tally fromBytes(byte[] bytes) {
    return read(ByteBuffer.wrap(bytes));
  }

  /**
   * @throws IllegalStateException if there is no whole tally of this version
   */
  static Tally read(ByteBuffer in) {
    try {
      requireFormat(in.get());
      long requests = in.getLong();
      Money cost = new Money(new BigDecimal(new BigInteger(bytes(in, in.get())), Money.SCALE));
      return new Tally(requests, Units.read(in), cost);
    } catch (BufferUnderflowException e) {
      throw new IllegalStateException("a tally cannot be read", e);
    }
  }

  /**
   * Where the tally ends that begins there.
   *
   * @throws IllegalStateException if it is not of this version
   */
  static int end(byte[] bytes, int from) {
    requireFormat(bytes[from]);
    int at = from + 1 + Long.BYTES;
    at += 1 + bytes[at];
    return Units.end(bytes, at);
  }

  private static void requireFormat(int format) {
    if (format != FORMAT) {
      throw new IllegalStateException("a tally in format " + format + " is not of this version");
    }
  }

  private static byte[] bytes(ByteBuffer in, int count) {
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /** Of all meters that count tokens. */
  long tokens() {
    long[] sum = {0};
    units.forEach(
        (meter, count) -> {
          if (meter.side() != Meter.Side.NO_TOKENS) {
            sum[0] = Math.addExact(sum[0], count);
          }
        });
    return sum[0];
  }
}
