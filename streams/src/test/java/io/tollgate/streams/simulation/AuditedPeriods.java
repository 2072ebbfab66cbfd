package io.tollgate.streams.simulation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The auditor's own cut of periods, by counting days and months in the time zone. */
final class AuditedPeriods {
  private static final LocalDate SOME_MONDAY = LocalDate.of(2001, 1, 1);

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
  }

  static Window at(String period, String timeZone, Instant time) {
    if (period.equals("total")) {
      return new Window(Instant.EPOCH, null);
    }
    ZoneId zone = ZoneId.of(timeZone);
    LocalDate day = ZonedDateTime.ofInstant(time, zone).toLocalDate();
    int months =
        switch (period) {
          case "month" -> 1;
          case "quarter" -> 3;
          case "year" -> 12;
          default -> 0;
        };
    LocalDate first;
    LocalDate next;
    if (months == 0) {
      int days = period.equals("week") ? 7 : 1;
      long since = Math.floorMod(ChronoUnit.DAYS.between(SOME_MONDAY, day), (long) days);
      first = day.minusDays(since);
      next = first.plusDays(days);
    } else {
      int month = day.getMonthValue() - 1;
      first = LocalDate.of(day.getYear(), month - month % months + 1, 1);
      next = first.plusMonths(months);
    }
    return new Window(first.atStartOfDay(zone).toInstant(), next.atStartOfDay(zone).toInstant());
  }
}
