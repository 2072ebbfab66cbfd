package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.Wallet;
import java.math.BigDecimal;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of wallets: a balance is what was credited less what usage since the opening cost,
 * and each low-balance mark is told when the balance comes to it and taken back when it does not
 * hold any more.
 */
final class WalletLedger {
  static final String TRUE = "wallet-true";

  private final AuditedTables tables;
  private final AuditedSums sums;
  private final ToIntFunction<String> partitions;

  /** By organization and mark. */
  private final Map<String, TreeMap<BigDecimal, Episode>> episodes = new HashMap<>();

  private final Set<String> toldIds = new HashSet<>();

  private record Episode(int number, boolean open) {}

  /** A wallet as somebody knew it, and what was left in it. */
  private record Known(Wallet wallet, BigDecimal credited, BigDecimal burned) {
    BigDecimal balance() {
      return credited.subtract(burned);
    }

    boolean isReached(BigDecimal mark) {
      return balance().compareTo(mark) <= 0
          && wallet.getLowBalance().stream().anyMatch(one -> one.compareTo(mark) == 0);
    }
  }

  /**
   * @param partitions that an organization's usage comes to
   */
  WalletLedger(AuditedTables tables, AuditedSums sums, ToIntFunction<String> partitions) {
    this.tables = tables;
    this.sums = sums;
    this.partitions = partitions;
  }

  private @Nullable Known known(String organization, TablePositions at) {
    Wallet wallet = tables.wallet(organization, at);
    return wallet == null
        ? null
        : new Known(
            wallet,
            tables.credited(organization, wallet.getCurrency(), at),
            sums.spendSince(organization, wallet.getOpenedAt()));
  }

  void after(Commit.Act act, boolean settled, Deque<BudgetAlert> alerts) {
    while (!alerts.isEmpty() && explains(act, alerts.peek())) {
      tell(alerts.remove());
    }
    if (settled) {
      for (String organization : tables.walletIds()) {
        if (partitions.applyAsInt(organization) == act.partition()) {
          check(organization, act.tables());
        }
      }
    }
  }

  private boolean explains(Commit.Act act, BudgetAlert alert) {
    String organization = alert.getOrganizationId();
    Known known = known(organization, act.tables());
    return known != null
        && partitions.applyAsInt(organization) == act.partition()
        && alert.getRaisedAt().toEpochMilli() == act.at()
        && alert.getBudgetVersion() == known.wallet.getVersion()
        && alert.getHard() == known.wallet.getStopAtZero()
        && alert.getPeriodStart().equals(known.wallet.getOpenedAt())
        && alert.getCurrency().equals(known.wallet.getCurrency())
        && alert.getAmount().compareTo(known.credited) == 0
        && alert.getSpend().compareTo(known.burned) == 0
        && Objects.requireNonNull(alert.getBalance()).compareTo(known.balance()) == 0
        && (alert.getKind() == AlertKind.CROSSED)
            == known.isReached(Objects.requireNonNull(alert.getLowBalance()));
  }

  private void tell(BudgetAlert alert) {
    unless(
        toldIds.add(alert.getAlertId() + "/" + alert.getKind()),
        TRUE,
        "%s %s was told twice",
        alert.getKind(),
        alert.getAlertId());
    BigDecimal mark = Objects.requireNonNull(alert.getLowBalance());
    TreeMap<BigDecimal, Episode> marks =
        episodes.computeIfAbsent(alert.getOrganizationId(), id -> new TreeMap<>());
    Episode before = marks.getOrDefault(mark, new Episode(0, false));
    boolean crossed = alert.getKind() == AlertKind.CROSSED;
    int expected = crossed ? before.number + 1 : before.number;
    unless(
        before.open != crossed && alert.getEpisode() == expected,
        TRUE,
        "%s %s after %s",
        alert.getKind(),
        alert.getAlertId(),
        before);
    marks.put(mark, new Episode(expected, crossed));
  }

  /** Each mark stands as the balance says. */
  private void check(String organization, TablePositions at) {
    Known known = known(organization, at);
    // As long as nothing was credited there is no balance that could be low.
    if (known == null || known.credited.signum() <= 0) {
      return;
    }
    TreeMap<BigDecimal, Episode> told = episodes.getOrDefault(organization, new TreeMap<>());
    Set<BigDecimal> marks = new TreeSet<>(known.wallet.getLowBalance());
    marks.addAll(told.keySet());
    for (BigDecimal mark : marks) {
      Episode episode = told.get(mark);
      unless(
          (episode != null && episode.open) == known.isReached(mark),
          TRUE,
          "%s has %s of %s left, and %s is %s",
          organization,
          known.balance(),
          known.credited,
          mark,
          episode == null ? "not told" : episode);
    }
  }

  /** Everything that was told is explained by now. */
  void none(@Nullable BudgetAlert left) {
    if (left != null) {
      throw new InvariantBroken(
          TRUE,
          "nothing explains %s %s at %s of %s"
              .formatted(left.getKind(), left.getAlertId(), left.getBalance(), left.getAmount()));
    }
  }

  void auditAtRest(TablePositions everything) {
    tables.walletIds().forEach(organization -> check(organization, everything));
  }
}
