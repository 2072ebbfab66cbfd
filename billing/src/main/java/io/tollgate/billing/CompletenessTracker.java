package io.tollgate.billing;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Works out up to which moment everything that was accepted is in the table. A sample says where
 * usage.events ended at some moment. It passes a partition when the meter topology has an outcome
 * for every record below that end and none waits; then it remembers where usage.rated ends, and is
 * done when landing has come that far. Not thread-safe.
 */
final class CompletenessTracker {
  /** Samples under way per partition; when the line lags further, samples are left out. */
  static final int MOST_SAMPLES = 600;

  private record Sample(Instant at, long end) {}

  private static final class Lane {
    private final Deque<Sample> accepted = new ArrayDeque<>();
    private final Deque<Sample> rated = new ArrayDeque<>();
    private @Nullable Instant complete;
  }

  /**
   * How far the meter topology is with a partition.
   *
   * @param waiting events that it holds back for now
   */
  record Metered(long nextOffset, long waiting) {
    static final Metered NOTHING = new Metered(0, 0);
  }

  private final Map<Integer, Lane> lanes = new HashMap<>();

  /** Takes where usage.events ends; {@code at} is from before these ends were read. */
  void sample(Instant at, Map<Integer, Long> eventsEnds) {
    eventsEnds.forEach(
        (partition, end) -> {
          Lane lane = lanes.computeIfAbsent(partition, none -> new Lane());
          // Ends only grow, so a later one that is not above tells that an earlier one counted a
          // transaction marker, or that nothing has come since: the later moment stands for both.
          while (!lane.accepted.isEmpty() && lane.accepted.getLast().end() >= end) {
            lane.accepted.removeLast();
          }
          if (lane.accepted.size() < MOST_SAMPLES) {
            lane.accepted.add(new Sample(at, end));
          }
        });
  }

  /** Takes outcomes, and the ends of usage.rated as they were read after the outcomes. */
  void metered(Map<Integer, Metered> outcomes, Map<Integer, Long> ratedEnds) {
    lanes.forEach(
        (partition, lane) -> {
          Metered metered = outcomes.getOrDefault(partition, Metered.NOTHING);
          Long ratedEnd = ratedEnds.get(partition);
          while (ratedEnd != null
              && metered.waiting() == 0
              && !lane.accepted.isEmpty()
              && lane.accepted.peek().end() <= metered.nextOffset()
              && lane.rated.size() < MOST_SAMPLES) {
            lane.rated.add(new Sample(lane.accepted.remove().at(), ratedEnd));
          }
        });
  }

  /** Takes how far landing has come. */
  void landed(Map<Integer, Long> landed) {
    lanes.forEach(
        (partition, lane) -> {
          long offset = landed.getOrDefault(partition, 0L);
          while (!lane.rated.isEmpty() && lane.rated.peek().end() <= offset) {
            lane.complete = lane.rated.remove().at();
          }
        });
  }

  /**
   * Everything accepted before it is in the table; empty until every partition was complete once.
   */
  Optional<Instant> completeThrough() {
    if (lanes.values().stream().anyMatch(lane -> lane.complete == null)) {
      return Optional.empty();
    }
    return lanes.values().stream()
        .flatMap(lane -> Optional.ofNullable(lane.complete).stream())
        .min(Comparator.naturalOrder());
  }
}
