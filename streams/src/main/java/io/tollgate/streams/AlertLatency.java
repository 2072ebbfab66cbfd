package io.tollgate.streams;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * How long alerts take: from the append of the oldest usage event in the commit that crossed to the
 * moment a reader of committed records has the alert. Told of alerts that come after the start, by
 * every instance alike. Thread-safe.
 */
final class AlertLatency {
  private static final double[] PERCENTILES = {0.5, 0.99};
  private static final Duration[] WANTED = {
    Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(15)
  };

  private final InstantSource clock;

  /** Null until somebody measures: what is seen before that has no place to be told. */
  private volatile @Nullable Timer timer;

  AlertLatency(InstantSource clock) {
    this.clock = clock;
  }

  void bindTo(MeterRegistry meters) {
    timer =
        Timer.builder("tollgate.alert.latency")
            .description("From the append of the usage that crossed to the committed alert")
            .publishPercentiles(PERCENTILES)
            .serviceLevelObjectives(WANTED)
            .register(meters);
  }

  /** A committed alert was read just now. One that an edit raised has no latency. */
  void seen(BudgetAlert alert) {
    Instant appendedFrom = alert.getAppendedFrom();
    Timer measured = timer;
    if (appendedFrom != null && measured != null) {
      Duration taken = Duration.between(appendedFrom, clock.instant());
      // Clocks of the broker and of this machine may differ by more than an alert takes.
      measured.record(taken.isNegative() ? Duration.ZERO : taken);
    }
  }
}
