package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.Wallet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is known of a wallet.
 *
 * @param since the quarter-hour of event time from which usage is paid from it
 * @param burned the cost of that usage so far
 * @param episodes of each low-balance mark that was ever reached
 */
record WalletState(int since, Money burned, List<Episode> episodes) {
  private static final int FORMAT = 1;

  /**
   * The times that the balance fell to a mark.
   *
   * @param number of the newest episode, from 1
   * @param open whether the balance is at or below the mark now
   */
  record Episode(BigDecimal mark, int number, boolean open) {}

  /** An episode that opened or ended, the higher mark first. */
  record Change(AlertKind kind, BigDecimal mark, int episode) {}

  /** The state after a judgement, and what changed by it. */
  record Judgement(WalletState state, List<Change> changes) {}

  WalletState {
    episodes = List.copyOf(episodes);
  }

  WalletState plus(Money cost) {
    return new WalletState(since, burned.plus(cost), episodes);
  }

  Money balance(Money credited) {
    return credited.minus(burned);
  }

  /**
   * Judges the marks: one is reached when the balance is at or below it. Topping up, or the mark's
   * removal by an edit, ends its episode. As long as nothing was credited there is no balance that
   * could be low.
   */
  Judgement judge(Wallet wallet, Money credited) {
    if (credited.value().signum() <= 0) {
      return new Judgement(this, List.of());
    }
    // Trees compare by value, so that 5 and 5.00 are one mark.
    Map<BigDecimal, Episode> known = new TreeMap<>();
    for (Episode episode : episodes) {
      known.put(episode.mark, episode);
    }
    TreeSet<BigDecimal> marks = new TreeSet<>(wallet.getLowBalance());
    TreeSet<BigDecimal> all = new TreeSet<>(marks);
    all.addAll(known.keySet());
    List<Episode> after = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    BigDecimal balance = balance(credited).value();
    for (BigDecimal mark : all.descendingSet()) {
      boolean reached = marks.contains(mark) && balance.compareTo(mark) <= 0;
      Episode episode = known.getOrDefault(mark, new Episode(mark, 0, false));
      if (reached && !episode.open) {
        episode = new Episode(mark, episode.number + 1, true);
        changes.add(new Change(AlertKind.CROSSED, mark, episode.number));
      } else if (!reached && episode.open) {
        episode = new Episode(mark, episode.number, false);
        changes.add(new Change(AlertKind.RETRACTED, mark, episode.number));
      }
      if (episode.number > 0) {
        after.add(episode);
      }
    }
    return new Judgement(new WalletState(since, burned, after), changes);
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(since);
      BudgetWindows.writeMoney(out, burned);
      out.writeShort(episodes.size());
      for (Episode episode : episodes) {
        BudgetWindows.writeMoney(out, Money.of(episode.mark));
        out.writeInt(episode.number);
        out.writeBoolean(episode.open);
      }
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  static WalletState fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalStateException(
            "a wallet's state in format " + format + " is not of this version");
      }
      int since = in.readInt();
      Money burned = BudgetWindows.readMoney(in);
      int count = in.readShort();
      List<Episode> episodes = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        episodes.add(
            new Episode(BudgetWindows.readMoney(in).value(), in.readInt(), in.readBoolean()));
      }
      return new WalletState(since, burned, episodes);
    } catch (IOException e) {
      throw new IllegalStateException("a wallet's state cannot be read", e);
    }
  }
}
