package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of the meter topology: what became of every record of usage.events, judged anew from
 * the record, what was published and when it was looked at.
 */
final class UsageLedger {
  private static final long LONGEST_WAIT_MILLIS = 30_000;

  private final SimulatedBroker broker;
  private final Wire wire;
  private final byte[] eventHeader;
  private final AuditedTables tables;
  private final AuditedPrices prices;
  private final AuditedIntake intake;

  /** By partition and offset: every record that was read in a committed transaction. */
  private final Map<Integer, TreeMap<Long, UsageItem>> items = new TreeMap<>();

  private final CorrectionLedger corrections;
  private final OutcomeLedger outcomes;

  /** By identity the one record whose event was accepted. */
  private final Map<List<String>, UsageItem> accepted = new HashMap<>();

  UsageLedger(
      SimulatedBroker broker,
      Wire wire,
      byte[] eventHeader,
      AuditedTables tables,
      AuditedPrices prices) {
    this.broker = broker;
    this.wire = wire;
    this.eventHeader = eventHeader;
    this.tables = tables;
    this.prices = prices;
    this.corrections = new CorrectionLedger(wire);
    this.outcomes = new OutcomeLedger(wire);
    this.intake = new AuditedIntake(tables, broker.partitions(Application.METER.source()));
  }

  void audit(Commit commit) {
    List<UsageItem> looked = look(commit);
    corrections.begin();
    Map<Integer, TreeMap<Long, List<SpecificRecord>>> told = told(commit);
    // What counts first: others are judged against it.
    told.forEach(
        (partition, byOffset) ->
            byOffset.forEach((offset, records) -> accept(item(partition, offset), records)));
    Deque<SimulatedBroker.Entry> rerouted = new ArrayDeque<>();
    commit.written().stream()
        .filter(entry -> entry.topic().equals(Application.METER.source()))
        .forEach(rerouted::add);
    // A correction that waited takes effect after what it waited for: as often as there is news.
    List<UsageItem> left = looked;
    boolean news = true;
    while (news) {
      List<UsageItem> again = new ArrayList<>();
      for (UsageItem item : left) {
        TreeMap<Long, List<SpecificRecord>> ofPartition =
            told.getOrDefault(item.entry.partition(), new TreeMap<>());
        List<SpecificRecord> records = ofPartition.getOrDefault(item.entry.offset(), List.of());
        if (isAhead(item, records)) {
          again.add(item);
        } else {
          resolve(item, records, rerouted);
          ofPartition.remove(item.entry.offset());
        }
      }
      news = again.size() < left.size();
      left = again;
    }
    left.forEach(item -> resolveAhead(item, told));
    looked.forEach(item -> item.looks.clear());
    unless(rerouted.isEmpty(), "one-outcome-per-offset", "a re-routed record of nothing");
    told.forEach(
        (partition, unexplained) ->
            unless(
                unexplained.isEmpty(),
                "one-outcome-per-offset",
                "partition %d: output for records that were final or not read: %s",
                partition,
                unexplained.keySet()));
    outcomes.audit(commit, items, this::mayBeCopy);
  }

  /** Every record that could have changed its outcome, with the looks that were taken at it. */
  private List<UsageItem> look(Commit commit) {
    List<UsageItem> looked = new ArrayList<>();
    for (TreeMap<Long, UsageItem> ofPartition : items.values()) {
      ofPartition.values().stream().filter(UsageItem::isOpen).forEach(looked::add);
    }
    for (Commit.Act act : commit.acts()) {
      switch (act) {
        case Commit.Act.Read read -> {
          SimulatedBroker.Entry entry =
              Objects.requireNonNull(
                  broker.log(Application.METER.source(), read.partition()).from(read.offset()));
          UsageItem item =
              new UsageItem(entry, wire.tryToRead(entry.value(), UsageEvent.class, eventHeader));
          UsageItem before =
              items
                  .computeIfAbsent(read.partition(), p -> new TreeMap<>())
                  .putIfAbsent(read.offset(), item);
          unless(before == null, "one-outcome-per-offset", "read twice: %s", item);
          // What waits for its original is looked at when that comes.
          for (UsageItem open : looked) {
            if (open.correction() != null && open.entry.partition() == read.partition()) {
              open.looks.add(read);
            }
          }
          item.waitsSince = read.at();
          item.looks.add(read);
          looked.add(item);
        }
        case Commit.Act.Punctuated punctuated -> {
          for (UsageItem item : looked) {
            if (item.entry.partition() == punctuated.partition()) {
              item.looks.add(punctuated);
            }
          }
        }
      }
    }
    return looked;
  }

