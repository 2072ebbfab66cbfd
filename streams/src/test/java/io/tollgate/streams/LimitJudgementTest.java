package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.streams.LimitJudgement.Day;
import io.tollgate.streams.LimitJudgement.Facts;
import io.tollgate.streams.LimitJudgement.JudgedBudget;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitJudgementTest {
  private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");
  private static final Instant JULY = Instant.parse("2026-07-01T00:00:00Z");

  private static JudgedBudget judged(String id, boolean hard, String spend, @Nullable Instant end) {
    Budget budget = BudgetRecords.budget().setBudgetId(id).setHard(hard).build();
    return new JudgedBudget(budget, Money.parse(spend), end);
  }

  private static LimitJudgement judge(JudgedBudget... budgets) {
    return LimitJudgement.of(new Facts(List.of(budgets), null, null, null, false), NOW);
  }

  @ParameterizedTest(name = "{1} of 10, hard: {0} is {2}")
  @CsvSource({
    "true,  7.999999999999, OPEN",
    "true,  8,              WARNED",
    "true,  9.999999999999, WARNED",
    "true,  10,             BLOCKED",
    "true,  -1,             OPEN",
    "false, 7.999999999999, OPEN",
    "false, 8,              WARNED",
    "false, 10,             WARNED",
    "false, 1000,           WARNED"
  })
  void aBudgetSays(boolean hard, String spend, String expected) {
    LimitJudgement judgement = judge(judged("b", hard, spend, JULY));
    assertThat(judgement.admission()).hasToString(expected);
    assertThat(judgement.reasons())
        .isEqualTo(expected.equals("OPEN") ? List.of() : List.of("budget:b"));
    assertThat(judgement.until()).isEqualTo(expected.equals("OPEN") ? null : JULY);
    assertThat(judgement.lookAgain()).isEqualTo(JULY);
  }

  @Test
  void onlyTheReasonsOfTheStrictestAreToldAndTheLastEndCounts() {
    Instant soon = NOW.plusSeconds(60);
    LimitJudgement judgement =
        judge(
            judged("a", false, "9", JULY),
            judged("b", true, "10", soon),
            judged("c", true, "11", JULY));
    assertThat(judgement.admission()).hasToString("BLOCKED");
    assertThat(judgement.reasons()).containsExactly("budget:b", "budget:c");
    assertThat(judgement.until()).isEqualTo(JULY);
    assertThat(judgement.lookAgain()).isEqualTo(soon);
    assertThat(judge(judged("b", true, "10", soon), judged("d", true, "10", null)).until())
        .isNull();
    assertThat(judge(judged("d", true, "10", null), judged("b", true, "10", soon)).until())
        .isNull();
  }

  @Test
  void theTightestIsHardWhereThereIsOne() {
    assertThat(judge().tightest()).isNull();
    JudgedBudget soft = judged("a", false, "9", JULY);
    JudgedBudget hard = judged("b", true, "1", JULY);
    JudgedBudget tighter = judged("c", true, "2", JULY);
    assertThat(judge(soft).tightest()).isEqualTo(soft);
    assertThat(judge(soft, hard, tighter).tightest()).isEqualTo(tighter);
    assertThat(judge(tighter, hard, soft).tightest()).isEqualTo(tighter);
  }

  @Test
  void everyLimitHasItsReason() {
    RateWindow minute = new RateWindow();
    minute.add(NOW.getEpochSecond() - 20, new RateWindow.Count(5, 500), NOW);
    minute.add(NOW.getEpochSecond() - 10, new RateWindow.Count(5, 500), NOW);
    Limit limit =
        BudgetRecords.limit()
            .setRequestsPerMinute(10L)
            .setTokensPerMinute(500L)
            .setTokensPerDay(7L)
            .build();
    LimitJudgement judgement =
        LimitJudgement.of(new Facts(List.of(), limit, minute, new Day(7, JULY), true), NOW);
    assertThat(judgement.reasons())
        .containsExactly("requests_per_minute", "tokens_per_minute", "tokens_per_day", "wallet");
    assertThat(judgement.until()).isNull();
    assertThat(judgement.lookAgain()).isEqualTo(NOW.plusSeconds(40));
    assertThat(
            LimitJudgement.of(new Facts(List.of(), limit, minute, new Day(6, JULY), false), NOW)
                .until())
        .isEqualTo(NOW.plusSeconds(50));
  }

  @Test
  void aLimitOfZeroNeverOpens() {
    Limit none = BudgetRecords.limit().setRequestsPerMinute(0L).build();
    LimitJudgement judgement =
        LimitJudgement.of(new Facts(List.of(), none, null, null, false), NOW);
    assertThat(judgement.admission()).hasToString("BLOCKED");
    assertThat(judgement.until()).isNull();
  }
}
