package io.tollgate.streams;

import io.tollgate.schemas.InvalidInput;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/**
 * How a budget's amount recurs. Periods are cut from event time in the organization's time zone, so
 * nothing is ever reset by a job: the next period simply has other events.
 */
enum Period {
  DAY,
  /** From Monday, as in ISO 8601. */
  WEEK,
  MONTH,
  QUARTER,
  YEAR,
  /** One period for all time. */
  TOTAL;

  private static final int MONTHS_OF_A_QUARTER = 3;

  /** The period by its name in budgets. */
  static Period of(String name) {
    for (Period period : values()) {
      if (period.wireName().equals(name)) {
        return period;
      }
    }
    throw new InvalidInput("period", name, "must be day, week, month, quarter, year or total");
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The window of this period that an instant falls in. */
  PeriodWindow windowAt(Instant time, ZoneId zone) {
    LocalDate day = time.atZone(zone).toLocalDate();
    return switch (this) {
      case DAY -> window(day, day.plusDays(1), zone);
      case WEEK -> {
        LocalDate monday = day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
        yield window(monday, monday.plusWeeks(1), zone);
      }
      case MONTH -> window(day.withDayOfMonth(1), day.withDayOfMonth(1).plusMonths(1), zone);
      case QUARTER -> {
        int firstMonth = (day.getMonthValue() - 1) / MONTHS_OF_A_QUARTER * MONTHS_OF_A_QUARTER + 1;
        LocalDate first = LocalDate.of(day.getYear(), firstMonth, 1);
        yield window(first, first.plusMonths(MONTHS_OF_A_QUARTER), zone);
      }
      case YEAR -> window(day.withDayOfYear(1), day.withDayOfYear(1).plusYears(1), zone);
      case TOTAL -> PeriodWindow.ALL_TIME;
    };
  }

  /** A day may begin at 01:00 where clocks go forward at midnight. */
  private static PeriodWindow window(LocalDate first, LocalDate next, ZoneId zone) {
    return new PeriodWindow(
        first.toString(),
        first.atStartOfDay(zone).toInstant(),
        next.atStartOfDay(zone).toInstant());
  }
}
