package io.tollgate.streams;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The requests and tokens of one scope in the last minute, by second of append time: the second now
 * and the 59 before it. What the broker dates up to a minute ahead of this clock counts as well;
 * anything older or further ahead is left out, so that traffic read late, after an outage, is no
 * burst now. Holds at most {@value #MOST_SECONDS} seconds.
 *
 * <p>Not thread-safe.
 */
final class RateWindow {
  /** The length of the window. */
  static final int SECONDS = 60;

  /** By how much the broker's clock may be ahead of this one. */
  static final int MOST_SECONDS_AHEAD = 60;

  static final int MOST_SECONDS = SECONDS + MOST_SECONDS_AHEAD;

  /** What one second holds. */
  record Count(long requests, long tokens) {
    static final Count NONE = new Count(0, 0);

    Count plus(Count other) {
      return new Count(
          Math.addExact(requests, other.requests), Math.addExact(tokens, other.tokens));
    }
  }

  private final NavigableMap<Long, Count> seconds = new TreeMap<>();

  /**
   * Adds to a second.
   *
   * @param second since the epoch
   * @return the second's count now; null if it is outside of the window and was left out
   */
  @Nullable Count add(long second, Count count, Instant now) {
    if (second <= lastBefore(now) || second > now.getEpochSecond() + MOST_SECONDS_AHEAD) {
      return null;
    }
    return seconds.merge(second, count, Count::plus);
  }

  /** Drops the seconds that have left the window, and tells which. */
  List<Long> forget(Instant now) {
    NavigableMap<Long, Count> gone = seconds.headMap(lastBefore(now), true);
    List<Long> forgotten = new ArrayList<>(gone.keySet());
    gone.clear();
    return forgotten;
  }

  /** When the newest second leaves the window; must not be empty. */
  Instant end() {
    return Instant.ofEpochSecond(seconds.lastKey() + SECONDS);
  }

  boolean isEmpty() {
    return seconds.isEmpty();
  }

  long sum(ToLongFunction<Count> measure, Instant now) {
    long sum = 0;
    for (Count count : seconds.tailMap(lastBefore(now), false).values()) {
      sum = Math.addExact(sum, measure.applyAsLong(count));
    }
    return sum;
  }

  /**
   * When the window falls below a limit if nothing is added.
   *
   * @param limit that is reached now
   * @return null if it never does, because the limit is zero
   */
  @Nullable Instant below(long limit, ToLongFunction<Count> measure, Instant now) {
    long sum = sum(measure, now);
    for (var second : seconds.tailMap(lastBefore(now), false).entrySet()) {
      sum -= measure.applyAsLong(second.getValue());
      if (sum < limit) {
        return Instant.ofEpochSecond(second.getKey() + SECONDS);
      }
    }
    return null;
  }

  /** The newest second that is in the window no more. */
  private static long lastBefore(Instant now) {
    return now.getEpochSecond() - SECONDS;
  }
}
