package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveWindowTest {
  private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");
  private static final ZoneHistory BERLIN = ZoneHistory.of(ZoneId.of("Europe/Berlin"));
  private static final Optional<Duration> KEPT = Optional.of(Duration.ofDays(35));

  private static LiveWindow between(String start, String end) {
    return new LiveWindow(
        Optional.empty(), Optional.of(Instant.parse(start)), Optional.of(Instant.parse(end)));
  }

  @Test
  void aPeriodIsThatOfTodayInTheOrganizationsZone() {
    LiveWindow month =
        new LiveWindow(Optional.of(Period.MONTH), Optional.empty(), Optional.empty());
    PeriodWindow window = month.window(BERLIN, NOW, KEPT);
    assertThat(window.start()).isEqualTo(Instant.parse("2026-05-31T22:00:00Z"));
    assertThat(window.end()).isEqualTo(Instant.parse("2026-06-30T22:00:00Z"));
  }

  @Test
  void recentTimesMayBeAnyQuarterHour() {
    PeriodWindow window =
        between("2026-06-01T00:15:00Z", "2026-06-01T00:30:00Z").window(BERLIN, NOW, KEPT);
    assertThat(window.lastQuarterHour()).isEqualTo(window.firstQuarterHour());
  }

  @Test
  void longAgoOnlyMidnightsAreTakenWhereDaysAreKept() {
    LiveWindow midnights = between("2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z");
    assertThat(midnights.window(BERLIN, NOW, KEPT).start())
        .isEqualTo(Instant.parse("2026-01-31T23:00:00Z"));
    LiveWindow within = between("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    assertThatThrownBy(() -> within.window(BERLIN, NOW, KEPT))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("start_time");
    assertThat(within.window(BERLIN, NOW, Optional.empty()).start())
        .isEqualTo(Instant.parse("2026-02-01T00:00:00Z"));
  }
}
