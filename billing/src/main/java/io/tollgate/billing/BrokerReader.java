package io.tollgate.billing;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.RatedUsage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The first source of reconciliation: committed records, read back from the beginning of the log.
 */
final class BrokerReader {
  private static final int FETCH_BYTES = 4 << 20;
  private static final int MOST_RECORDS = 5_000;

  private final String bootstrapServers;
  private final AvroSerde<RatedUsage> serde;
  private final InstantSource clock;

  BrokerReader(String bootstrapServers, AvroSerde<RatedUsage> serde, InstantSource clock) {
    this.bootstrapServers = bootstrapServers;
    this.serde = serde;
    this.clock = clock;
  }

  /** Counts of usage.events by partition, of records below these offsets. */
  Map<Integer, Long> countEvents(Map<Integer, Long> ends, Instant deadline) {
    Map<Integer, Long> counts = new TreeMap<>();
    ends.keySet().forEach(partition -> counts.put(partition, 0L));
    read(Topics.USAGE_EVENTS, ends, deadline, row -> counts.merge(row.partition(), 1L, Long::sum));
    return counts;
  }

  /** What usage.rated adds up to. */
  record Rated(Map<Integer, Books.RatedCounts> counts, Map<OrganizationHour, HourTotals> hours) {}

  /** Adds usage.rated up, below these offsets. */
  Rated addRated(Map<Integer, Long> ends, Instant deadline) {
    Map<Integer, Books.RatedCounts> counts = new TreeMap<>();
    ends.keySet().forEach(partition -> counts.put(partition, Books.RatedCounts.NOTHING));
    Map<OrganizationHour, Sums> sums = new HashMap<>();
    read(
        Topics.USAGE_RATED,
        ends,
        deadline,
        row -> {
          RatedUsage rated = serde.decode(row.value());
          counts.merge(
              row.partition(), Books.RatedCounts.of(rated.getKind()), Books.RatedCounts::plus);
          sums.computeIfAbsent(hour(rated), none -> new Sums()).add(rated);
        });
    Map<OrganizationHour, HourTotals> hours = new TreeMap<>();
    sums.forEach((hour, sum) -> hours.put(hour, sum.totals()));
    return new Rated(counts, hours);
  }

  /** The positions of the records of some hours. */
  Map<OrganizationHour, List<LandedReader.Position>> positions(
      Set<OrganizationHour> wanted, Map<Integer, Long> ends, Instant deadline) {
    Map<OrganizationHour, List<LandedReader.Position>> positions = new HashMap<>();
    read(
        Topics.USAGE_RATED,
        ends,
        deadline,
        row -> {
          OrganizationHour hour = hour(serde.decode(row.value()));
          if (wanted.contains(hour)) {
            positions
                .computeIfAbsent(hour, none -> new ArrayList<>())
                .add(new LandedReader.Position(row.partition(), row.offset()));
          }
        });
    return positions;
  }

  private static OrganizationHour hour(RatedUsage rated) {
    return new OrganizationHour(
        new OrganizationId(rated.getEvent().getOrganizationId()), rated.getEvent().getEventTime());
  }

  private static final class Sums {
    private final Map<String, Long> units = new HashMap<>();
    private long requests;
    private Money cost = Money.ZERO;

    void add(RatedUsage rated) {
      requests +=
          switch (rated.getKind()) {
            case USAGE -> 1;
            case REVERSAL -> -1;
          };
      rated
          .getEvent()
          .getUnits()
          .forEach((meter, count) -> units.merge(meter, count, Math::addExact));
      cost = cost.plus(Money.of(rated.getCost()));
    }

    HourTotals totals() {
      return new HourTotals(requests, units, cost);
    }
  }

  private void read(
      Topic<?> topic,
      Map<Integer, Long> ends,
      Instant deadline,
      Consumer<ConsumerRecord<String, byte[]>> each) {
    Duration left = Duration.between(clock.instant(), deadline);
    TopicReader.of(bootstrapServers, topic)
        .batchesOf(MOST_RECORDS)
        .fetching(FETCH_BYTES)
        .readTo(
            ends,
            left,
            row -> {
              if (clock.instant().isAfter(deadline)) {
                throw new TimeoutException(topic.name() + " could not be read back in time");
              }
              each.accept(row);
            });
  }
}
