package io.tollgate.governance.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryScheduleTest {
  private static final Instant BEGIN = Instant.parse("2026-06-01T00:00:00Z");
  private static final Instant END = BEGIN.plus(Duration.ofHours(24));

  /** Waits as they are without being varied. */
  private static final RandomGenerator MIDDLE =
      new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public int nextInt(int origin, int bound) {
          return (origin + bound - 1) / 2;
        }
      };

  private static List<Duration> waits(RandomGenerator random) {
    List<Duration> waits = new ArrayList<>();
    Instant now = BEGIN;
    for (int made = 1; ; made++) {
      Optional<Instant> next =
          RetrySchedule.STANDARD.next(made, END, now, Optional.empty(), random);
      if (next.isEmpty()) {
        return waits;
      }
      waits.add(Duration.between(now, next.get()));
      now = next.get();
    }
  }

  @Test
  void triplesUpToFourHoursAndEndsWithTheDay() {
    assertThat(waits(MIDDLE).stream().map(Duration::toString))
        .containsExactly(
            "PT5S",
            "PT15S",
            "PT45S",
            "PT2M15S",
            "PT6M45S",
            "PT20M15S",
            "PT1H45S",
            "PT3H2M15S",
            "PT4H",
            "PT4H",
            "PT4H",
            "PT4H",
            "PT3H26M40S");
  }

  @Test
  void isVariedByAFifthAndAlwaysEndsWithTheDay() {
    for (int seed = 0; seed < 200; seed++) {
      List<Duration> waits = waits(new Random(seed));

      assertThat(waits.stream().reduce(Duration.ZERO, Duration::plus))
          .isEqualTo(Duration.ofHours(24));
      assertThat(waits.getFirst()).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
      assertThat(waits.get(8)).isBetween(Duration.ofMinutes(192), Duration.ofMinutes(288));
      assertThat(waits.size()).isLessThan(RetrySchedule.MOST_ATTEMPTS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5", // no sooner than the schedule
    "60, 60",
    "14400, 14400",
    "999999999, 14400" // no later than the longest wait
  })
  void followsRetryAfterWithinBounds(long asked, long waited) {
    assertThat(
            RetrySchedule.STANDARD.next(
                1, END, BEGIN, Optional.of(Duration.ofSeconds(asked)), MIDDLE))
        .contains(BEGIN.plusSeconds(waited));
  }

  @Test
  void makesTheLastAttemptWhenTheDayIsOverAndNoneAfterIt() {
    Instant late = END.minusSeconds(1);

    assertThat(RetrySchedule.STANDARD.next(9, END, late, Optional.of(Duration.ofHours(4)), MIDDLE))
        .contains(END);
    assertThat(RetrySchedule.STANDARD.next(9, END, END, Optional.empty(), MIDDLE)).isEmpty();
    assertThat(RetrySchedule.STANDARD.next(20, END, BEGIN, Optional.empty(), MIDDLE)).isEmpty();
  }
}
