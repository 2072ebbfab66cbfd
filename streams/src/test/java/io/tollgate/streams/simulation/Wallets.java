package io.tollgate.streams.simulation;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.Wallet;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** Publishes wallets and what is credited to them as governance does. */
final class Wallets {
  private static final int MONEY_SCALE = 12;
  private static final int MOST_MARKS = 3;
  private static final long SECONDS_PER_QUARTER = 900;

  private final World world;
  private final SimulatedTime time;
  private final Dice dice;
  private final TreeMap<String, Wallet> wallets = new TreeMap<>();
  private final List<Credit> credits = new ArrayList<>();
  private int ids;

  Wallets(World world, SimulatedTime time, Dice dice) {
    this.world = world;
    this.time = time;
    this.dice = dice;
  }

  /** Opens the wallet of an organization that has none; false if all have one. */
  boolean open() {
    List<String> without =
        world.organizations().stream().filter(id -> !wallets.containsKey(id)).toList();
    if (without.isEmpty()) {
      return false;
    }
    String organization = dice.any(without);
    Instant from = time.instant().minus(Duration.ofMinutes(dice.between(0, 3_000)));
    long quarter = Math.floorDiv(from.getEpochSecond(), SECONDS_PER_QUARTER);
    publish(
        Wallet.newBuilder()
            .setOrganizationId(organization)
            .setCurrency(world.currency(organization))
            .setOpenedAt(Instant.ofEpochSecond(quarter * SECONDS_PER_QUARTER))
            .setLowBalance(marks())
            .setStopAtZero(dice.percent(60))
            .setVersion(1)
            .build());
    return true;
  }

  /** Other marks, or another answer to an empty wallet; false if there is none. */
  boolean edit() {
    if (wallets.isEmpty()) {
      return false;
    }
    Wallet before = wallet();
    publish(
        Wallet.newBuilder(before)
            .setLowBalance(dice.percent(70) ? marks() : before.getLowBalance())
            .setStopAtZero(dice.percent(50) != before.getStopAtZero())
            .setVersion(before.getVersion() + 1)
            .build());
    return true;
  }

  /** Credits a wallet; false if there is none. */
  boolean credit() {
    if (wallets.isEmpty()) {
      return false;
    }
    Wallet wallet = wallet();
    BigDecimal amount =
        BigDecimal.valueOf(dice.between(1, 100) * dice.of(10_000L, 100_000L, 1_000_000L), 6);
    publish(
        Credit.newBuilder()
            .setCreditId("credit-" + ids++)
            .setOrganizationId(wallet.getOrganizationId())
            .setAmount(amount.setScale(MONEY_SCALE))
            .setCurrency(wallet.getCurrency())
            .setReason("paid")
            .setGrantedAt(time.instant())
            .build());
    return true;
  }

  /** Takes a credit back, all of it or a part; false if there is none. */
  boolean correct() {
    if (credits.isEmpty()) {
      return false;
    }
    Credit wrong = credits.remove(dice.below(credits.size()));
    BigDecimal part = BigDecimal.valueOf(dice.between(1, 4)).divide(BigDecimal.valueOf(4));
    world.publish(
        Topics.CREDITS,
        "credit-" + ids,
        Credit.newBuilder(wrong)
            .setCreditId("credit-" + ids++)
            .setAmount(wrong.getAmount().multiply(part).negate().setScale(MONEY_SCALE))
            .setReason("a mistake")
            .setCorrects(wrong.getCreditId())
            .setGrantedAt(time.instant())
            .build());
    return true;
  }

  private Wallet wallet() {
    return dice.any(new ArrayList<>(wallets.values()));
  }

  private List<BigDecimal> marks() {
    TreeSet<BigDecimal> marks = new TreeSet<>();
    int count = dice.below(MOST_MARKS + 1);
    for (int i = 0; i < count; i++) {
      marks.add(BigDecimal.valueOf(dice.below(50) * 100_000L, 6).setScale(MONEY_SCALE));
    }
    return new ArrayList<>(marks.descendingSet());
  }

  private void publish(Wallet wallet) {
    wallets.put(wallet.getOrganizationId(), wallet);
    world.publish(Topics.WALLETS, wallet.getOrganizationId(), wallet);
  }

  private void publish(Credit credit) {
    credits.add(credit);
    world.publish(Topics.CREDITS, credit.getCreditId(), credit);
  }
}
