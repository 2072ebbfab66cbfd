package io.tollgate.billing;

import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the three sources say, side by side. They share no code and no state: the broker's records
 * are read back and added up here, the topologies tell their stores, the database adds its rows up
 * itself.
 *
 * @param partitions by number of the partition
 * @param broker by hour, from usage.rated; null when records have expired, so that sums would not
 *     be whole
 * @param streams by hour
 * @param landed by hour
 */
record Books(
    Map<Integer, PartitionBook> partitions,
    @Nullable Map<OrganizationHour, HourTotals> broker,
    Map<OrganizationHour, HourTotals> streams,
    Map<OrganizationHour, HourTotals> landed) {
  Books {
    broker = broker == null ? null : withoutNothing(broker);
    streams = withoutNothing(streams);
    landed = withoutNothing(landed);
  }

  /** An hour that was reversed as a whole: one source has it, another has forgotten it. */
  private static Map<OrganizationHour, HourTotals> withoutNothing(
      Map<OrganizationHour, HourTotals> hours) {
    Map<OrganizationHour, HourTotals> something = new TreeMap<>(hours);
    something.values().removeIf(HourTotals.NOTHING::equals);
    return something;
  }

  /** Records of usage.rated, or rows, by kind. */
  record RatedCounts(long usages, long reversals) {
    static final RatedCounts NOTHING = new RatedCounts(0, 0);

    static RatedCounts of(RatedKind kind) {
      return switch (kind) {
        case USAGE -> new RatedCounts(1, 0);
        case REVERSAL -> new RatedCounts(0, 1);
      };
    }

    RatedCounts plus(RatedCounts other) {
      return new RatedCounts(usages + other.usages, reversals + other.reversals);
    }

    long sum() {
      return usages + reversals;
    }
  }

  /**
   * The counts of one partition.
   *
   * @param eventsRead records of usage.events below the offset that the outcomes name; null when
   *     some have expired
   * @param ratedRead records of usage.rated
   * @param outcomes what the meter topology counted
   * @param ratedExpired how many records of usage.rated have expired
   * @param landedRows rows in the table at positions that the topic still holds
   * @param landed distinct positions among these
   */
  record PartitionBook(
      @Nullable Long eventsRead,
      RatedCounts ratedRead,
      OutcomeBook outcomes,
      long ratedExpired,
      long landedRows,
      RatedCounts landed) {}

  /**
   * The current outcomes of a partition's records.
   *
   * @param reversals records of kind REVERSAL written; not an outcome
   */
  record OutcomeBook(
      long records,
      long rated,
      long duplicate,
      long rejected,
      long unrated,
      long waiting,
      long rerouted,
      long voids,
      long withdrawn,
      long writtenOff,
      long reversals) {
    static final OutcomeBook NOTHING = new OutcomeBook(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    static OutcomeBook of(PartitionOutcomes told) {
      return new OutcomeBook(
          told.getRecords(),
          told.getRated(),
          told.getDuplicate(),
          told.getRejected(),
          told.getUnrated(),
          told.getWaiting(),
          told.getRerouted(),
          told.getVoids(),
          told.getWithdrawn(),
          told.getWrittenOff(),
          told.getReversals());
    }

    long sum() {
      return rated
          + duplicate
          + rejected
          + unrated
          + waiting
          + rerouted
          + voids
          + withdrawn
          + writtenOff;
    }

    OutcomeBook plus(OutcomeBook other) {
      return new OutcomeBook(
          records + other.records,
          rated + other.rated,
          duplicate + other.duplicate,
          rejected + other.rejected,
          unrated + other.unrated,
          waiting + other.waiting,
          rerouted + other.rerouted,
          voids + other.voids,
          withdrawn + other.withdrawn,
          writtenOff + other.writtenOff,
          reversals + other.reversals);
    }
  }

  /** Everything on which the sources do not agree, in a fixed order. */
  List<Difference> compare() {
    List<Difference> differences = new ArrayList<>();
    partitions.forEach((partition, book) -> comparePartition(partition, book, differences));
    for (OrganizationHour hour : differingHours()) {
      compareHour(hour, differences);
    }
    return differences;
  }

  private static void comparePartition(
      int partition, PartitionBook book, List<Difference> differences) {
    OutcomeBook outcomes = book.outcomes();
    Long read = book.eventsRead();
    if ((read != null && read != outcomes.records()) || outcomes.records() != outcomes.sum()) {
      differences.add(
          Difference.ofPartition(
              partition,
              "records",
              read,
              outcomes.sum(),
              null,
              "usage.events has "
                  + read
                  + " records, "
                  + outcomes.records()
                  + " were seen, "
                  + outcomes.sum()
                  + " have an outcome"));
    }
    compareKind(
        partition,
        "rated",
        book,
        book.ratedRead().usages(),
        outcomes.rated(),
        book.landed().usages(),
        differences);
    compareKind(
        partition,
        "reversals",
        book,
        book.ratedRead().reversals(),
        outcomes.reversals(),
        book.landed().reversals(),
        differences);
    if (book.landedRows() != book.landed().sum()) {
      differences.add(
          Difference.ofPartition(
              partition,
              "rows",
              book.landed().sum(),
              null,
              book.landedRows(),
              "rows in the table beyond one per position"));
    }
  }

  private static void compareKind(
      int partition,
      String measure,
      PartitionBook book,
      long read,
      long counted,
      long landed,
      List<Difference> differences) {
    boolean whole = book.ratedExpired() == 0;
    if ((whole && read != counted) || read != landed) {
      differences.add(
          Difference.ofPartition(
              partition,
              measure,
              read,
              whole ? counted : null,
              landed,
              "records of usage.rated, what was counted when they were written, distinct positions"
                  + " in the table"));
    }
  }

  /** Hours on which not all sources agree. */
  SortedSet<OrganizationHour> differingHours() {
    SortedSet<OrganizationHour> hours = new TreeSet<>(streams.keySet());
    hours.addAll(landed.keySet());
    if (broker != null) {
      hours.addAll(broker.keySet());
    }
    hours.removeIf(hour -> agree(hour));
    return hours;
  }

  private boolean agree(OrganizationHour hour) {
    HourTotals inTable = landed.getOrDefault(hour, HourTotals.NOTHING);
    return inTable.equals(streams.getOrDefault(hour, HourTotals.NOTHING))
        && (broker == null || inTable.equals(broker.getOrDefault(hour, HourTotals.NOTHING)));
  }

  /** Whether the topologies alone are behind: they may only need a moment more. */
  boolean onlyStreamsDiffer() {
    return broker != null && broker.equals(landed) && !streams.equals(landed);
  }

  private void compareHour(OrganizationHour hour, List<Difference> differences) {
    HourTotals read = broker == null ? null : broker.getOrDefault(hour, HourTotals.NOTHING);
    HourTotals told = streams.getOrDefault(hour, HourTotals.NOTHING);
    HourTotals inTable = landed.getOrDefault(hour, HourTotals.NOTHING);
    add(
        hour,
        "requests",
        read == null ? null : read.requests(),
        told.requests(),
        inTable.requests(),
        differences);
    SortedSet<String> meters = new TreeSet<>(told.units().keySet());
    meters.addAll(inTable.units().keySet());
    if (read != null) {
      meters.addAll(read.units().keySet());
    }
    for (String meter : meters) {
      add(
          hour,
          "units." + meter,
          read == null ? null : read.unitsOf(meter),
          told.unitsOf(meter),
          inTable.unitsOf(meter),
          differences);
    }
    BigDecimal readCost = read == null ? null : read.cost().value();
    if (!told.cost().equals(inTable.cost())
        || (read != null && !read.cost().equals(inTable.cost()))) {
      differences.add(
          Difference.ofHour(hour, "cost", readCost, told.cost().value(), inTable.cost().value()));
    }
  }

  private static void add(
      OrganizationHour hour,
      String measure,
      @Nullable Long read,
      long told,
      long inTable,
      List<Difference> differences) {
    if (told != inTable || (read != null && !Objects.equals(read, inTable))) {
      differences.add(
          Difference.ofHour(
              hour,
              measure,
              read == null ? null : BigDecimal.valueOf(read),
              BigDecimal.valueOf(told),
              BigDecimal.valueOf(inTable)));
    }
  }
}
