package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

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
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  void write(DataOutputStream out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(requests);
    byte[] unscaled = cost.value().unscaledValue().toByteArray();
    out.writeByte(unscaled.length);
    out.write(unscaled);
    Map<String, Long> named = units.size() == 0 ? Map.of() : units.byName();
    out.writeByte(named.size());
    for (Map.Entry<String, Long> unit : named.entrySet()) {
      out.writeUTF(unit.getKey());
      out.writeLong(unit.getValue());
    }
  }

  static Tally fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return read(in);
    } catch (IOException e) {
      throw new IllegalStateException("a tally cannot be read", e);
    }
  }

  static Tally read(DataInputStream in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IllegalStateException("a tally in format " + format + " is not of this version");
    }
    long requests = in.readLong();
    Money cost =
        new Money(new BigDecimal(new BigInteger(in.readNBytes(in.readByte())), Money.SCALE));
    int meters = in.readByte();
    if (meters == 0) {
      return new Tally(requests, Units.NONE, cost);
    }
    Map<String, Long> units = new TreeMap<>();
    for (int i = 0; i < meters; i++) {
      units.put(in.readUTF(), in.readLong());
    }
    return new Tally(requests, units, cost);
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
