package io.tollgate.streams;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;

/** What live usage reads of the tallies of one partition. */
final class LiveTallies {
  private final Stores stores;

  /** The stores of the budget topology, as who asks can reach them. */
  interface Stores {
    /** All entries from a key to another, both included. */
    <K, V> List<KeyValue<K, V>> range(String store, K from, K to);
  }

  LiveTallies(Stores stores) {
    this.stores = stores;
  }

  OrganizationState state(String organization) {
    return stores
        .<String, byte[]>range(BudgetTopology.ORGANIZATION_STATES, organization, organization)
        .stream()
        .findFirst()
        .map(entry -> OrganizationState.fromBytes(entry.value))
        .orElse(OrganizationState.NEW);
  }

  /** The cells of a scope that begin in a range of quarter-hours, both ends included. */
  SortedMap<Integer, Tally> quarters(Scope scope, int first, int last) {
    SortedMap<Integer, Tally> quarters = new TreeMap<>();
    if (scope.isUser()) {
      UserTallies.Range range = UserTallies.Range.of(scope, first, last);
      for (KeyValue<Bytes, byte[]> block :
          stores.<Bytes, byte[]>range(BudgetTopology.USER_TALLIES, range.from(), range.to())) {
        UserBlock.forEach(
            block.value,
            scope,
            tally -> quarters.merge(UserTallies.quarterHour(block.key), tally, Tally::plus));
      }
    } else {
      TallyKey.Range range = TallyKey.Range.of(scope, first, last);
      for (KeyValue<Bytes, byte[]> entry :
          stores.<Bytes, byte[]>range(BudgetTopology.TALLIES, range.from(), range.to())) {
        quarters.merge(TallyKey.quarterHour(entry.key), Tally.fromBytes(entry.value), Tally::plus);
      }
    }
    addPending(scope, first, last, quarters);
    return quarters;
  }

  /** What was committed and is not in the cells yet. */
  private void addPending(Scope scope, int first, int last, SortedMap<Integer, Tally> quarters) {
    byte[] owner = TallyKey.owner(scope);
    int bucket = TallyLog.bucket(scope);
    Optional<TallyLog.Folded> folded =
        stores
            .<Bytes, byte[]>range(BudgetTopology.PENDING_TALLIES, TallyLog.FOLDED, TallyLog.FOLDED)
            .stream()
            .findFirst()
            .map(entry -> TallyLog.Folded.fromBytes(entry.value));
    for (KeyValue<Bytes, byte[]> value :
        stores.<Bytes, byte[]>range(
            BudgetTopology.PENDING_TALLIES,
            TallyLog.key(bucket, 0),
            TallyLog.key(bucket, Long.MAX_VALUE))) {
      long number = TallyLog.sequence(value.key);
      TallyLog.forEach(
          value.value,
          sum -> {
            if (!sum.keyStartsWith(owner) || folded.stream().anyMatch(f -> f.covers(number, sum))) {
              return;
            }
            int quarterHour = sum.quarterHour();
            if (quarterHour >= first && quarterHour <= last && sum.countsFor(scope)) {
              quarters.merge(quarterHour, sum.tally(), Tally::plus);
            }
          });
    }
  }

  /** What a scope came to in a period. */
  Tally sum(Scope scope, PeriodWindow window) {
    Tally sum = Tally.NONE;
    for (Tally tally :
        quarters(scope, window.firstQuarterHour(), window.lastQuarterHour()).values()) {
      sum = sum.plus(tally);
    }
    return sum;
  }

  /** For how long the cells of a scope are quarter-hours; empty where that is for good. */
  static Optional<Duration> keptAsQuarters(Scope scope, BudgetBounds bounds) {
    return switch (Tallies.Grain.of(scope)) {
      case QUARTERS -> Optional.empty();
      case QUARTERS_THEN_DAYS -> Optional.of(bounds.quarterHoursKept());
      case DAYS -> Optional.of(Duration.ZERO);
    };
  }
}
