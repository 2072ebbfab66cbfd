package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.streams.RateWindow.Count;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateWindowTest {
  private static final Instant NOON = Instant.parse("2026-06-15T12:00:00Z");
  private static final long SECOND = NOON.getEpochSecond();

  private record Entry(long second, Count count) {}

  @ParameterizedTest(name = "-Dseed={0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void isTheSumOverTheLastMinute(long fixed) {
    long seed = Long.getLong("seed", fixed);
    Random random = new Random(seed);
    RateWindow window = new RateWindow();
    List<Entry> all = new ArrayList<>();
    Instant now = NOON;
    for (int step = 0; step < 500; step++) {
      now = now.plusMillis(random.nextInt(2_500));
      long second = now.getEpochSecond() + random.nextInt(200) - 130;
      Entry entry = new Entry(second, new Count(random.nextInt(5), random.nextInt(1_000)));
      all.add(entry);
      Count kept = window.add(second, entry.count, now);
      if (kept == null) {
        // Left out for good: too old, or from a clock that is wrong.
        all.removeLast();
      }
      String at = "seed %d step %d".formatted(seed, step);
      assertThat(kept == null)
          .as(at)
          .isEqualTo(second <= now.getEpochSecond() - 60 || second > now.getEpochSecond() + 60);
      assertThat(window.sum(Count::requests, now)).as(at).isEqualTo(sum(all, Count::requests, now));
      assertThat(window.sum(Count::tokens, now)).as(at).isEqualTo(sum(all, Count::tokens, now));
      long limit = 1L + random.nextInt(60);
      if (window.sum(Count::requests, now) >= limit) {
        Instant below = window.below(limit, Count::requests, now);
        assertThat(below).as(at).isAfter(now);
        assertThat(sum(all, Count::requests, below)).as(at).isLessThan(limit);
        assertThat(sum(all, Count::requests, below.minusMillis(1)))
            .as(at)
            .isGreaterThanOrEqualTo(limit);
      }
      if (random.nextInt(10) == 0) {
        window.forget(now);
      }
    }
  }

  private static long sum(List<Entry> all, ToLongFunction<Count> measure, Instant now) {
    return all.stream()
        .filter(entry -> entry.second > now.getEpochSecond() - 60)
        .mapToLong(entry -> measure.applyAsLong(entry.count))
        .sum();
  }

  @ParameterizedTest(name = "{0} s from now: {1}")
  @CsvSource({
    "-3600, false",
    "-60,   false",
    "-59,   true",
    "0,     true",
    "60,    true",
    "61,    false"
  })
  void whatIsReadLateIsNoBurst(long fromNow, boolean counts) {
    RateWindow window = new RateWindow();
    window.add(SECOND + fromNow, new Count(7, 70), NOON.plusMillis(999));
    assertThat(window.sum(Count::requests, NOON)).isEqualTo(counts ? 7 : 0);
    assertThat(window.isEmpty()).isEqualTo(!counts);
  }

  @Test
  void holdsTwoMinutesAtMost() {
    RateWindow window = new RateWindow();
    int forgotten = 0;
    for (int i = 0; i < 1_000; i++) {
      Instant now = NOON.plusSeconds(i);
      window.add(SECOND + i, new Count(1, 1), now);
      forgotten += window.forget(now).size();
    }
    assertThat(forgotten).isEqualTo(1_000 - RateWindow.SECONDS);
    assertThat(window.forget(NOON.plusSeconds(999 + 60))).hasSize(RateWindow.SECONDS);
    assertThat(window.isEmpty()).isTrue();
  }

  @Test
  void aLimitOfZeroIsNeverFallenBelow() {
    assertThat(new RateWindow().below(0, Count::requests, NOON)).isNull();
  }
}
