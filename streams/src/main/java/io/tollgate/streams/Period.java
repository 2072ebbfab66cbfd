package io.tollgate.streams;

import io.tollgate.schemas.InvalidInput;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/**
 * How a budget's amount recurs. Periods are cut from event time in the organization's time zone, so
 * nothing is ever reset by a job: the next period simply has other events.
 */
enum Period {
  DAY,
  WEEK,
  MONTH,
  QUARTER,
  YEAR,
  /** One period for all time. */
  TOTAL;

  private static final int MONTHS_OF_A_QUARTER = 3;
  private static final int MONTHS_OF_A_YEAR = 12;

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

  /**
   * The first day of the period that a day is in.
   *
   * @param anchor where it begins, as in {@link PeriodCut}
   */
  LocalDate firstDay(LocalDate day, int anchor) {
    return switch (this) {
      case DAY -> day;
      case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.of(anchor)));
      case MONTH -> startingAt(day, day.getMonthValue(), anchor, 1);
      case QUARTER ->
          startingAt(
              day,
              (day.getMonthValue() - 1) / MONTHS_OF_A_QUARTER * MONTHS_OF_A_QUARTER + 1,
              anchor,
              MONTHS_OF_A_QUARTER);
      case YEAR -> startingAt(day, 1, anchor, MONTHS_OF_A_YEAR);
      case TOTAL -> throw new IllegalStateException("all time has no first day");
    };
  }

  /** The first day of the period after the one that begins on a day. */
  LocalDate nextFirstDay(LocalDate first, int anchor) {
    return switch (this) {
      case DAY -> first.plusDays(1);
      case WEEK -> first.plusWeeks(1);
      case MONTH -> inMonth(YearMonth.from(first).plusMonths(1), anchor);
      case QUARTER -> inMonth(YearMonth.from(first).plusMonths(MONTHS_OF_A_QUARTER), anchor);
      case YEAR -> inMonth(YearMonth.from(first).plusMonths(MONTHS_OF_A_YEAR), anchor);
      case TOTAL -> throw new IllegalStateException("all time has no next period");
    };
  }

  /** Before the anchor day of the period's first month it is still the period before. */
  private static LocalDate startingAt(LocalDate day, int firstMonth, int anchor, int months) {
    YearMonth month = YearMonth.of(day.getYear(), firstMonth);
    LocalDate first = inMonth(month, anchor);
    return day.isBefore(first) ? inMonth(month.minusMonths(months), anchor) : first;
  }

  private static LocalDate inMonth(YearMonth month, int anchor) {
    return month.atDay(Math.min(anchor, month.lengthOfMonth()));
  }
}
