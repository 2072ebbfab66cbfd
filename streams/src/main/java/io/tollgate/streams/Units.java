package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * Units by meter: a fixed place per meter, because these are added up for every event. A meter that
 * was not used has none of them.
 */
final class Units {
  static final Units NONE = new Units(new long[0]);
  private static final Meter[] METERS = Meter.values();

  /** By the meter's ordinal; none at all where nothing was used. */
  private final long[] counts;

  private Units(long[] counts) {
    this.counts = counts;
  }

  /**
   * @param byName by the wire names of meters
   * @throws io.tollgate.schemas.InvalidInput if one is not a meter
   */
  static Units of(Map<String, Long> byName) {
    if (byName.isEmpty()) {
      return NONE;
    }
    long[] counts = new long[METERS.length];
    byName.forEach((name, count) -> counts[Meter.of(name).ordinal()] = count);
    return new Units(counts);
  }

  Units plus(Units other) {
    if (counts.length == 0) {
      return other;
    }
    if (other.counts.length == 0) {
      return this;
    }
    long[] sums = counts.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.addExact(sums[i], other.counts[i]);
    }
    return new Units(sums);
  }

  /** Hands over the meters that were used. */
  void forEach(ObjLongConsumer<Meter> each) {
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] != 0) {
        each.accept(METERS[i], counts[i]);
      }
    }
  }

  /** How many there are, then of each the meter's wire name and the count. */
  void write(TallyBytes out) {
    out.one(size());
    forEach((meter, count) -> out.sized(meter.wireName()).eight(count));
  }

  static Units read(ByteBuffer in) {
    int meters = in.get();
    if (meters == 0) {
      return NONE;
    }
    long[] counts = new long[METERS.length];
    for (int i = 0; i < meters; i++) {
      byte[] name = new byte[Short.toUnsignedInt(in.getShort())];
      in.get(name);
      counts[Meter.of(new String(name, StandardCharsets.US_ASCII)).ordinal()] = in.getLong();
    }
    return new Units(counts);
  }

  /** Where those end that begin there. */
  static int end(byte[] bytes, int from) {
    int at = from + 1;
    for (int i = 0; i < bytes[from]; i++) {
      int name = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(at));
      at += Short.BYTES + name + Long.BYTES;
    }
    return at;
  }

  /** How many meters were used. */
  int size() {
    int used = 0;
    for (long count : counts) {
      used += count == 0 ? 0 : 1;
    }
    return used;
  }

  /** By wire name, in the order of the names. */
  Map<String, Long> byName() {
    Map<String, Long> named = new TreeMap<>();
    forEach((meter, count) -> named.put(meter.wireName(), count));
    return named;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Units units && (Arrays.equals(counts, units.counts) || same(units));
  }

  /** Nothing used is the same whether there are places for it or not. */
  private boolean same(Units other) {
    return size() == 0 && other.size() == 0;
  }

  @Override
  public int hashCode() {
    return size() == 0 ? 0 : Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return byName().toString();
  }
}
