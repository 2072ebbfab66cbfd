package io.tollgate.streams;

import io.tollgate.schemas.Money;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a budget in one of its periods.
 *
 * @param budgetVersion of the budget that the episodes were last judged by
 * @param window the period
 * @param spend in the period so far
 * @param episodes of each threshold that was ever crossed
 */
record BudgetState(int budgetVersion, PeriodWindow window, Money spend, List<Episode> episodes) {
  private static final int FORMAT = 2;
  private static final long NO_END = Long.MIN_VALUE;

  /**
   * The crossings of one threshold.
   *
   * @param threshold a fraction of the amount, at scale 6
   * @param number of the newest episode, from 1
   * @param open whether spend is at or above the threshold now
   */
  record Episode(BigDecimal threshold, int number, boolean open) {}

  BudgetState {
    episodes = List.copyOf(episodes);
  }

  /** The thresholds that spend is at or above, ascending. */
  List<BigDecimal> open() {
    return episodes.stream().filter(Episode::open).map(Episode::threshold).toList();
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(budgetVersion);
      out.writeUTF(window.name());
      out.writeLong(window.start().getEpochSecond());
      out.writeLong(window.end() == null ? NO_END : window.end().getEpochSecond());
      byte[] unscaled = spend.value().unscaledValue().toByteArray();
      out.writeByte(unscaled.length);
      out.write(unscaled);
      out.writeByte(episodes.size());
      for (Episode episode : episodes) {
        out.writeLong(episode.threshold.unscaledValue().longValueExact());
        out.writeByte(episode.threshold.scale());
        out.writeInt(episode.number);
        out.writeBoolean(episode.open);
      }
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  static BudgetState fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "a budget state in format " + format + " is not of this version");
      }
      int version = in.readInt();
      String name = in.readUTF();
      Instant start = Instant.ofEpochSecond(in.readLong());
      long end = in.readLong();
      PeriodWindow window =
          new PeriodWindow(name, start, end == NO_END ? null : Instant.ofEpochSecond(end));
      Money spend =
          new Money(new BigDecimal(new BigInteger(in.readNBytes(in.readByte())), Money.SCALE));
      int count = in.readByte();
      List<Episode> episodes = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        episodes.add(
            new Episode(
                BigDecimal.valueOf(in.readLong(), in.readByte()), in.readInt(), in.readBoolean()));
      }
      return new BudgetState(version, window, spend, episodes);
    } catch (IOException e) {
      throw new IllegalStateException("a budget state cannot be read", e);
    }
  }
}
