package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AlertLatencyTest {
  private static final Instant APPENDED = Instant.parse("2026-06-01T10:00:00Z");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void isCountedFromTheAppendOfTheUsageThatCrossed() {
    AlertLatency latency = new AlertLatency(() -> APPENDED.plusMillis(700));
    latency.seen(alert(APPENDED));
    latency.bindTo(meters);
    latency.seen(alert(APPENDED));
    assertThat(count()).isEqualTo(1);
    assertThat(meters.get("tollgate.alert.latency").timer().totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(700);
  }

  @Test
  void anEditHasNone() {
    AlertLatency latency = new AlertLatency(() -> APPENDED);
    latency.bindTo(meters);
    latency.seen(alert(null));
    assertThat(count()).isZero();
  }

  @Test
  void isNeverNegative() {
    AlertLatency latency = new AlertLatency(() -> APPENDED.minusMillis(5));
    latency.bindTo(meters);
    latency.seen(alert(APPENDED));
    assertThat(count()).isEqualTo(1);
    assertThat(meters.get("tollgate.alert.latency").timer().totalTime(TimeUnit.MILLISECONDS))
        .isZero();
  }

  private long count() {
    return meters.get("tollgate.alert.latency").timer().count();
  }

  private static BudgetAlert alert(@Nullable Instant appendedFrom) {
    Budget budget = BudgetRecords.budget().build();
    return Alerts.of(
        budget,
        PeriodWindow.ALL_TIME,
        Thresholds.judge(java.util.List.of(), budget, Money.parse("9")).changes().getFirst(),
        Money.parse("9"),
        new Occasion(APPENDED, appendedFrom));
  }
}
