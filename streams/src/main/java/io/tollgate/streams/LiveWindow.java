package io.tollgate.streams;

import io.tollgate.http.QueryParameters;
import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Optional;

/**
 * The time that a question about live usage is about: a period by name, or a start and an end.
 *
 * @param period empty where start and end were given
 * @param start inclusive; empty where a period was given
 * @param end exclusive
 */
record LiveWindow(Optional<Period> period, Optional<Instant> start, Optional<Instant> end) {
  private static final int QUARTER_SECONDS = 900;

  /** The year 10,000: far beyond any clock, and within what a quarter-hour's number holds. */
  private static final long MOST_SECONDS = 253_402_300_800L;

  /**
   * Reads {@code period}, which is the month unless told, or {@code start_time} and {@code
   * end_time}.
   *
   * @throws InvalidInput for both, or for times that are no quarter-hours
   */
  static LiveWindow of(QueryParameters query) {
    Optional<Instant> start = time(query, "start_time");
    Optional<Instant> end = time(query, "end_time");
    Optional<String> period = query.text("period");
    if (start.isEmpty() && end.isEmpty()) {
      return new LiveWindow(
          Optional.of(period.map(Period::of).orElse(Period.MONTH)),
          Optional.empty(),
          Optional.empty());
    }
    InvalidInput.unless(
        period.isEmpty(),
        "period",
        period.orElse(""),
        "cannot stand beside start_time and end_time");
    InvalidInput.unless(start.isPresent(), "start_time", "", "must stand beside end_time");
    InvalidInput.unless(end.isPresent(), "end_time", "", "must stand beside start_time");
    InvalidInput.unless(
        start.get().isBefore(end.get()),
        "end_time",
        end.get().getEpochSecond(),
        "must be after start_time");
    return new LiveWindow(Optional.empty(), start, end);
  }

  private static Optional<Instant> time(QueryParameters query, String name) {
    return query
        .wholeNumber(name, 0, MOST_SECONDS)
        .map(
            seconds -> {
              InvalidInput.unless(
                  seconds % QUARTER_SECONDS == 0,
                  name,
                  seconds,
                  "must be a whole quarter-hour in epoch seconds, as usage is tallied by them");
              return Instant.ofEpochSecond(seconds);
            });
  }

  /**
   * The window it means.
   *
   * @param kept how long tallies are kept by quarter-hour, after which they are kept by day; null
   *     where that is for good
   * @throws InvalidInput for a start or end within a day that is kept as a whole
   */
  PeriodWindow window(ZoneHistory zones, Instant now, Optional<Duration> kept) {
    if (period.isPresent()) {
      return zones.windowAt(PeriodCut.of(period.get()), now);
    }
    Instant from = start.orElseThrow();
    Instant to = end.orElseThrow();
    kept.ifPresent(
        length -> {
          wholeDay("start_time", from, zones.newest(), now.minus(length));
          wholeDay("end_time", to, zones.newest(), now.minus(length));
        });
    return new PeriodWindow("", from, to);
  }

  private static void wholeDay(String name, Instant time, ZoneId zone, Instant keptFrom) {
    InvalidInput.unless(
        time.isAfter(keptFrom) || time.atZone(zone).toLocalTime().equals(LocalTime.MIDNIGHT),
        name,
        time.getEpochSecond(),
        "must be a midnight in "
            + zone
            + " so long ago: usage inside an organization is tallied by day then");
  }
}
