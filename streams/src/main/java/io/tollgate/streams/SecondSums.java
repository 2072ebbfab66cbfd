package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SecondCount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The requests and tokens of one API key by the second in which they were first appended, for
 * limits per minute. Holds the newest {@value #MOST_SECONDS} seconds only: older traffic, read
 * after an outage, can be in no window any more. A correction is no request to a model and is left
 * out.
 */
final class SecondSums {
  static final int MOST_SECONDS = 120;

  private final NavigableMap<Long, RateWindow.Count> seconds = new TreeMap<>();

  void add(RatedUsage rated) {
    if (rated.getCorrectionId() != null) {
      return;
    }
    long second = rated.getPosition().getAcceptedAt().getEpochSecond();
    add(second, new RateWindow.Count(1, tokens(rated)));
  }

  private void add(long second, RateWindow.Count count) {
    seconds.merge(second, count, RateWindow.Count::plus);
    if (seconds.size() > MOST_SECONDS) {
      seconds.pollFirstEntry();
    }
  }

  private static long tokens(RatedUsage rated) {
    long tokens = 0;
    for (Map.Entry<String, Long> unit : rated.getEvent().getUnits().entrySet()) {
      if (Meter.of(unit.getKey()).side() != Meter.Side.NO_TOKENS) {
        tokens = Math.addExact(tokens, unit.getValue());
      }
    }
    return tokens;
  }

  /** The seconds that can still matter to a reader of this commit. */
  List<SecondCount> asOf(Instant committedAt) {
    List<SecondCount> counts = new ArrayList<>();
    seconds
        .tailMap(committedAt.getEpochSecond() - MOST_SECONDS, false)
        .forEach(
            (second, count) ->
                counts.add(new SecondCount(second, count.requests(), count.tokens())));
    return counts;
  }
}
