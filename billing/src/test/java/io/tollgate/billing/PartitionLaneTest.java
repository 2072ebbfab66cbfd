package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class PartitionLaneTest {
  private static final Instant START = Instant.parse("2026-10-31T23:59:00Z");
  private static final LandingLimits LIMITS =
      new LandingLimits(
          3,
          1 << 20,
          Duration.ofMillis(500),
          4 << 20,
          Duration.ofMillis(100),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10));
  private static final RowEncoder BYTES = (row, rows) -> rows.raw(row.value());

  private Instant now = START;

  @Test
  void nothingIsSentBeforeItsRangeIsCommitted() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 3);

    PartitionLane.Commit plan = lane.wanted().orElseThrow();
    assertThat(plan.offset()).isZero();
    assertThat(PlannedRange.parse(0, 0, plan.metadata()).orElseThrow())
        .extracting(PlannedRange::end, PlannedRange::count)
        .containsExactly(3L, 3);
    assertThat(lane.due(now)).isEmpty();

    lane.committed(plan, now);
    assertThat(lane.due(now)).isPresent();
    assertThat(lane.due(now)).as("sent once").isEmpty();
  }

  @Test
  void theNextRangeIsPlannedOnlyWhenTheOneBeforeHasLanded() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 6);
    Insertion.Sent sent = send(lane);

    assertThat(lane.wanted()).isEmpty();
    assertThat(lane.wantsMore()).as("a full batch waits").isFalse();

    lane.landed(sent);
    lane.advance(6, now);
    PartitionLane.Commit next = lane.wanted().orElseThrow();
    assertThat(next.offset()).isEqualTo(3);
    assertThat(lane.wantsMore()).isTrue();
  }

  @Test
  void aBatchEndsWhenItHasWaitedLongEnough() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 1);
    assertThat(lane.wanted()).isEmpty();

    pass(Duration.ofMillis(500));
    lane.advance(1, now);
    assertThat(lane.wanted()).isPresent();
  }

  @Test
  void aBatchEndsWithTheMonthOfAppendTime() {
    PartitionLane lane = checked(first());
    lane.accept(row(0, START), now);
    lane.accept(row(1, START.plusSeconds(60)), now);
    lane.advance(2, now);

    assertThat(send(lane).range())
        .extracting(PlannedRange::start, PlannedRange::end)
        .containsExactly(0L, 1L);
  }

  @Test
  void whenAllHasLandedTheOffsetIsCommittedWithoutAPlanAndPastTransactionMarkers() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 3);
    lane.landed(send(lane));

    lane.advance(5, now);
    assertThat(lane.wanted()).contains(new PartitionLane.Commit(5, ""));
    lane.committed(new PartitionLane.Commit(5, ""), now);
    assertThat(lane.wanted()).isEmpty();

    feed(lane, 6, 9);
    assertThat(send(lane).range().start()).as("ranges leave no gap").isEqualTo(5);
  }

  @Test
  void anOwnerBeginsByRepeatingThePlannedRangeUnderTheSameToken() {
    PartitionLane before = checked(first());
    feed(before, 0, 3);
    PartitionLane.Commit plan = before.wanted().orElseThrow();
    String token = send(before).range().token();

    PartitionLane after = checked(PartitionLane.resumed(1, 0, plan, LIMITS, BYTES));
    assertThat(after.start()).isZero();
    feed(after, 0, 5);
    Insertion.Sent repeated = send(after);
    assertThat(repeated.range().token()).isEqualTo(token);
    assertThat(repeated.batch().count()).isEqualTo(3);

    after.landed(repeated);
    pass(Duration.ofSeconds(1));
    after.advance(5, now);
    assertThat(send(after).range())
        .extracting(PlannedRange::start, PlannedRange::end)
        .containsExactly(3L, 5L);
  }

  @Test
  void aRepeatedRangeIgnoresLimitsThatHaveShrunkSince() {
    PartitionLane before = checked(first());
    feed(before, 0, 3);
    PartitionLane.Commit plan = before.wanted().orElseThrow();

    LandingLimits smaller =
        new LandingLimits(
            1,
            1,
            Duration.ZERO,
            1,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofSeconds(1));
    PartitionLane after = checked(PartitionLane.resumed(1, 0, plan, smaller, BYTES));
    feed(after, 0, 3);
    assertThat(send(after).range().count()).isEqualTo(3);
  }

  @Test
  void aRangeThatReadsDifferentlyNowStopsLanding() {
    PartitionLane before = checked(first());
    feed(before, 0, 3);
    PartitionLane.Commit plan = before.wanted().orElseThrow();

    PartitionLane after = checked(PartitionLane.resumed(1, 0, plan, LIMITS, BYTES));
    after.accept(row(0, START), now);
    after.accept(new LogRecord(0, 1, START.toEpochMilli(), new byte[] {42}), now);
    after.accept(row(2, START), now);
    assertThatThrownBy(() -> after.advance(3, now))
        .isInstanceOf(LandingHalted.class)
        .hasMessageContaining("[0, 3) reads differently now");
  }

  @Test
  void aRangeThatHasVanishedStopsLanding() {
    PartitionLane before = checked(first());
    feed(before, 0, 3);
    PartitionLane.Commit plan = before.wanted().orElseThrow();

    PartitionLane after = checked(PartitionLane.resumed(1, 0, plan, LIMITS, BYTES));
    assertThatThrownBy(() -> after.advance(3, now))
        .isInstanceOf(LandingHalted.class)
        .hasMessageContaining("holds none");
  }

  @Test
  void nothingIsPlannedBeforeTheTableWasCompared() {
    PartitionLane lane = first();
    feed(lane, 0, 3);
    assertThat(lane.wanted()).isEmpty();
    lane.check(OptionalLong.empty());
    assertThat(lane.wanted()).isPresent();
  }

  @Test
  void rowsThatNoPlanExplainsStopLanding() {
    PartitionLane lost = first();
    assertThatThrownBy(() -> lost.check(OptionalLong.of(0)))
        .isInstanceOf(LandingHalted.class)
        .hasMessageContaining("group has no offset");

    PartitionLane behind =
        PartitionLane.resumed(1, 0, new PartitionLane.Commit(10, ""), LIMITS, BYTES);
    assertThatThrownBy(() -> behind.check(OptionalLong.of(10)))
        .isInstanceOf(LandingHalted.class)
        .hasMessageContaining("up to offset 10");
    PartitionLane fine =
        PartitionLane.resumed(1, 0, new PartitionLane.Commit(10, ""), LIMITS, BYTES);
    fine.check(OptionalLong.of(9));
    assertThat(fine.isChecked()).isTrue();
  }

  @Test
  void rowsOfThePlannedRangeAreExplainedAlsoWhenItHasBeenReadBeforeTheComparison() {
    PartitionLane before = checked(first());
    feed(before, 0, 3);
    PartitionLane.Commit plan = before.wanted().orElseThrow();

    PartitionLane after = PartitionLane.resumed(1, 0, plan, LIMITS, BYTES);
    feed(after, 0, 3);
    after.check(OptionalLong.of(2));
    assertThat(after.wanted()).contains(plan);
  }

  @Test
  void aFailedInsertIsTriedAgainWithDoublingWaitsAndTheSameToken() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 3);
    Insertion.Sent first = send(lane);
    lane.failed(first, now);
    assertThat(lane.due(now.plusMillis(99))).isEmpty();
    Insertion.Sent second = lane.due(now.plusMillis(100)).orElseThrow();
    assertThat(second.range().token()).isEqualTo(first.range().token());
    lane.failed(second, now);
    assertThat(lane.due(now.plusMillis(199))).isEmpty();
    assertThat(lane.due(now.plusMillis(200))).isPresent();
  }

  @Test
  void anOldPlanIsCommittedAgainBeforeItsInsertIsSentAgain() {
    PartitionLane lane = checked(first());
    feed(lane, 0, 3);
    PartitionLane.Commit plan = lane.wanted().orElseThrow();
    Insertion.Sent sent = send(lane);
    pass(Duration.ofSeconds(30));
    lane.failed(sent, now);
    pass(Duration.ofSeconds(5));
    assertThat(lane.due(now)).as("a zombie would send it").isEmpty();
    assertThat(lane.wanted()).contains(plan);
    lane.committed(plan, now);
    assertThat(lane.due(now)).isPresent();
  }

  private PartitionLane first() {
    return PartitionLane.first(1, 0, 0, LIMITS, BYTES);
  }

  private static PartitionLane checked(PartitionLane lane) {
    lane.check(OptionalLong.empty());
    return lane;
  }

  private void feed(PartitionLane lane, long from, long to) {
    for (long offset = from; offset < to; offset++) {
      lane.accept(row(offset, START), now);
    }
    lane.advance(to, now);
  }

  private Insertion.Sent send(PartitionLane lane) {
    lane.committed(lane.wanted().orElseThrow(), now);
    return lane.due(now).orElseThrow();
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private static LogRecord row(long offset, Instant ratedAt) {
    return new LogRecord(
        0, offset, ratedAt.toEpochMilli(), ("row " + offset).getBytes(StandardCharsets.UTF_8));
  }
}
