package io.tollgate.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.app.chaos.ChaosRun;
import io.tollgate.app.chaos.ChaosSettings;
import io.tollgate.app.chaos.FaultReport;
import io.tollgate.app.chaos.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise that killing any process at any time changes no total, on real processes: the engine
 * of {@code ./tollgate chaos} for as many faults as CI has time for. The outbox relay's kills are
 * in governance's own OutboxRelayIT.
 */
@Timeout(900)
class FaultIT {
  private static final int FAULTS = 20;
  private static final int PER_SECOND = 2_500;
  private static final int LEAST_PER_SECOND = 2_000;

  private final long seed = Long.getLong("seed", System.nanoTime() % 1_000_000);

  @TempDir private Path folder;

  @Test
  void faultsChangeNoTotal() {
    System.out.println("FaultIT -Dseed=" + seed);
    ChaosRun run =
        new ChaosRun(
            new ChaosSettings(seed, FAULTS, Duration.ZERO, PER_SECOND),
            InstantSource.system(),
            System.out::println,
            System.out::println);

    Verdict verdict = run.run(folder);

    System.out.printf(
        "FaultIT: %d faults, %d sendings, %d per second; landed: %s%n",
        verdict.faults().size(), verdict.sendings(), verdict.perSecond(), verdict.found());
    assertThat(verdict.differences()).as("seed " + seed).isEmpty();
    assertThat(verdict.faults()).hasSizeGreaterThanOrEqualTo(FAULTS);
    assertThat(verdict.faults())
        .as("each kill of streams, landing, gateway or broker hit work under way")
        .filteredOn(fault -> fault.fault().startsWith("SIGKILL"))
        .allSatisfy(fault -> assertThat(fault.found()).isNotEmpty())
        .hasSizeGreaterThanOrEqualTo(FAULTS / 3);
    assertThat(verdict.faults())
        .as("others take over a killed instance's partitions once its session of 6 s is over")
        .filteredOn(fault -> fault.fault().endsWith("others take over"))
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault.survivors()).isGreaterThan(Duration.ofSeconds(5)));
    assertThat(verdict.perSecond()).isGreaterThanOrEqualTo(LEAST_PER_SECOND);
    assertThat(verdict.faults().stream().map(FaultReport::survivors))
        .allSatisfy(survivors -> assertThat(survivors).isLessThan(Duration.ofSeconds(60)));
  }
}
