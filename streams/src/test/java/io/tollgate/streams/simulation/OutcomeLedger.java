package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The auditor of the counts: each commit's are those of the ledger. */
final class OutcomeLedger {
  private final Wire wire;
  private final Map<Integer, Long> reversals = new HashMap<>();

  OutcomeLedger(Wire wire) {
    this.wire = wire;
  }

  /**
   * @param mayBeCopy whether a waiting record may have become a duplicate, which only the counts
   *     tell
   */
  void audit(
      Commit commit, Map<Integer, TreeMap<Long, UsageItem>> items, Predicate<UsageItem> mayBeCopy) {
    Map<Integer, PartitionOutcomes> told = new TreeMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.outcomes")) {
        told.put(entry.partition(), wire.read(entry.value(), PartitionOutcomes.class));
      } else if (entry.topic().equals("usage.rated")
          && wire.read(entry.value(), RatedUsage.class).getKind() == RatedKind.REVERSAL) {
        reversals.merge(entry.partition(), 1L, Long::sum);
      }
    }
    told.forEach(
        (partition, counts) ->
            check(partition, counts, items.getOrDefault(partition, new TreeMap<>()), mayBeCopy));
    for (Commit.Act act : commit.acts()) {
      unless(
          act instanceof Commit.Act.Punctuated || told.containsKey(act.partition()),
          "one-outcome-per-offset",
          "partition %d was read, and its outcomes were not told",
          act.partition());
    }
  }

  /** The voids of a partition that a transaction tells in all. */
  long voids(Commit commit, int partition) {
    long voids = 0;
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.outcomes") && entry.partition() == partition) {
        voids = wire.read(entry.value(), PartitionOutcomes.class).getVoids();
      }
    }
    return voids;
  }

  private void check(
      int partition,
      PartitionOutcomes told,
      TreeMap<Long, UsageItem> items,
      Predicate<UsageItem> mayBeCopy) {
    List<UsageItem> copies = items.values().stream().filter(mayBeCopy).toList();
    long waiting = items.values().stream().filter(item -> item.outcome == Outcome.WAITING).count();
    if (waiting - copies.size() == told.getWaiting()) {
      copies.forEach(item -> item.outcome = Outcome.DUPLICATE);
    }
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    items.values().forEach(item -> counts.merge(item.outcome, 1L, Long::sum));
    long unsettled = counts.getOrDefault(Outcome.WAITING, 0L) - told.getWaiting();
    Map<Outcome, Long> said = new EnumMap<>(Outcome.class);
    said.put(Outcome.RATED, told.getRated());
    said.put(Outcome.DUPLICATE, told.getDuplicate() - unsettled);
    said.put(Outcome.REJECTED, told.getRejected() - told.getConflict());
    said.put(Outcome.CONFLICT, told.getConflict());
    said.put(Outcome.UNRATED, told.getUnrated());
    said.put(Outcome.WAITING, told.getWaiting() + unsettled);
    said.put(Outcome.REROUTED, told.getRerouted());
    said.put(Outcome.VOID, told.getVoids());
    said.put(Outcome.WITHDRAWN, told.getWithdrawn());
    said.put(Outcome.WRITTEN_OFF, told.getWrittenOff());
    said.values().removeIf(count -> count == 0);
    unless(
        said.equals(counts)
            && told.getRecords() == items.size()
            && unsettled >= 0
            && unsettled <= items.values().stream().filter(mayBeCopy).count(),
        "one-outcome-per-offset",
        "partition %d: told %s, are %s",
        partition,
        said,
        counts);
    unless(
        told.getNextOffset() == items.lastKey() + 1,
        "one-outcome-per-offset",
        "partition %d: told up to %d, read up to %d",
        partition,
        told.getNextOffset(),
        items.lastKey());
    unless(
        told.getReversals() == reversals.getOrDefault(partition, 0L),
        "reversed-as-rated",
        "partition %d: told %d reversals, not %d",
        partition,
        told.getReversals(),
        reversals.getOrDefault(partition, 0L));
  }
}
