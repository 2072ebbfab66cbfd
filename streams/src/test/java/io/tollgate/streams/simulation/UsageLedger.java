package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of the meter topology: what became of every record of usage.events, judged anew from
 * the record, what was published and when it was looked at.
 */
final class UsageLedger {
  private final SimulatedBroker broker;
  private final UsageItems items;
  private final CorrectionLedger corrections;
  private final UsageOutcomes judged;
  private final ParkingLedger parking;
  private final OutcomeLedger outcomes;

  UsageLedger(
      SimulatedBroker broker,
      Wire wire,
      byte[] eventHeader,
      AuditedTables tables,
      AuditedPrices prices,
      int parkingPlaces) {
    this.broker = broker;
    this.items = new UsageItems(broker, wire, eventHeader);
    this.corrections = new CorrectionLedger(wire);
    this.parking = new ParkingLedger(parkingPlaces);
    this.outcomes = new OutcomeLedger(wire);
    AuditedIntake intake = new AuditedIntake(tables, broker.partitions(Application.METER.source()));
    this.judged = new UsageOutcomes(tables, prices, intake, corrections, parking);
  }

  void audit(Commit commit) {
    List<UsageItem> looked = items.look(commit);
    corrections.begin();
    judged.begin();
    Map<Integer, TreeMap<Long, List<SpecificRecord>>> told = items.told(commit);
    parking.begin(items, told);
    // What counts first: others are judged against it.
    told.forEach(
        (partition, byOffset) ->
            byOffset.forEach((offset, records) -> accept(items.item(partition, offset), records)));
    Deque<SimulatedBroker.Entry> rerouted = new ArrayDeque<>();
    commit.written().stream()
        .filter(entry -> entry.topic().equals(Application.METER.source()))
        .forEach(rerouted::add);
    // A correction that waited takes effect with what it waited for, before anything that came
    // later:
    // a void of what was never rated is told by the counts alone, not whose it was of two copies.
    List<UsageItem> ahead = new ArrayList<>();
    for (UsageItem item : looked) {
      if (isAhead(item, recordsOf(item, told))) {
        ahead.add(item);
      } else {
        resolve(item, told, rerouted);
        wake(ahead, item, told, rerouted);
      }
    }
    for (UsageItem item : List.copyOf(ahead)) {
      if (ahead.contains(item) && isUntoldVoid(item, recordsOf(item, told), commit)) {
        ahead.remove(item);
        resolve(item, told, rerouted);
        wake(ahead, item, told, rerouted);
      }
    }
    ahead.forEach(item -> resolveAhead(item, told));
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
    parking.audit(items);
    outcomes.audit(commit, items.all(), judged::mayBeCopy);
  }

  /** Events that found no place among those without a price. */
  int refusedParking() {
    return parking.refused();
  }

  private static List<SpecificRecord> recordsOf(
      UsageItem item, Map<Integer, TreeMap<Long, List<SpecificRecord>>> told) {
    return told.getOrDefault(item.entry.partition(), new TreeMap<>())
        .getOrDefault(item.entry.offset(), List.of());
  }

  private void resolve(
      UsageItem item,
      Map<Integer, TreeMap<Long, List<SpecificRecord>>> told,
      Deque<SimulatedBroker.Entry> rerouted) {
    resolve(item, recordsOf(item, told), rerouted);
    told.getOrDefault(item.entry.partition(), new TreeMap<>()).remove(item.entry.offset());
  }

  /** Corrections that were ahead of a record, or of one that was, take effect. */
  private void wake(
      List<UsageItem> ahead,
      UsageItem came,
      Map<Integer, TreeMap<Long, List<SpecificRecord>>> told,
      Deque<SimulatedBroker.Entry> rerouted) {
    if (came.event == null) {
      return;
    }
    boolean news = true;
    while (news) {
      news = false;
      for (UsageItem item : List.copyOf(ahead)) {
        if (item.root().equals(came.root()) && !isAhead(item, recordsOf(item, told))) {
          ahead.remove(item);
          resolve(item, told, rerouted);
          news = true;
        }
      }
    }
  }

  private void accept(UsageItem item, List<SpecificRecord> records) {
    for (SpecificRecord record : records) {
      if (record instanceof RatedUsage || record instanceof UnratedUsage) {
        unless(item.event != null, "one-outcome-per-offset", "%s is no event", item);
        judged.accept(item);
      }
    }
  }

