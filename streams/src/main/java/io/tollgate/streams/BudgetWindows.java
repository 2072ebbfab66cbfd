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
import org.jspecify.annotations.Nullable;

/**
 * Where one budget stands in its periods that have not ended: the current one, and the next where
 * usage is dated ahead.
 *
 * @param budgetVersion of the budget that was judged
 */
record BudgetWindows(int budgetVersion, List<Window> windows) {
  private static final int FORMAT = 1;

  /** A period with what was spent in it so far. */
  record Window(Instant start, @Nullable Instant end, Money spend) {
    boolean contains(Instant time) {
      return !start.isAfter(time) && (end == null || end.isAfter(time));
    }
  }

  BudgetWindows {
    windows = List.copyOf(windows);
  }

  /**
   * With this standing in place of what was known of its period. Periods that have ended are
   * dropped; with the first standing by another version all are, because each that runs is told
   * anew then.
   */
  static BudgetWindows with(@Nullable BudgetWindows before, BudgetStanding standing, Instant now) {
    int version = standing.budget().getVersion();
    PeriodWindow period = standing.window();
    List<Window> windows = new ArrayList<>();
    if (before != null && before.budgetVersion == version) {
      windows.addAll(before.windows);
    }
    windows.removeIf(known -> known.start.equals(period.start()) || hasEnded(known.end, now));
    if (!hasEnded(period.end(), now)) {
      windows.add(new Window(period.start(), period.end(), standing.spend()));
    }
    return new BudgetWindows(version, windows);
  }

  private static boolean hasEnded(@Nullable Instant end, Instant now) {
    return end != null && !end.isAfter(now);
  }

  /** The period at a time; null if nothing was told of it. */
  @Nullable Window at(Instant time) {
    for (Window window : windows) {
      if (window.contains(time)) {
        return window;
      }
    }
    return null;
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(budgetVersion);
      out.writeByte(windows.size());
      for (Window window : windows) {
        out.writeLong(window.start.getEpochSecond());
        out.writeBoolean(window.end != null);
        out.writeLong(window.end == null ? 0 : window.end.getEpochSecond());
        writeMoney(out, window.spend);
      }
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  static BudgetWindows fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "a budget's windows in format " + format + " are not of this version");
      }
      int version = in.readInt();
      int count = in.readByte();
      List<Window> windows = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Instant start = Instant.ofEpochSecond(in.readLong());
        boolean ends = in.readBoolean();
        Instant end = Instant.ofEpochSecond(in.readLong());
        windows.add(new Window(start, ends ? end : null, readMoney(in)));
      }
      return new BudgetWindows(version, windows);
    } catch (IOException e) {
      throw new IllegalStateException("a budget's windows cannot be read", e);
    }
  }

  static void writeMoney(DataOutputStream out, Money money) throws IOException {
    byte[] unscaled = money.value().unscaledValue().toByteArray();
    out.writeByte(unscaled.length);
    out.write(unscaled);
  }

  static Money readMoney(DataInputStream in) throws IOException {
    return new Money(new BigDecimal(new BigInteger(in.readNBytes(in.readByte())), Money.SCALE));
  }
}
