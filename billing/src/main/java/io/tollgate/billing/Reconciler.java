package io.tollgate.billing;

import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.KafkaException;

/**
 * Reads the three sources and compares them. It waits for the line to be at rest, because sources
 * that are read one after the other agree only then; when it is not within the bound, it says so
 * instead of guessing.
 */
final class Reconciler {
  private static final Duration LOOK = Duration.ofMillis(250);

  /** How long reading the logs back may take beyond the wait. */
  private static final Duration READING = Duration.ofMinutes(10);

  /** Hours whose rows are compared one by one. */
  private static final int MOST_HOURS_BY_ROW = 20;

  private final LinePositions positions;
  private final BrokerReader broker;
  private final StreamsState streams;
  private final LandedReader landed;
  private final CompactedView<PartitionOutcomes> outcomes;
  private final CompactedView<Organization> organizations;
  private final InstantSource clock;

  Reconciler(
      LinePositions positions,
      BrokerReader broker,
      StreamsState streams,
      LandedReader landed,
      CompactedView<PartitionOutcomes> outcomes,
      CompactedView<Organization> organizations,
      InstantSource clock) {
    this.positions = positions;
    this.broker = broker;
    this.streams = streams;
    this.landed = landed;
    this.outcomes = outcomes;
    this.organizations = organizations;
    this.clock = clock;
  }

  /** Ends of both topics at rest. */
  private record Rest(
      Map<Integer, Long> events, Map<Integer, Long> rated, Reconciliation.Lag lag) {}

  /**
   * Reconciles.
   *
   * @param wait how long to wait for the line to be at rest and the topologies to have caught up
   */
  Reconciliation reconcile(Duration wait) {
    Instant deadline = clock.instant().plus(wait);
    while (true) {
      Rest rest = awaitRest(deadline);
      if (!rest.lag().isZero()) {
        return incomplete(rest.lag());
      }
      List<String> remarks = new ArrayList<>();
      Books books;
      try {
        books = read(rest, remarks);
      } catch (StreamsState.StreamsUnavailable e) {
        if (clock.instant().isAfter(deadline)) {
          return incomplete(new Reconciliation.Lag(0, 0, 0, e.getMessage()));
        }
        pause();
        continue;
      }
      Rest after = rest();
      boolean moved = !after.events().equals(rest.events()) || !after.rated().equals(rest.rated());
      boolean late = clock.instant().isAfter(deadline);
      if (moved && late) {
        return incomplete(
            new Reconciliation.Lag(0, 0, 0, "events arrived while the sources were read"));
      }
      if (moved || (books.onlyStreamsDiffer() && !late)) {
        pause();
        continue;
      }
      return conclude(books, rest, remarks);
    }
  }

  private Rest awaitRest(Instant deadline) {
    Rest rest = rest();
    while (!rest.lag().isZero() && clock.instant().isBefore(deadline)) {
      pause();
      rest = rest();
    }
    return rest;
  }

  private Rest rest() {
    Map<Integer, CompletenessTracker.Metered> metered = Completeness.metered(outcomes);
    Map<Integer, Long> events = positions.eventsEnds(metered);
    Map<Integer, Long> rated = positions.ratedEnds();
    Map<Integer, Long> landedEnds = positions.landed();
    long eventsLag = 0;
    long waiting = 0;
    for (Map.Entry<Integer, Long> end : events.entrySet()) {
      CompletenessTracker.Metered known =
          metered.getOrDefault(end.getKey(), CompletenessTracker.Metered.NOTHING);
      eventsLag += Math.max(0, end.getValue() - known.nextOffset());
      waiting += known.waiting();
    }
    long landingLag = 0;
    for (Map.Entry<Integer, Long> end : rated.entrySet()) {
      landingLag += Math.max(0, end.getValue() - landedEnds.getOrDefault(end.getKey(), 0L));
    }
    return new Rest(events, rated, new Reconciliation.Lag(eventsLag, waiting, landingLag, null));
  }

  private Books read(Rest rest, List<String> remarks) {
    Instant deadline = clock.instant().plus(READING);
    Map<Integer, Long> eventsBegin = positions.beginnings(Topics.USAGE_EVENTS.name());
    Map<Integer, Long> ratedBegin = positions.beginnings(Topics.USAGE_RATED.name());
    Map<Integer, Books.OutcomeBook> counted = outcomes();
    Map<Integer, Long> events = broker.countEvents(rest.events(), deadline);
    BrokerReader.Rated rated = broker.addRated(rest.rated(), deadline);
    Map<OrganizationHour, HourTotals> landedHours = landed.hours();
    boolean whole = ratedBegin.values().stream().allMatch(begin -> begin == 0);
    if (!whole) {
      remarks.add(
          "records of usage.rated have expired: hours are compared between streams and table only");
    }
    Map<Integer, Books.PartitionBook> partitions = new TreeMap<>();
    for (int partition : rest.events().keySet()) {
      boolean eventsWhole = eventsBegin.getOrDefault(partition, 0L) == 0;
      if (!eventsWhole) {
        remarks.add(
            "records of usage.events partition "
                + partition
                + " have expired: they are not counted");
      }
      long begin = ratedBegin.getOrDefault(partition, 0L);
      LandedReader.Counts rows = landed.counts(UsagePartitions.GENERATION, partition, begin);
      partitions.put(
          partition,
          new Books.PartitionBook(
              eventsWhole ? events.getOrDefault(partition, 0L) : null,
              rated.counts().getOrDefault(partition, Books.RatedCounts.NOTHING),
              counted.getOrDefault(partition, Books.OutcomeBook.NOTHING),
              begin,
              rows.rows(),
              rows.positions()));
    }
    return new Books(
        partitions,
        whole ? rated.hours() : null,
        streamsHours(rated.hours(), landedHours),
        landedHours);
  }