  private Map<Integer, TreeMap<Long, List<SpecificRecord>>> told(Commit commit) {
    Map<Integer, TreeMap<Long, List<SpecificRecord>>> told = new TreeMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      SpecificRecord record;
      Position position;
      switch (entry.topic()) {
        case "usage.rated" -> {
          RatedUsage rated = wire.read(entry.value(), RatedUsage.class);
          record = rated;
          position = rated.getPosition();
        }
        case "usage.unrated" -> {
          UnratedUsage unrated = wire.read(entry.value(), UnratedUsage.class);
          record = unrated;
          position = unrated.getPosition();
        }
        case "usage.rejected" -> {
          RejectedUsage rejected = wire.read(entry.value(), RejectedUsage.class);
          record = rejected;
          position = rejected.getPosition();
        }
        default -> {
          continue;
        }
      }
      unless(
          position.getPartition() == entry.partition(),
          "on-its-partition",
          "%s of partition %d is on %d",
          entry.topic(),
          position.getPartition(),
          entry.partition());
      told.computeIfAbsent(position.getPartition(), p -> new TreeMap<>())
          .computeIfAbsent(position.getOffset(), o -> new ArrayList<>())
          .add(record);
    }
    return told;
  }

  private UsageItem item(int partition, long offset) {
    UsageItem item = items.getOrDefault(partition, new TreeMap<>()).get(offset);
    unless(item != null, "one-outcome-per-offset", "output for %d@%d, not read", offset, partition);
    return Objects.requireNonNull(item);
  }

  private void accept(UsageItem item, List<SpecificRecord> records) {
    for (SpecificRecord record : records) {
      if (record instanceof RatedUsage || record instanceof UnratedUsage) {
        unless(item.event != null, "one-outcome-per-offset", "%s is no event", item);
        UsageItem before = accepted.putIfAbsent(item.identity(), item);
        unless(
            before == null || before == item,
            "nothing-billed-twice",
            "%s counts, and so does %s",
            item,
            before);
      }
    }
  }

  /** Whether nothing can be said of a correction before others are. */
  private boolean isAhead(UsageItem item, List<SpecificRecord> records) {
    if (item.correction() == null
        || (item.outcome != Outcome.NEW && item.outcome != Outcome.WAITING)) {
      return false;
    }
    if (!mayCount(item)) {
      return false;
    }
    UsageItem first = accepted.get(item.identity());
    if (first != null && first != item) {
      return false;
    }
    CorrectionLedger.Standing standing = corrections.standing(item);
    if (records.isEmpty()) {
      return standing != CorrectionLedger.Standing.FITS
          || corrections.taken(item).outcome == Outcome.RATED;
    }
    if (records.getFirst() instanceof RejectedUsage rejected) {
      return rejected.getReason().equals("conflict")
          && standing != CorrectionLedger.Standing.OTHER_BODY
          && !waitedInVain(item);
    }
    return standing != CorrectionLedger.Standing.FITS;
  }

  /**
   * Whether the wait of a correction may have ended just before what it waited for took effect, in
   * one transaction.
   */
  private boolean waitedInVain(UsageItem item) {
    return corrections.hasMoved(item)
        && item.looks.stream().anyMatch(look -> look.at() - item.waitsSince >= LONGEST_WAIT_MILLIS);
  }

  /** Whether a record is no longer, or never was, refused or sent elsewhere. */
  private boolean mayCount(UsageItem item) {
    if (item.outcome != Outcome.NEW) {
      return true;
    }
    AuditedIntake.Fate fate = finding(item, item.looks.getFirst()).fate();
    return fate == AuditedIntake.Fate.ADMITTED || fate == AuditedIntake.Fate.WAITS;
  }

  /** What is left waits: for its original, or for the price version that its original had. */
  private void resolveAhead(
      UsageItem item, Map<Integer, TreeMap<Long, List<SpecificRecord>>> told) {
    List<SpecificRecord> records =
        told.getOrDefault(item.entry.partition(), new TreeMap<>())
            .getOrDefault(item.entry.offset(), List.of());
    unless(
        records.isEmpty(),
        "corrections-legal",
        "%s took effect, or was refused, as %s, and is %s",
        item,
        records,
        corrections.standing(item));
    // One that waits already is looked at again some time: at the latest before everything rests.
    if (item.outcome == Outcome.NEW
        && finding(item, item.looks.getFirst()).fate() == AuditedIntake.Fate.ADMITTED
        && corrections.standing(item) == CorrectionLedger.Standing.FITS) {
      TablePositions at = item.looks.getFirst().tables();
      RatedUsage rated = Objects.requireNonNull(corrections.taken(item).rated);
      unless(
          !prices.isVisible(rated.getPriceBookId(), rated.getPriceVersion(), at),
          "corrections-legal",
          "%s fits and did not take effect",
          item);
    }
    item.outcome = Outcome.WAITING;
  }

  private void resolve(
      UsageItem item, List<SpecificRecord> records, Deque<SimulatedBroker.Entry> rerouted) {
    boolean applies =
        item.correction() != null
            && (item.outcome == Outcome.NEW || item.outcome == Outcome.WAITING)
            && mayCount(item)
            && accepted.getOrDefault(item.identity(), item) == item
            && corrections.standing(item) == CorrectionLedger.Standing.FITS
            && !(!records.isEmpty() && records.getFirst() instanceof RejectedUsage);
    List<SpecificRecord> own = records;
    if (applies) {
      RatedUsage reversal = reversal(records);
      accepted.put(item.identity(), item);
      corrections.apply(item, reversal);
      own = reversal == null ? records : records.subList(1, records.size());
      if (item.outcome == Outcome.VOID) {
        unless(own.isEmpty(), "one-outcome-per-offset", "%s is void and more", item);
        return;
      }
      unless(!own.isEmpty(), "no-event-lost", "%s took effect, and does not count", item);
    }
    for (SpecificRecord record : own) {
      unless(item.isOpen(), "one-outcome-per-offset", "%s got another outcome", item);
      switch (record) {
        case RatedUsage rated -> resolve(item, rated);
        case UnratedUsage unrated -> resolve(item, unrated);
        case RejectedUsage rejected -> resolve(item, rejected);
        default -> throw new IllegalStateException("not an outcome: " + record);
      }
    }
    if (item.outcome != Outcome.NEW) {
      return;
    }
    AuditedIntake.Finding finding = finding(item, item.looks.getFirst());
    switch (finding.fate()) {
      case REROUTED -> {
        SimulatedBroker.Entry copy = rerouted.poll();
        unless(copy != null, "no-event-lost", "%s was not re-routed", item);
        checkCopy(item, Objects.requireNonNull(copy));
        item.outcome = Outcome.REROUTED;
      }
      case WAITS -> item.outcome = Outcome.WAITING;
      case ADMITTED -> resolveDuplicate(item);
      case REJECTED ->
          throw new InvariantBroken(
              "no-event-lost", "%s has no outcome but is %s".formatted(item, finding.reason()));
    }
  }

  private static @Nullable RatedUsage reversal(List<SpecificRecord> records) {
    return !records.isEmpty()
            && records.getFirst() instanceof RatedUsage rated
            && rated.getKind() == RatedKind.REVERSAL
        ? rated
        : null;
  }

  private void checkCopy(UsageItem item, SimulatedBroker.Entry copy) {
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

  private void resolveDuplicate(UsageItem item) {
    UsageItem first = accepted.get(item.identity());
    unless(first != null, "no-event-lost", "%s is nowhere", item);
    unless(
        Objects.requireNonNull(first).hasBodyOf(item),
        "no-event-lost",
        "%s was dropped as a duplicate of %s, which has another body",
        item,
        first);
    unless(
        first != item && first.entry.offset() < item.entry.offset(),
        "first-wins",
        "%s was dropped for a later one, %s",
        item,
        first);
    item.outcome = Outcome.DUPLICATE;
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
    if (reason.equals("conflict")) {
      UsageItem first = accepted.get(item.identity());
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

  private static void checkPosition(UsageItem item, Position told) {
    unless(
        told.getAppendedAt().equals(Instant.ofEpochMilli(item.entry.appendedAt()))
            && told.getAcceptedAt().equals(AuditedIntake.acceptedAt(item.entry)),
        "positions-are-true",
        "%s: %s",
        item,
        told);
  }

  private AuditedIntake.Finding finding(UsageItem item, Commit.Act look) {
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
   * Whether a waiting record may have become a duplicate, which only the counts tell: its body
   * counts already.
   */
  private boolean mayBeCopy(UsageItem item) {
    if (item.outcome != Outcome.WAITING) {
      return false;
    }
    UsageItem first = accepted.get(item.identity());
    return first != null && first != item && first.hasBodyOf(item);
  }

  /** At rest nothing waits, and what has a price is rated. */
  void auditAtRest(TablePositions everything) {
    items
        .values()
        .forEach(
            ofPartition ->
                ofPartition
                    .values()
                    .forEach(
                        item -> {
                          unless(
                              item.outcome != Outcome.WAITING && item.outcome != Outcome.NEW,
                              "no-event-lost",
                              "%s waits for good",
                              item);
                          unless(
                              item.outcome != Outcome.UNRATED
                                  || prices.of(
                                          item.event(),
                                          Objects.requireNonNull(
                                                  tables.organization(
                                                      item.event().getOrganizationId(), everything))
                                              .getCurrency(),
                                          everything)
                                      == null,
                              "no-event-lost",
                              "%s has a price and is not rated",
                              item);
                        }));
    int partitions = broker.partitions(Application.METER.source());
    for (int partition = 0; partition < partitions; partition++) {
      int all = broker.log(Application.METER.source(), partition).entries().size();
      int known = items.getOrDefault(partition, new TreeMap<>()).size();
      unless(all == known, "no-event-lost", "partition %d: %d of %d", partition, known, all);
    }
  }
}
