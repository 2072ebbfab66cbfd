package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What may be told of one record of usage.events: judged anew from the record, what was published
 * and when it was looked at.
 */
final class UsageOutcomes {
  static final long LONGEST_WAIT_MILLIS = 30_000;

  private final AuditedTables tables;
  private final AuditedPrices prices;
  private final AuditedIntake intake;
  private final CorrectionLedger corrections;
  private final ParkingLedger parking;

  /** By identity the one record whose event was accepted. */
  private final Map<List<String>, UsageItem> accepted = new HashMap<>();

  /** Those of them that came to count in the transaction that is being audited. */
  private final Set<List<String>> acceptedNow = new HashSet<>();

  UsageOutcomes(
      AuditedTables tables,
      AuditedPrices prices,
      AuditedIntake intake,
      CorrectionLedger corrections,
      ParkingLedger parking) {
    this.tables = tables;
    this.prices = prices;
    this.intake = intake;
    this.corrections = corrections;
    this.parking = parking;
  }

  /** A transaction begins. */
  void begin() {
    acceptedNow.clear();
  }

  /** A record counts from now on, unless another of its identity does. */
  void accept(UsageItem item) {
    UsageItem before = accepted.putIfAbsent(item.identity(), item);
    if (before == null) {
      acceptedNow.add(item.identity());
    }
    unless(
        before == null || before == item,
        "nothing-billed-twice",
        "%s counts, and so does %s",
        item,
        before);
  }

  /** Whether no other record of the same identity counts. */
  boolean isFirst(UsageItem item) {
    UsageItem first = accepted(item);
    return first == null || first == item;
  }

  private @Nullable UsageItem accepted(UsageItem item) {
    return accepted.get(item.identity());
  }

  /** What was told of a record, one of what may be told of any. */
  void resolve(UsageItem item, SpecificRecord told) {
    switch (told) {
      case RatedUsage rated -> resolve(item, rated);
      case UnratedUsage unrated -> resolve(item, unrated);
      case RejectedUsage rejected -> resolve(item, rejected);
      default -> throw new IllegalStateException("not an outcome: " + told);
    }
  }

  /** A copy of a re-routed record is as the record was. */
  void checkCopy(UsageItem item, SimulatedBroker.Entry copy) {
    Header accepted = copy.headers().lastHeader("tollgate-accepted-at");
    unless(
        Arrays.equals(copy.value(), item.entry.value())
            && Arrays.equals(copy.key(), item.entry.key())
            && copy.partition() == intake.home(item.event())
            && copy.headers().lastHeader("tollgate-rerouted") != null
            && accepted != null
            && new java.math.BigInteger(accepted.value()).longValueExact()
                == AuditedIntake.acceptedAt(item.entry).toEpochMilli(),
        "no-event-lost",
        "%s was not re-routed as it is",
        item);
  }

  /** Nothing was told of an admitted record: its body counts already. */
  void resolveDuplicate(UsageItem item) {
    UsageItem first = accepted(item);
    unless(first != null, "no-event-lost", "%s is nowhere", item);
    unless(
        Objects.requireNonNull(first).hasBodyOf(item),
        "no-event-lost",
        "%s was dropped as a duplicate of %s, which has another body",
        item,
        first);
    unless(
        first != item
            && (first.entry.offset() < item.entry.offset()
                || item.outcome == Outcome.WAITING
                || mayHaveWaitedMeanwhile(item)),
        "first-wins",
        "%s was dropped for a later one, %s",
        item,
        first);
    item.outcome = Outcome.DUPLICATE;
  }

  /**
   * Whether a new record may have waited and come to its end within one transaction: a copy that
   * came when the tables had moved on may have been first then.
   */
  private boolean mayHaveWaitedMeanwhile(UsageItem item) {
    return item.outcome == Outcome.NEW
        && item.looks.size() > 1
        && (item.correction() != null
            || finding(item, item.looks.getFirst()).fate() == AuditedIntake.Fate.WAITS);
  }

