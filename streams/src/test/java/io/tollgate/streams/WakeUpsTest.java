package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WakeUpsTest {
  private static final Instant NOON = Instant.parse("2026-06-15T12:00:00Z");

  @Test
  void theEarliestComesFirstAndNoMoreThanAsked() {
    WakeUps<String> wakeUps = new WakeUps<>();
    wakeUps.set("b", NOON.plusSeconds(2));
    wakeUps.set("a", NOON.plusSeconds(1));
    wakeUps.set("c", NOON.plusSeconds(3));
    assertThat(wakeUps.due(NOON, 10)).isEmpty();
    assertThat(wakeUps.due(NOON.plusSeconds(3), 2)).containsExactly("a", "b");
    assertThat(wakeUps.due(NOON.plusSeconds(3), 2)).containsExactly("c");
    assertThat(wakeUps.size()).isZero();
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @ValueSource(longs = {1, 2, 3})
  void eachKeyHasItsLastMoment(long fixed) {
    long seed = Long.getLong("seed", fixed);
    Random random = new Random(seed);
    WakeUps<Integer> wakeUps = new WakeUps<>();
    Map<Integer, Instant> expected = new HashMap<>();
    for (int step = 0; step < 2_000; step++) {
      int key = random.nextInt(20);
      Instant at = NOON.plusSeconds(random.nextInt(10));
      if (random.nextInt(4) == 0) {
        wakeUps.set(key, null);
        expected.remove(key);
      } else {
        wakeUps.set(key, at);
        expected.put(key, at);
      }
      if (random.nextInt(20) == 0) {
        Instant now = NOON.plusSeconds(random.nextInt(10));
        List<Integer> due = wakeUps.due(now, 100);
        Set<Integer> should = new HashSet<>();
        expected.forEach(
            (known, moment) -> {
              if (!moment.isAfter(now)) {
                should.add(known);
              }
            });
        assertThat(due)
            .as("seed %d step %d", seed, step)
            .containsExactlyInAnyOrderElementsOf(should);
        expected.keySet().removeAll(should);
      }
      assertThat(wakeUps.size()).isEqualTo(expected.size());
    }
  }
}