  /** Whether a void that waited has taken back what was never rated: only the counts tell when. */
  private boolean isUntoldVoid(UsageItem item, List<SpecificRecord> records, Commit commit) {
    if (!records.isEmpty()
        || item.outcome != Outcome.WAITING
        || Objects.requireNonNull(item.correction()).getKind() != CorrectionKind.VOID
        || !judged.isFirst(item)
        || corrections.standing(item) != CorrectionLedger.Standing.FITS
        || corrections.taken(item).outcome == Outcome.RATED) {
      return false;
    }
    int partition = item.entry.partition();
    long known =
        items.all().getOrDefault(partition, new TreeMap<>()).values().stream()
            .filter(one -> one.outcome == Outcome.VOID)
            .count();
    return outcomes.voids(commit, partition) > known;
  }

  /** Whether nothing can be said of a correction before others are. */
  private boolean isAhead(UsageItem item, List<SpecificRecord> records) {
    if (item.correction() == null
        || (item.outcome != Outcome.NEW && item.outcome != Outcome.WAITING)) {
      return false;
    }
    if (!judged.mayCount(item)) {
      return false;
    }
    if (!judged.isFirst(item)) {
      return false;
    }
    CorrectionLedger.Standing standing = corrections.standing(item);
    if (records.isEmpty()) {
      return standing != CorrectionLedger.Standing.FITS
          || corrections.taken(item).outcome == Outcome.RATED
          // After a restart nothing wakes it: it is looked at again some time.
          || item.outcome == Outcome.WAITING;
    }
    if (records.getFirst() instanceof RejectedUsage rejected) {
      if (rejected.getReason().equals("parking_full")) {
        return !judged.mayHaveFitted(item);
      }
      return rejected.getReason().equals("conflict")
          && standing != CorrectionLedger.Standing.OTHER_BODY
          && !judged.waitedInVain(item);
    }
    return standing != CorrectionLedger.Standing.FITS;
  }

  /** What is left waits: for its original, or for the price version that its original had. */
  private void resolveAhead(
      UsageItem item, Map<Integer, TreeMap<Long, List<SpecificRecord>>> told) {
    List<SpecificRecord> records = recordsOf(item, told);
    unless(
        records.isEmpty(),
        "corrections-legal",
        "%s took effect, or was refused, as %s, and is %s",
        item,
        records,
        corrections.standing(item));
    // One that waits already is looked at again some time: at the latest before everything rests.
    if (item.outcome == Outcome.NEW
        && judged.finding(item, item.looks.getFirst()).fate() == AuditedIntake.Fate.ADMITTED
        && corrections.standing(item) == CorrectionLedger.Standing.FITS) {
      unless(
          !judged.knowsPriceOf(corrections.taken(item), item.looks.getFirst().tables()),
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
            && judged.mayCount(item)
            && judged.isFirst(item)
            && corrections.standing(item) == CorrectionLedger.Standing.FITS
            && !(!records.isEmpty() && records.getFirst() instanceof RejectedUsage);
    List<SpecificRecord> own = records;
    if (applies) {
      RatedUsage reversal = reversal(records);
      judged.accept(item);
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
      judged.resolve(item, record);
    }
    if (item.outcome != Outcome.NEW) {
      return;
    }
    AuditedIntake.Finding finding = judged.finding(item, item.looks.getFirst());
    switch (finding.fate()) {
      case REROUTED -> {
        SimulatedBroker.Entry copy = rerouted.poll();
        unless(copy != null, "no-event-lost", "%s was not re-routed", item);
        judged.checkCopy(item, Objects.requireNonNull(copy));
        item.outcome = Outcome.REROUTED;
      }
      case WAITS -> item.outcome = Outcome.WAITING;
      case ADMITTED -> judged.resolveDuplicate(item);
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

  void auditAtRest(TablePositions everything) {
    items
        .all()
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
                              item.outcome != Outcome.UNRATED || !judged.hasPrice(item, everything),
                              "no-event-lost",
                              "%s has a price and is not rated",
                              item);
                        }));
    int partitions = broker.partitions(Application.METER.source());
    for (int partition = 0; partition < partitions; partition++) {
      int all = broker.log(Application.METER.source(), partition).entries().size();
      int known = items.all().getOrDefault(partition, new TreeMap<>()).size();
      unless(all == known, "no-event-lost", "partition %d: %d of %d", partition, known, all);
    }
  }
}