  private void resolve(UsageItem item, RatedUsage rated) {
    checkPosition(item, rated.getPosition());
    unless(rated.getEvent().equals(item.event()), "cost-is-exact", "%s was rated as another", item);
    boolean admitted = false;
    for (Commit.Act look : item.looks) {
      if (item.outcome == Outcome.UNRATED || isAdmitted(item, look)) {
        admitted = true;
        AuditedPrices.Cost cost = prices.of(item.event(), currency(item, look), look.tables());
        if (cost != null && isCost(rated, cost, currency(item, look))) {
          item.outcome = Outcome.RATED;
          item.rated = rated;
          if (item.correction() == null) {
            corrections.accepted(item);
          }
          return;
        }
      }
    }
    unless(admitted, "only-admitted-is-billed", "%s should not have been rated", item);
    throw new InvariantBroken(
        "cost-is-exact",
        "%s: %s %d gives %s, which nothing published then does"
            .formatted(item, rated.getPriceBookId(), rated.getPriceVersion(), rated.getCost()));
  }

  private static boolean isCost(RatedUsage rated, AuditedPrices.Cost cost, String currency) {
    if (!rated.getPriceBookId().equals(cost.book())
        || rated.getPriceVersion() != cost.version()
        || !Objects.equals(rated.getContextOver(), cost.contextOver())
        || !rated.getCurrency().equals(currency)
        || rated.getCost().compareTo(cost.total()) != 0
        || rated.getCharges().size() != cost.lines().size()) {
      return false;
    }
    return rated.getCharges().stream()
        .allMatch(
            charge -> {
              AuditedPrices.Line line = cost.lines().get(charge.getMeter());
              return line != null
                  && charge.getUnits() == line.units()
                  && charge.getRate().compareTo(line.rate()) == 0
                  && charge.getCost().compareTo(line.cost()) == 0;
            });
  }

  private void resolve(UsageItem item, UnratedUsage unrated) {
    checkPosition(item, unrated.getPosition());
    boolean writtenOff = unrated.getReason().equals("written_off");
    unless(
        item.outcome != Outcome.UNRATED || writtenOff,
        "one-outcome-per-offset",
        "%s, twice unrated",
        item);
    unless(
        unrated.getEvent().equals(item.event())
            && item.looks.stream()
                .anyMatch(
                    look ->
                        (item.outcome == Outcome.UNRATED || isAdmitted(item, look))
                            && (!writtenOff || tables.isWrittenOff(item, look.tables()))
                            && prices.of(item.event(), currency(item, look), look.tables())
                                == null),
        writtenOff ? "written-off-by-decision" : "unrated-has-no-price",
        "%s: %s",
        item,
        unrated.getDetail());
    item.outcome = writtenOff ? Outcome.WRITTEN_OFF : Outcome.UNRATED;
    if (item.correction() == null) {
      corrections.accepted(item);
    }
  }

  private void resolve(UsageItem item, RejectedUsage rejected) {
    checkPosition(item, rejected.getPosition());
    unless(
        item.outcome != Outcome.UNRATED, "no-event-lost", "%s was rejected after it counted", item);
    String reason = rejected.getReason();
    boolean right =
        item.looks.stream()
            .anyMatch(
                look -> {
                  AuditedIntake.Finding finding = finding(item, look);
                  return switch (finding.fate()) {
                    case REJECTED -> finding.reason().equals(reason);
                    case WAITS ->
                        reason.equals("unknown_tenant")
                            && look.at() - item.waitsSince >= LONGEST_WAIT_MILLIS;
                    case ADMITTED ->
                        reason.equals("conflict")
                            || (reason.equals("parking_full") && hasNoPrice(item, look))
                            || (reason.equals("unknown_original")
                                && item.correction() != null
                                && corrections.standing(item)
                                    == CorrectionLedger.Standing.NO_ORIGINAL
                                && look.at() - item.waitsSince >= LONGEST_WAIT_MILLIS);
                    case REROUTED -> false;
                  };
                });
    unless(right, "rejected-for-a-reason", "%s is not %s", item, reason);
    byte[] bytes = item.entry.value() == null ? new byte[0] : item.entry.value();
    unless(
        rejected.getValueBytes().equals(java.nio.ByteBuffer.wrap(bytes)),
        "rejected-is-kept",
        "%s: its bytes are not kept",
        item);
    if (reason.equals("parking_full")) {
      checkRefused(item);
    }
    if (reason.equals("conflict")) {
      UsageItem first = accepted(item);
      unless(
          (first != null && !first.hasBodyOf(item))
              || (item.correction() != null
                  && (corrections.standing(item) == CorrectionLedger.Standing.OTHER_BODY
                      || waitedInVain(item))),
          "no-event-lost",
          "%s conflicts with nothing, or with its own copy",
          item);
      item.outcome = Outcome.CONFLICT;
    } else {
      item.outcome = Outcome.REJECTED;
    }
  }

