package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.CompletenessTracker.Metered;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CompletenessTrackerTest {
  private static final Instant NOON = Instant.parse("2026-10-05T12:00:00Z");
  private final CompletenessTracker tracker = new CompletenessTracker();

  @Test
  void anIdleLineIsCompleteAtOnce() {
    tracker.sample(NOON, Map.of(0, 0L));
    tracker.metered(Map.of(), Map.of(0, 0L));
    tracker.landed(Map.of());
    assertThat(tracker.completeThrough()).contains(NOON);
  }

  @Test
  void anEventCountsOnlyWhenItWasMeteredAndItsRatedRecordHasLanded() {
    tracker.sample(NOON, Map.of(0, 10L));
    tracker.metered(Map.of(0, new Metered(9, 0)), Map.of(0, 20L));
    tracker.landed(Map.of(0, 20L));
    assertThat(tracker.completeThrough()).as("not metered").isEmpty();

    tracker.metered(Map.of(0, new Metered(10, 0)), Map.of(0, 22L));
    tracker.landed(Map.of(0, 21L));
    assertThat(tracker.completeThrough()).as("not landed").isEmpty();

    tracker.landed(Map.of(0, 22L));
    assertThat(tracker.completeThrough()).contains(NOON);
  }

  @Test
  void aWaitingEventHoldsItBack() {
    tracker.sample(NOON, Map.of(0, 10L));
    tracker.metered(Map.of(0, new Metered(10, 1)), Map.of(0, 20L));
    tracker.landed(Map.of(0, 20L));
    assertThat(tracker.completeThrough()).isEmpty();
  }

  @Test
  void theSlowestPartitionCounts() {
    tracker.sample(NOON, Map.of(0, 0L, 1, 0L));
    tracker.metered(Map.of(), Map.of(0, 0L, 1, 0L));
    tracker.landed(Map.of());
    tracker.sample(NOON.plusSeconds(1), Map.of(0, 0L, 1, 5L));
    tracker.metered(Map.of(), Map.of(0, 0L, 1, 0L));
    tracker.landed(Map.of());
    assertThat(tracker.completeThrough()).contains(NOON);
  }

  @Test
  void aLineThatNeverCatchesUpStillMovesOn() {
    for (int second = 0; second < 10; second++) {
      tracker.sample(NOON.plusSeconds(second), Map.of(0, 100L * second));
      tracker.metered(
          Map.of(0, new Metered(100L * Math.max(0, second - 3), 0)), Map.of(0, 100L * second));
      tracker.landed(Map.of(0, 100L * second));
    }
    assertThat(tracker.completeThrough()).contains(NOON.plusSeconds(6));
  }

  @Test
  void anEndThatTurnsOutToBeATransactionMarkerHoldsNothingBack() {
    tracker.sample(NOON, Map.of(0, 11L));
    tracker.metered(Map.of(0, new Metered(10, 0)), Map.of(0, 0L));
    tracker.landed(Map.of());
    assertThat(tracker.completeThrough()).isEmpty();

    tracker.sample(NOON.plusSeconds(1), Map.of(0, 10L));
    tracker.metered(Map.of(0, new Metered(10, 0)), Map.of(0, 0L));
    tracker.landed(Map.of());
    assertThat(tracker.completeThrough()).contains(NOON.plusSeconds(1));
  }
}
