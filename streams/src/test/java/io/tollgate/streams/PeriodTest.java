package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.QuarterHour;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodTest {
  @ParameterizedTest
  @CsvSource({
    "day, UTC, 2026-06-15T12:00:00Z, 2026-06-15, 2026-06-15T00:00:00Z, 2026-06-16T00:00:00Z",
    "week, UTC, 2026-06-14T23:59:59Z, 2026-06-08, 2026-06-08T00:00:00Z, 2026-06-15T00:00:00Z",
    "month, UTC, 2026-02-28T23:59:59Z, 2026-02-01, 2026-02-01T00:00:00Z, 2026-03-01T00:00:00Z",
    "quarter, UTC, 2026-06-30T10:00:00Z, 2026-04-01, 2026-04-01T00:00:00Z, 2026-07-01T00:00:00Z",
    "year, UTC, 2026-12-31T23:59:59Z, 2026-01-01, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
    // Half an hour off, and the last moment of a month there is the next month in UTC.
    "month, Asia/Kolkata, 2026-05-31T18:30:00Z, 2026-06-01, 2026-05-31T18:30:00Z,"
        + " 2026-06-30T18:30:00Z",
    "month, America/New_York, 2026-06-01T03:59:59Z, 2026-05-01, 2026-05-01T04:00:00Z,"
        + " 2026-06-01T04:00:00Z",
    // Clocks go forward: a day of 23 hours. Clocks go back: one of 25.
    "day, Europe/Berlin, 2026-03-29T12:00:00Z, 2026-03-29, 2026-03-28T23:00:00Z,"
        + " 2026-03-29T22:00:00Z",
    "day, Europe/Berlin, 2026-10-25T12:00:00Z, 2026-10-25, 2026-10-24T22:00:00Z,"
        + " 2026-10-25T23:00:00Z",
    // Here the day begins at 01:00, because midnight does not exist.
    "day, Africa/Cairo, 2026-04-24T12:00:00Z, 2026-04-24, 2026-04-23T22:00:00Z,"
        + " 2026-04-24T21:00:00Z",
    // A quarter of an hour: the finest offset there is.
    "day, Asia/Kathmandu, 2026-06-15T12:00:00Z, 2026-06-15, 2026-06-14T18:15:00Z,"
        + " 2026-06-15T18:15:00Z"
  })
  void isCutInTheOrganizationsTimeZone(
      String period, String zone, Instant time, String name, Instant start, Instant end) {
    PeriodWindow window =
        ZoneHistory.of(ZoneId.of(zone)).windowAt(PeriodCut.of(Period.of(period)), time);
    assertThat(window).isEqualTo(new PeriodWindow(name, start, end));
    assertThat(new QuarterHour(window.firstQuarterHour()).start()).isEqualTo(start);
    assertThat(new QuarterHour(window.lastQuarterHour() + 1).start()).isEqualTo(end);
  }

  @Test
  void totalHasNoEnd() {
    PeriodWindow window =
        ZoneHistory.of(ZoneOffset.UTC)
            .windowAt(PeriodCut.of(Period.TOTAL), Instant.parse("2026-06-15T12:00:00Z"));
    assertThat(window.end()).isNull();
    assertThat(window.firstQuarterHour()).isEqualTo(Integer.MIN_VALUE);
    assertThat(window.lastQuarterHour()).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @CsvSource({
    "week, 7, 2026-06-13T12:00:00Z, 2026-06-07, 2026-06-14",
    "week, 7, 2026-06-14T00:00:00Z, 2026-06-14, 2026-06-21",
    "week, 3, 2026-06-16T23:59:59Z, 2026-06-10, 2026-06-17",
    "month, 15, 2026-06-14T23:59:59Z, 2026-05-15, 2026-06-15",
    "month, 15, 2026-06-15T00:00:00Z, 2026-06-15, 2026-07-15",
    // Cut to the month's length, and back to the 31st where there is one.
    "month, 31, 2026-02-27T12:00:00Z, 2026-01-31, 2026-02-28",
    "month, 31, 2026-02-28T12:00:00Z, 2026-02-28, 2026-03-31",
    "month, 31, 2026-03-30T12:00:00Z, 2026-02-28, 2026-03-31",
    "month, 31, 2026-04-30T12:00:00Z, 2026-04-30, 2026-05-31",
    "month, 30, 2028-02-28T12:00:00Z, 2028-01-30, 2028-02-29",
    "month, 30, 2028-02-29T12:00:00Z, 2028-02-29, 2028-03-30",
    "month, 29, 2026-02-28T12:00:00Z, 2026-02-28, 2026-03-29",
    "month, 2, 2026-01-01T12:00:00Z, 2025-12-02, 2026-01-02",
    "quarter, 31, 2026-04-29T12:00:00Z, 2026-01-31, 2026-04-30",
    "quarter, 31, 2026-04-30T12:00:00Z, 2026-04-30, 2026-07-31",
    "quarter, 10, 2026-01-09T12:00:00Z, 2025-10-10, 2026-01-10",
    "year, 31, 2026-01-30T12:00:00Z, 2025-01-31, 2026-01-31",
    "year, 31, 2026-01-31T12:00:00Z, 2026-01-31, 2027-01-31",
    "day, 1, 2028-02-29T12:00:00Z, 2028-02-29, 2028-03-01"
  })
  void beginsOnItsAnchorDay(
      String period, int anchor, Instant time, LocalDate first, LocalDate next) {
    PeriodWindow window =
        ZoneHistory.of(ZoneOffset.UTC).windowAt(new PeriodCut(Period.of(period), anchor), time);
    assertThat(window)
        .isEqualTo(
            new PeriodWindow(
                first.toString(),
                first.atStartOfDay(ZoneOffset.UTC).toInstant(),
                next.atStartOfDay(ZoneOffset.UTC).toInstant()));
  }

  @Test
  void anchorsOutsideThePeriodAreRefused() {
    assertThatThrownBy(() -> new PeriodCut(Period.WEEK, 8)).hasMessageContaining("anchor_day = 8");
    assertThatThrownBy(() -> new PeriodCut(Period.MONTH, 32)).hasMessageContaining("1 to 31");
    assertThatThrownBy(() -> new PeriodCut(Period.YEAR, 0)).hasMessageContaining("anchor_day = 0");
    assertThat(new PeriodCut(Period.DAY, 9)).isEqualTo(PeriodCut.of(Period.DAY));
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatThrownBy(() -> Period.of("MONTH")).hasMessageContaining("period = MONTH");
  }
}
