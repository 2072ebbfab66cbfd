package io.tollgate.streams.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many seeds of the whole line against the auditor. {@code -Dsimulation.seeds=1000} says how many,
 * {@code -Dseed=41} replays one and prints its steps.
 */
class SimulationTest {
  private static final int SEEDS_IN_A_HURRY = 12;

  /** Seeds that once found a fault, and must not find it again. */
  private static final long[] OLD_FAULTS = {

    // An edit judged a period of a former kind; a deleted budget came back where a table lagged.
    2, 10
  };

  @TempDir Path folder;

  @Test
  void everySeedKeepsEveryInvariant() {
    SimulatedSeeds seeds = new SimulatedSeeds(folder, Mutant.NONE);
    Long replayed = Long.getLong("seed");
    if (replayed != null) {
      seeds.run(replayed, System.out::println);
      assertThat(seeds.failure()).isNull();
      return;
    }
    int count = Integer.getInteger("simulation.seeds", SEEDS_IN_A_HURRY);
    seeds.run(1, count);
    assertThat(seeds.failure()).isNull();
    Map<EventKind, Integer> occurred = seeds.occurred();
    System.out.println(count + " seeds: " + occurred);
    for (EventKind kind : EventKind.values()) {
      assertThat(occurred.getOrDefault(kind, 0))
          .as("%s over %d seeds", kind, count)
          .isGreaterThanOrEqualTo(count);
    }
  }

  @Test
  void seedsThatOnceFailedPass() {
    SimulatedSeeds seeds = new SimulatedSeeds(folder, Mutant.NONE);
    for (long seed : OLD_FAULTS) {
      seeds.run(seed, step -> {});
      assertThat(seeds.failure()).isNull();
    }
  }

  @Test
  void theSameSeedWritesTheSameBytes() {
    SimulatedSeeds seeds = new SimulatedSeeds(folder, Mutant.NONE);
    assertThat(seeds.run(7, step -> {})).isNotNull().isEqualTo(seeds.run(7, step -> {}));
  }
}
