package io.tollgate.app.chaos;

import java.time.Duration;
import java.time.Instant;

/**
 * One fault as it went.
 *
 * @param number from 1
 * @param at when it was done
 * @param pid of the process it was done to; of the new one where one joined
 * @param found what was under way when it was done, for people
 * @param survivors how long until every process that was not hit had committed again
 * @param all how long until every process had, those started again too
 */
public record FaultReport(
    int number,
    Instant at,
    String fault,
    long pid,
    String found,
    Duration survivors,
    Duration all) {

  @Override
  public String toString() {
    return "%3d  %s  %-38s pid %-7d  survivors %5.1f s  all %5.1f s  %s"
        .formatted(number, at, fault, pid, seconds(survivors), seconds(all), found);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