  private boolean hasNoPrice(UsageItem item, Commit.Act look) {
    return !tables.isWrittenOff(item, look.tables())
        && prices.of(item.event(), currency(item, look), look.tables()) == null;
  }

  private void checkRefused(UsageItem item) {
    // A copy may have found a place later in the same transaction.
    unless(
        isFirst(item) || acceptedNow.contains(item.identity()),
        "no-event-lost",
        "%s was refused, and its copy counted",
        item);
    unless(
        item.correction() == null
            || corrections.hasMoved(item)
            || corrections.taken(item).outcome != Outcome.UNRATED,
        "parking-is-shared",
        "%s was refused the place of what it takes back",
        item);
    unless(parking.mayRefuse(item), "parking-is-shared", "%s was refused, and there is room", item);
  }

  private static void checkPosition(UsageItem item, Position told) {
    unless(
        told.getAppendedAt().equals(Instant.ofEpochMilli(item.entry.appendedAt()))
            && told.getAcceptedAt().equals(AuditedIntake.acceptedAt(item.entry)),
        "positions-are-true",
        "%s: %s",
        item,
        told);
  }

  AuditedIntake.Finding finding(UsageItem item, Commit.Act look) {
    return intake.judge(item.entry, item.event, look.tables());
  }

  /** A record that does not wait is judged when it is read, and then only. */
  private boolean isAdmitted(UsageItem item, Commit.Act look) {
    if (look != item.looks.getFirst() && item.outcome == Outcome.NEW && item.correction() == null) {
      AuditedIntake.Fate first = finding(item, item.looks.getFirst()).fate();
      if (first != AuditedIntake.Fate.WAITS) {
        return false;
      }
    }
    return finding(item, look).fate() == AuditedIntake.Fate.ADMITTED;
  }

  private String currency(UsageItem item, Commit.Act look) {
    Organization organization =
        tables.organization(item.event().getOrganizationId(), look.tables());
    return Objects.requireNonNull(organization).getCurrency();
  }

  /**
   * Whether the wait of a correction may have ended just before what it waited for took effect, in
   * one transaction.
   */
  boolean waitedInVain(UsageItem item) {
    return corrections.hasMoved(item)
        && item.looks.stream().anyMatch(look -> look.at() - item.waitsSince >= LONGEST_WAIT_MILLIS);
  }

  /** Whether the body that a correction takes back was in force, for a while at least. */
  boolean mayHaveFitted(UsageItem item) {
    return corrections.standing(item) == CorrectionLedger.Standing.FITS
        || corrections.hasMoved(item);
  }

  /**
   * Whether a waiting record may have become a duplicate, which only the counts tell: its body
   * counts already.
   */
  boolean mayBeCopy(UsageItem item) {
    if (item.outcome != Outcome.WAITING) {
      return false;
    }
    UsageItem first = accepted(item);
    return first != null && first != item && first.hasBodyOf(item);
  }

  /** Whether a record that was not rated has a price by now. */
  boolean hasPrice(UsageItem item, TablePositions at) {
    Organization organization = tables.organization(item.event().getOrganizationId(), at);
    return prices.of(item.event(), Objects.requireNonNull(organization).getCurrency(), at) != null;
  }

  /** Whether the version that a record was rated by was known at a look. */
  boolean knowsPriceOf(UsageItem item, TablePositions at) {
    RatedUsage rated = Objects.requireNonNull(item.rated);
    return prices.isVisible(rated.getPriceBookId(), rated.getPriceVersion(), at);
  }

  /** Whether a record is no longer, or never was, refused or sent elsewhere. */
  boolean mayCount(UsageItem item) {
    if (item.outcome != Outcome.NEW) {
      return true;
    }
    AuditedIntake.Fate fate = finding(item, item.looks.getFirst()).fate();
    return fate == AuditedIntake.Fate.ADMITTED || fate == AuditedIntake.Fate.WAITS;
  }
}
