package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every contender on a few thousand events, so that the bench still runs when it is wanted. */
final class BenchIT {
  @Test
  void everyContenderArrivesAtTheGeneratorsTotals() {
    assertThat(Bench.execute("contenders", "--events", "3000", "--warm-up", "0", "--rounds", "1"))
        .isZero();
  }
}
