package io.tollgate.streams.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many seeds of the whole line against the auditor: 1,000 where the environment says {@code
 * CI=true}, a few elsewhere. {@code -Dsimulation.seeds=1000} says how many, {@code -Dseed=41}
 * replays one and prints its steps.
 */
class SimulationTest {
  private static final int SEEDS_IN_A_HURRY = 12;
  private static final int SEEDS_IN_CI = 1_000;
  private static final int MOST_SEEDS_FOR_A_FAULT = 10;

  /** Seeds that once found a fault, and must not find it again. */
  private static final long[] OLD_FAULTS = {

    // An edit judged a period of a former kind; a deleted budget came back where a table lagged.
    2,
    10,
    // A period that was over lacked the usage that came while the budget had another period.
    279,
    // So did what was retracted of a period that another one replaced.
    870
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
    int count =
        Integer.getInteger(
            "simulation.seeds",
            "true".equals(System.getenv("CI")) ? SEEDS_IN_CI : SEEDS_IN_A_HURRY);
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
  void brokenDedupIsFound() {
    assertFound(Mutants.brokenDedup(), "nothing-billed-twice");
  }

  @Test
  void brokenRatingIsFound() {
    assertFound(Mutants.brokenRating(), "cost-is-exact");
  }

  @Test
  void brokenAlertingIsFound() {
    assertFound(Mutants.brokenAlerting(), "alerts-true");
  }

  @Test
  void brokenCorrectionIsFound() {
    assertFound(Mutants.brokenCorrection(), "reversed-as-rated");
  }

  @Test
  void brokenLimitsAreFound() {
    assertFound(Mutants.brokenLimits(), "limits-true");
  }

  @Test
  void brokenWalletIsFound() {
    assertFound(Mutants.brokenWallet(), "wallet-true");
  }

  @Test
  void brokenFilesAreFound() {
    assertFound(Mutants.brokenFiles(), "tallies-true");
  }

  /** A fault must be found within a few seeds, and by the invariant that is about it. */
  private void assertFound(Mutant mutant, String invariant) {
    SimulatedSeeds seeds = new SimulatedSeeds(folder, mutant);
    for (long seed = 1; seed <= MOST_SEEDS_FOR_A_FAULT && seeds.failure() == null; seed++) {
      seeds.run(seed, step -> {});
    }
    SimulatedSeeds.Failure failure = seeds.failure();
    assertThat(failure).isNotNull();
    assertThat(failure.cause()).isInstanceOf(InvariantBroken.class);
    assertThat(((InvariantBroken) failure.cause()).invariant()).isEqualTo(invariant);
  }

  @Test
  void theSameSeedWritesTheSameBytes() {
    SimulatedSeeds seeds = new SimulatedSeeds(folder, Mutant.NONE);
    assertThat(seeds.run(7, step -> {})).isNotNull().isEqualTo(seeds.run(7, step -> {}));
  }
}
