package io.tollgate.schemas;

import java.time.Instant;

/**
 * A UTC quarter-hour, counted from the epoch: the grain of the tallies. Every current time zone's
 * offset is a multiple of it, so that days of any zone are whole quarter-hours.
 */
public record QuarterHour(int number) implements Comparable<QuarterHour> {
  public static final int SECONDS = 900;

  public static QuarterHour of(Instant time) {
    return new QuarterHour(Math.toIntExact(Math.floorDiv(time.getEpochSecond(), SECONDS)));
  }

  /** First instant, inclusive. */
  public Instant start() {
    return Instant.ofEpochSecond((long) number * SECONDS);
  }

  @Override
  public int compareTo(QuarterHour other) {
    return Integer.compare(number, other.number);
  }
}
