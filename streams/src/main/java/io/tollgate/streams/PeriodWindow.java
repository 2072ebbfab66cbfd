package io.tollgate.streams;

import io.tollgate.schemas.QuarterHour;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One occurrence of a period.
 *
 * @param name its first day in the organization's time zone, such as {@code 2026-06-01}; {@code
 *     total} for all time
 * @param start inclusive
 * @param end exclusive; null for all time
 */
record PeriodWindow(String name, Instant start, @Nullable Instant end) {
  static final PeriodWindow ALL_TIME = new PeriodWindow("total", Instant.EPOCH, null);

  boolean isOverAt(Instant time) {
    return end != null && !end.isAfter(time);
  }

  boolean holds(Instant time) {
    return end == null || (!time.isBefore(start) && time.isBefore(end));
  }

  /** The first quarter-hour of the window, inclusive. */
  int firstQuarterHour() {
    return end == null ? Integer.MIN_VALUE : QuarterHour.of(start).number();
  }

  /** The last quarter-hour of the window, inclusive. */
  int lastQuarterHour() {
    return end == null ? Integer.MAX_VALUE : QuarterHour.of(end.minusNanos(1)).number();
  }
}
