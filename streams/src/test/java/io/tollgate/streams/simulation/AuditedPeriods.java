package io.tollgate.streams.simulation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's own cut of periods. Which days they begin on is a matter of the calendar alone, the
 * same in every zone; a day begins at midnight in the zone that was in force when the period before
 * began.
 */
final class AuditedPeriods {
  private final ZoneId first;
  private final List<Change> changes = new ArrayList<>();

  private record Change(ZoneId zone, Instant since) {}

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

  /**
   * @param first the zone that was in force before any other was seen
   */
  AuditedPeriods(String first) {
    this.first = ZoneId.of(first);
  }

  /** A zone is seen at work; nothing if it is in force already. */
  void see(String zone, Instant now) {
    ZoneId seen = ZoneId.of(zone);
    if (!seen.equals(changes.isEmpty() ? first : changes.getLast().zone)) {
      changes.add(new Change(seen, now));
    }
  }

  private ZoneId at(Instant time) {
    ZoneId zone = first;
    for (Change change : changes) {
      if (!change.since.isAfter(time)) {
        zone = change.zone;
      }
    }
    return zone;
  }

  /** The period that an instant falls in. */
  Window window(String period, int anchor, Instant time) {
    if (period.equals("total")) {
      return new Window(Instant.EPOCH, null);
    }
    Instant known = time;
    if (!changes.isEmpty() && changes.getFirst().since.isBefore(time)) {
      known = changes.getFirst().since;
    }
    // From a period that is all in the first zone on, one at a time.
    LocalDate begins = firstDay(period, anchor, known.atZone(first).toLocalDate());
    Instant start = begins.atStartOfDay(first).toInstant();
    while (true) {
      ZoneId zone = at(start);
      Instant end;
      do {
        begins = nextFirstDay(period, anchor, begins);
        end = begins.atStartOfDay(zone).toInstant();
      } while (!end.isAfter(start));
      if (time.isBefore(end)) {
        return new Window(start, end);
      }
      start = end;
    }
  }

  private static LocalDate firstDay(String period, int anchor, LocalDate day) {
    switch (period) {
      case "day" -> {
        return day;
      }
      case "week" -> {
        LocalDate begins = day;
        while (begins.getDayOfWeek().getValue() != anchor) {
          begins = begins.minusDays(1);
        }
        return begins;
      }
      default -> {
        int months = months(period);
        int begin = (day.getMonthValue() - 1) / months * months + 1;
        LocalDate begins = anchored(YearMonth.of(day.getYear(), begin), anchor);
        return begins.isAfter(day)
            ? anchored(YearMonth.of(day.getYear(), begin).minusMonths(months), anchor)
            : begins;
      }
    }
  }

  private static LocalDate nextFirstDay(String period, int anchor, LocalDate begins) {
    return switch (period) {
      case "day" -> begins.plusDays(1);
      case "week" -> begins.plusDays(7);
      default -> anchored(YearMonth.from(begins).plusMonths(months(period)), anchor);
    };
  }

  private static int months(String period) {
    return period.equals("month") ? 1 : period.equals("quarter") ? 3 : 12;
  }

  private static LocalDate anchored(YearMonth month, int anchor) {
    LocalDate day = month.atDay(1);
    while (day.getDayOfMonth() < anchor && day.plusDays(1).getMonth() == day.getMonth()) {
      day = day.plusDays(1);
    }
    return day;
  }
}