  private Map<Integer, Books.OutcomeBook> outcomes() {
    Map<Integer, Books.OutcomeBook> books = new HashMap<>();
    for (PartitionOutcomes partition : outcomes.values()) {
      if (partition.getGeneration() == UsagePartitions.GENERATION) {
        books.put(partition.getPartition(), Books.OutcomeBook.of(partition));
      }
    }
    return books;
  }

  /** Asks for every organization that any source knows. */
  private Map<OrganizationHour, HourTotals> streamsHours(
      Map<OrganizationHour, HourTotals> rated, Map<OrganizationHour, HourTotals> inTable) {
    SortedSet<OrganizationId> known = new TreeSet<>();
    organizations.values().forEach(one -> known.add(new OrganizationId(one.getOrganizationId())));
    rated.keySet().forEach(hour -> known.add(hour.organization()));
    inTable.keySet().forEach(hour -> known.add(hour.organization()));
    Map<OrganizationHour, HourTotals> hours = new TreeMap<>();
    for (OrganizationId organization : known) {
      streams
          .hours(organization)
          .forEach((hour, totals) -> hours.put(new OrganizationHour(organization, hour), totals));
    }
    return hours;
  }

  private Reconciliation conclude(Books books, Rest rest, List<String> remarks) {
    List<Difference> differences = new ArrayList<>(books.compare());
    if (books.broker() != null) {
      differences.addAll(rows(books.differingHours(), rest, remarks));
    }
    differences.addAll(landed.doubled());
    differences.addAll(landed.notRecomputed());
    return new Reconciliation(
        differences.isEmpty(),
        false,
        rest.lag(),
        totals(books),
        differences,
        differences.size(),
        remarks);
  }

  /** Compares hours row by row: what the log has and the table has not, and the reverse. */
  private List<Difference> rows(
      SortedSet<OrganizationHour> differing, Rest rest, List<String> remarks) {
    if (differing.isEmpty()) {
      return List.of();
    }
    SortedSet<OrganizationHour> hours =
        new TreeSet<>(differing.stream().limit(MOST_HOURS_BY_ROW).toList());
    if (hours.size() < differing.size()) {
      remarks.add(
          "rows are compared one by one for the first "
              + MOST_HOURS_BY_ROW
              + " differing hours only");
    }
    Map<OrganizationHour, List<LandedReader.Position>> inLog =
        broker.positions(hours, rest.rated(), clock.instant().plus(READING));
    List<Difference> differences = new ArrayList<>();
    for (OrganizationHour hour : hours) {
      SortedMap<LandedReader.Position, Integer> balance = new TreeMap<>();
      inLog.getOrDefault(hour, List.of()).forEach(position -> balance.put(position, -1));
      // A doubled row is named apart; here it only counts as there.
      new TreeSet<>(landed.positions(hour))
          .forEach(position -> balance.merge(position, 1, Integer::sum));
      balance.values().removeIf(value -> value == 0);
      balance.forEach(
          (position, value) -> {
            if (differences.size() < LandedReader.MOST_ROWS) {
              differences.add(misplaced(hour, position, value < 0));
            }
          });
    }
    return differences;
  }

  private static Difference misplaced(
      OrganizationHour hour, LandedReader.Position position, boolean missing) {
    return Difference.ofRow(
        hour,
        position.partition(),
        "row",
        missing ? BigDecimal.ONE : BigDecimal.ZERO,
        missing ? BigDecimal.ZERO : BigDecimal.ONE,
        position
            + (missing
                ? " is missing from the table"
                : " is in the table, but the log has it elsewhere or not"));
  }

  private Reconciliation.Totals totals(Books books) {
    Books.OutcomeBook sum =
        books.partitions().values().stream()
            .map(Books.PartitionBook::outcomes)
            .reduce(Books.OutcomeBook.NOTHING, Books.OutcomeBook::plus);
    long rows =
        books.partitions().values().stream().mapToLong(Books.PartitionBook::landedRows).sum();
    long requests = books.landed().values().stream().mapToLong(HourTotals::requests).sum();
    return new Reconciliation.Totals(
        sum.records(),
        sum.rated(),
        sum.duplicate(),
        sum.rejected(),
        sum.unrated(),
        sum.waiting(),
        sum.rerouted(),
        sum.voids(),
        sum.withdrawn(),
        sum.writtenOff(),
        sum.reversals(),
        rows,
        requests,
        landed.costs());
  }

  private static Reconciliation incomplete(Reconciliation.Lag lag) {
    return new Reconciliation(
        false, true, lag, Reconciliation.Totals.NONE, List.of(), 0, List.of());
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK.toMillis()));
    if (Thread.currentThread().isInterrupted()) {
      throw new KafkaException("interrupted while reconciling");
    }
  }
}
