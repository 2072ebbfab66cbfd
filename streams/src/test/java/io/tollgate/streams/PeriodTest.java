package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.QuarterHour;
import java.time.Instant;
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
    PeriodWindow window = Period.of(period).windowAt(time, ZoneId.of(zone));
    assertThat(window).isEqualTo(new PeriodWindow(name, start, end));
    assertThat(new QuarterHour(window.firstQuarterHour()).start()).isEqualTo(start);
    assertThat(new QuarterHour(window.lastQuarterHour() + 1).start()).isEqualTo(end);
  }

  @Test
  void totalHasNoEnd() {
    PeriodWindow window =
        Period.TOTAL.windowAt(Instant.parse("2026-06-15T12:00:00Z"), ZoneOffset.UTC);
    assertThat(window.end()).isNull();
    assertThat(window.firstQuarterHour()).isEqualTo(Integer.MIN_VALUE);
    assertThat(window.lastQuarterHour()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatThrownBy(() -> Period.of("MONTH")).hasMessageContaining("period = MONTH");
  }
}
