package io.tollgate.streams.simulation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;

/** The auditor's own cut of periods, by counting days and months in the time zone. */
final class AuditedPeriods {
  private AuditedPeriods() {}

  /**
   * A period.
   *
   * @param start inclusive; the epoch for all time
   * @param end exclusive; null for all time
   */
  record Window(Instant start, @Nullable Instant end) {
    boolean holds(Instant time) {
      return end == null || (!time.isBefore(start) && time.isBefore(end));
    }

    boolean isOverAt(Instant time) {
      return end != null && !time.isBefore(end);
    }
  }

  static Window at(String period, int anchor, String timeZone, Instant time) {
    if (period.equals("total")) {
      return new Window(Instant.EPOCH, null);
    }
    ZoneId zone = ZoneId.of(timeZone);
    LocalDate day = ZonedDateTime.ofInstant(time, zone).toLocalDate();
    LocalDate first;
    LocalDate next;
    switch (period) {
      case "day" -> {
        first = day;
        next = day.plusDays(1);
      }
      case "week" -> {
        first = day;
        while (first.getDayOfWeek().getValue() != anchor) {
          first = first.minusDays(1);
        }
        next = first.plusDays(7);
      }
      default -> {
        int months = period.equals("month") ? 1 : period.equals("quarter") ? 3 : 12;
        // From the calendar's period before on, one period at a time.
        int begin = (day.getMonthValue() - 1) / months * months + 1;
        YearMonth month = YearMonth.of(day.getYear(), begin).minusMonths(months);
        first = anchored(month, anchor);
        next = anchored(month.plusMonths(months), anchor);
        while (!day.isBefore(next)) {
          month = month.plusMonths(months);
          first = next;
          next = anchored(month.plusMonths(months), anchor);
        }
      }
    }
    return new Window(first.atStartOfDay(zone).toInstant(), next.atStartOfDay(zone).toInstant());
  }

  private static LocalDate anchored(YearMonth month, int anchor) {
    LocalDate day = month.atDay(1);
    while (day.getDayOfMonth() < anchor && day.plusDays(1).getMonth() == day.getMonth()) {
      day = day.plusDays(1);
    }
    return day;
  }
}
