package io.tollgate.streams;

import io.tollgate.schemas.QuarterHour;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The time zones of an organization and since when each was known here. It says where every period
 * of every budget begins and ends, so that two budgets, an edit or a restart never disagree.
 *
 * <p>A period ends in the zone that was in force when it began. A change of the zone so re-cuts no
 * running period; the next one begins where that ends, without gap or overlap, and ends in the new
 * zone. The first day of the new zone may be shorter or longer than others by the difference.
 *
 * @param zones in order of time, at least one and at most {@value #MOST_ZONES}; the first holds
 *     from the beginning of time, whatever its instant
 */
record ZoneHistory(List<Since> zones) {
  /** More changes than this forget the oldest zone; its periods are long over. */
  static final int MOST_ZONES = 16;

  /** A period that began in a zone ends in it: at most a year and a month later. */
  private static final Duration LONGEST_PERIOD = Duration.ofDays(400);

  record Since(ZoneId zone, Instant since) {}

  ZoneHistory {
    zones = List.copyOf(zones);
    if (zones.isEmpty()) {
      throw new IllegalArgumentException("an organization has a time zone");
    }
  }

  static ZoneHistory of(ZoneId zone) {
    return new ZoneHistory(List.of(new Since(zone, Instant.EPOCH)));
  }

  ZoneId newest() {
    return zones.getLast().zone();
  }

  /** With a zone that holds from now on; the same history if it holds already. */
  ZoneHistory with(ZoneId zone, Instant now) {
    if (zone.equals(newest())) {
      return this;
    }
    List<Since> more = new ArrayList<>(zones);
    more.add(new Since(zone, now));
    return new ZoneHistory(more.subList(Math.max(0, more.size() - MOST_ZONES), more.size()));
  }

  /** The period that an instant falls in. */
  PeriodWindow windowAt(PeriodCut cut, Instant time) {
    if (cut.period() == Period.TOTAL) {
      return PeriodWindow.ALL_TIME;
    }
    Stretch stretch = new Stretch(zones.getFirst().zone(), null);
    for (Since change : zones.subList(1, zones.size())) {
      Stretch before = stretch;
      if (before.begin != null && !change.since().isAfter(before.begin.start())) {
        stretch = new Stretch(change.zone(), before.begin);
        continue;
      }
      Span running = before.spanAt(cut, change.since());
      if (time.isBefore(running.end())) {
        break;
      }
      stretch = new Stretch(change.zone(), new Begin(running.end(), running.next()));
    }
    Span span = stretch.spanAt(cut, time);
    return new PeriodWindow(span.first().toString(), span.start(), span.end());
  }

  /**
   * The first quarter-hour of the day cell that one belongs to. A cell ends at every midnight of
   * every zone in which a period can end there, so that each period is a whole number of cells.
   */
  int dayCell(int quarterHour) {
    Instant time = new QuarterHour(quarterHour).start();
    Instant cell = Instant.MIN;
    for (int i = 0; i < zones.size(); i++) {
      boolean begun = i == 0 || !zones.get(i).since().isAfter(time);
      boolean over =
          i + 1 < zones.size() && !time.isBefore(zones.get(i + 1).since().plus(LONGEST_PERIOD));
      if (begun && !over) {
        Instant midnight = midnight(date(time, zones.get(i).zone()), zones.get(i).zone());
        cell = midnight.isAfter(cell) ? midnight : cell;
      }
    }
    return QuarterHour.of(cell).number();
  }

  private static LocalDate date(Instant time, ZoneId zone) {
    return time.atZone(zone).toLocalDate();
  }

  /** A day may begin at 01:00 where clocks go forward at midnight. */
  private static Instant midnight(LocalDate day, ZoneId zone) {
    return day.atStartOfDay(zone).toInstant();
  }

  /** Where a zone takes over: the end of a period in the zone before, and the day that begins. */
  private record Begin(Instant start, LocalDate day) {}

  private record Span(LocalDate first, LocalDate next, Instant start, Instant end) {}

  /** Periods in one zone, from where it takes over. */
  private record Stretch(ZoneId zone, @Nullable Begin begin) {
    Span spanAt(PeriodCut cut, Instant time) {
      LocalDate first = cut.period().firstDay(date(time, zone), cut.anchor());
      Instant start = midnight(first, zone);
      if (begin != null && first.isBefore(begin.day())) {
        // The new zone is behind: there it is still the day before. The period has begun all the
        // same, since the one before is over.
        first = begin.day();
        start = begin.start();
      } else if (begin != null && (first.equals(begin.day()) || start.isBefore(begin.start()))) {
        start = begin.start();
      }
      LocalDate next = cut.period().nextFirstDay(first, cut.anchor());
      return new Span(first, next, start, midnight(next, zone));
    }
  }
}
