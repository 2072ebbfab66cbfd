package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.QuarterHour;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZoneHistoryTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");

  @ParameterizedTest
  @CsvSource({
    // The running period keeps its end; the next begins there and ends in the new zone.
    "month, 2026-06-30T21:59:59Z, 2026-06-01, 2026-05-31T22:00:00Z, 2026-06-30T22:00:00Z",
    "month, 2026-06-30T22:00:00Z, 2026-07-01, 2026-06-30T22:00:00Z, 2026-08-01T04:00:00Z",
    "month, 2026-07-01T05:00:00Z, 2026-07-01, 2026-06-30T22:00:00Z, 2026-08-01T04:00:00Z",
    "month, 2026-08-01T04:00:00Z, 2026-08-01, 2026-08-01T04:00:00Z, 2026-09-01T04:00:00Z",
    "day, 2026-06-15T12:00:00Z, 2026-06-15, 2026-06-14T22:00:00Z, 2026-06-15T22:00:00Z",
    "day, 2026-06-15T22:00:00Z, 2026-06-16, 2026-06-15T22:00:00Z, 2026-06-17T04:00:00Z",
    "day, 2026-06-17T03:59:59Z, 2026-06-16, 2026-06-15T22:00:00Z, 2026-06-17T04:00:00Z",
    "day, 2026-06-17T04:00:00Z, 2026-06-17, 2026-06-17T04:00:00Z, 2026-06-18T04:00:00Z",
    // What was before the change stays as it was.
    "day, 2026-06-10T12:00:00Z, 2026-06-10, 2026-06-09T22:00:00Z, 2026-06-10T22:00:00Z"
  })
  void aChangeStartsWithTheNextPeriod(
      String period, Instant time, String name, Instant start, Instant end) {
    ZoneHistory zones =
        ZoneHistory.of(BERLIN).with(NEW_YORK, Instant.parse("2026-06-15T12:00:00Z"));
    assertThat(zones.windowAt(PeriodCut.of(Period.of(period)), time))
        .isEqualTo(new PeriodWindow(name, start, end));
  }

  @Test
  void aZoneAheadMakesTheFirstDayShort() {
    ZoneHistory zones =
        ZoneHistory.of(NEW_YORK).with(BERLIN, Instant.parse("2026-06-15T12:00:00Z"));
    assertThat(zones.windowAt(PeriodCut.of(Period.DAY), Instant.parse("2026-06-16T05:00:00Z")))
        .isEqualTo(
            new PeriodWindow(
                "2026-06-16",
                Instant.parse("2026-06-16T04:00:00Z"),
                Instant.parse("2026-06-16T22:00:00Z")));
  }

  @Test
  void acrossTheDateLineADayIsLeftOut() {
    ZoneHistory zones =
        ZoneHistory.of(ZoneId.of("Pacific/Pago_Pago"))
            .with(ZoneId.of("Pacific/Kiritimati"), Instant.parse("2026-06-15T12:00:00Z"));
    assertThat(zones.windowAt(PeriodCut.of(Period.DAY), Instant.parse("2026-06-16T11:00:00Z")))
        .isEqualTo(
            new PeriodWindow(
                "2026-06-17",
                Instant.parse("2026-06-16T11:00:00Z"),
                Instant.parse("2026-06-17T10:00:00Z")));
  }

  @Test
  void aChangeThatIsTakenBackWithinThePeriodChangesNothing() {
    ZoneHistory changed =
        ZoneHistory.of(BERLIN)
            .with(NEW_YORK, Instant.parse("2026-06-10T12:00:00Z"))
            .with(BERLIN, Instant.parse("2026-06-11T12:00:00Z"));
    Instant later = Instant.parse("2026-08-01T12:00:00Z");
    assertThat(changed.windowAt(PeriodCut.of(Period.MONTH), later))
        .isEqualTo(ZoneHistory.of(BERLIN).windowAt(PeriodCut.of(Period.MONTH), later));
  }

  @Test
  void forgetsTheOldestOfTooManyZones() {
    ZoneHistory zones = ZoneHistory.of(BERLIN);
    for (int i = 0; i < 40; i++) {
      zones = zones.with(i % 2 == 0 ? NEW_YORK : BERLIN, Instant.EPOCH.plus(Duration.ofDays(i)));
    }
    assertThat(zones.zones()).hasSize(ZoneHistory.MOST_ZONES);
    assertThat(zones.newest()).isEqualTo(BERLIN);
  }

  /** Any zones, changed at any times: periods tile time, and day cells tile the periods. */
  @Test
  void periodsHaveNoGapsAndAreWholeCells() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> names = new ArrayList<>(ZoneId.getAvailableZoneIds());
    names.sort(null);
    for (int round = 0; round < 300; round++) {
      ZoneHistory zones = ZoneHistory.of(ZoneId.of(names.get(random.nextInt(names.size()))));
      Instant change = Instant.parse("2025-06-01T00:00:00Z");
      for (int i = random.nextInt(4); i > 0; i--) {
        change = change.plusSeconds(random.nextInt(200 * 86_400));
        zones = zones.with(ZoneId.of(names.get(random.nextInt(names.size()))), change);
      }
      Period period = Period.values()[random.nextInt(Period.values().length - 1)];
      PeriodCut cut = new PeriodCut(period, 1 + random.nextInt(period == Period.WEEK ? 7 : 31));
      Instant time = Instant.parse("2025-01-01T00:00:00Z");
      PeriodWindow before = null;
      while (time.isBefore(Instant.parse("2028-01-01T00:00:00Z"))) {
        PeriodWindow window = zones.windowAt(cut, time);
        String at = "seed %d, round %d, %s, %s, %s".formatted(seed, round, zones, cut, window);
        assertThat(window.end()).as(at).isAfter(time);
        assertThat(window.start()).as(at).isBeforeOrEqualTo(time);
        if (before != null) {
          assertThat(window.start()).as(at).isEqualTo(before.end());
          assertThat(window.name()).as(at).isGreaterThan(before.name());
        }
        Instant within =
            window
                .start()
                .plusMillis(
                    random.nextLong(Duration.between(window.start(), window.end()).toMillis()));
        assertThat(zones.windowAt(cut, within)).as(at).isEqualTo(window);
        int first = window.firstQuarterHour();
        int last = window.lastQuarterHour();
        int quarter = first + random.nextInt(last - first + 1);
        assertThat(zones.dayCell(quarter)).as(at).isBetween(first, quarter);
        assertThat(zones.dayCell(first)).as(at).isEqualTo(first);
        assertThat(new QuarterHour(zones.dayCell(quarter)).start())
            .as(at)
            .isAfter(new QuarterHour(quarter).start().minus(Duration.ofHours(26)));
        before = window;
        time = window.end();
      }
    }
  }
}
