package io.tollgate.streams;

import static io.tollgate.schemas.avro.AlertKind.CROSSED;
import static io.tollgate.schemas.avro.AlertKind.RETRACTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.streams.BudgetState.Episode;
import io.tollgate.streams.Thresholds.Change;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThresholdsTest {
  private static final BigDecimal EIGHTY = new BigDecimal("0.800000");
  private static final BigDecimal FULL = new BigDecimal("1.000000");

  @Test
  void crossesAtExactlyTheThreshold() {
    Budget budget = BudgetRecords.budget().build();
    assertThat(judge(List.of(), budget, "7.999999999999").changes()).isEmpty();
    assertThat(judge(List.of(), budget, "8").changes())
        .containsExactly(new Change(CROSSED, EIGHTY, 1));
    assertThat(judge(List.of(), budget, "10").changes())
        .containsExactly(new Change(CROSSED, EIGHTY, 1), new Change(CROSSED, FULL, 1));
  }

  @Test
  void isToldOncePerEpisode() {
    Budget budget = BudgetRecords.budget().build();
    Thresholds.Judgement first = judge(List.of(), budget, "8");
    Thresholds.Judgement second = judge(first.episodes(), budget, "9");
    assertThat(second.changes()).isEmpty();
    Thresholds.Judgement third = judge(second.episodes(), budget, "10.5");
    assertThat(third.changes()).containsExactly(new Change(CROSSED, FULL, 1));
  }

  @Test
  void fallingBelowEndsTheEpisodeAndTheNextCrossingOpensAnother() {
    Budget budget = BudgetRecords.budget().build();
    Budget raised =
        BudgetRecords.budget().setAmount(Money.parse("100").value()).setVersion(2).build();
    Thresholds.Judgement crossed = judge(List.of(), budget, "8");
    Thresholds.Judgement below = judge(crossed.episodes(), raised, "8");
    assertThat(below.changes()).containsExactly(new Change(RETRACTED, EIGHTY, 1));
    assertThat(judge(below.episodes(), raised, "80").changes())
        .containsExactly(new Change(CROSSED, EIGHTY, 2));
  }

  @Test
  void aRemovedThresholdEndsItsEpisode() {
    Budget budget = BudgetRecords.budget().build();
    Budget fewer = BudgetRecords.budget().setThresholds(List.of(FULL)).build();
    Thresholds.Judgement crossed = judge(List.of(), budget, "8");
    assertThat(judge(crossed.episodes(), fewer, "8").changes())
        .containsExactly(new Change(RETRACTED, EIGHTY, 1));
  }

  @Test
  void whatIsNoMoreEndsEveryEpisode() {
    Thresholds.Judgement crossed = judge(List.of(), BudgetRecords.budget().build(), "8");
    assertThat(Thresholds.end(crossed.episodes()).changes())
        .containsExactly(new Change(RETRACTED, EIGHTY, 1));
    assertThat(Thresholds.end(crossed.episodes()).episodes())
        .containsExactly(new Episode(EIGHTY, 1, false));
  }

  @Test
  void stateSurvivesItsBytes() {
    for (PeriodWindow window :
        List.of(
            PeriodWindow.ALL_TIME,
            new PeriodWindow("2026-06-01", Instant.EPOCH, Instant.EPOCH.plusSeconds(900)))) {
      BudgetState state =
          new BudgetState(
              7,
              window,
              Money.parse("123456789.000000000001"),
              List.of(new Episode(EIGHTY, 2, true), new Episode(FULL, 1, false)));
      assertThat(BudgetState.fromBytes(state.toBytes())).isEqualTo(state);
    }
    Tally tally = new Tally(3, java.util.Map.of("input", 5L, "output", 0L), Money.parse("-1.5"));
    assertThat(Tally.fromBytes(tally.toBytes())).isEqualTo(tally);
  }

  private static Thresholds.Judgement judge(List<Episode> before, Budget budget, String spend) {
    return Thresholds.judge(before, budget, Money.parse(spend));
  }
}
