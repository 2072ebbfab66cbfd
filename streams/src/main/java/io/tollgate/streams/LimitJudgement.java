package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Admission;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Whether a scope may call models now, by everything that is set on the scope itself.
 *
 * <p>Blocked: a hard budget's spend is at or above its amount, a limit per minute or day is
 * reached, or the wallet that stops at zero has nothing left. Warned: a threshold below the whole
 * amount is crossed, or a soft budget's amount is reached. Else open.
 *
 * @param reasons of that admission: {@code budget:<id>}, {@code requests_per_minute}, {@code
 *     tokens_per_minute}, {@code tokens_per_day}, {@code wallet}
 * @param until when the last of the reasons is over if nothing more is used; null if one is
 *     open-ended, and for an open scope
 * @param tightest the hard budget with the least left, else such a soft one; null without a budget
 * @param lookAgain when this may change without usage; null if never
 */
record LimitJudgement(
    Admission admission,
    List<String> reasons,
    @Nullable Instant until,
    @Nullable JudgedBudget tightest,
    @Nullable Instant lookAgain) {
  static final String REQUESTS_PER_MINUTE = "requests_per_minute";
  static final String TOKENS_PER_MINUTE = "tokens_per_minute";
  static final String TOKENS_PER_DAY = "tokens_per_day";
  static final String WALLET = "wallet";

  LimitJudgement {
    reasons = List.copyOf(reasons);
  }

  /**
   * A budget and where it stands now.
   *
   * @param end of the period; null if it has none, or if nothing was spent in it
   */
  record JudgedBudget(Budget budget, Money spend, @Nullable Instant end) {
    Money remaining() {
      return Money.of(budget.getAmount()).minus(spend);
    }

    boolean isUsedUp() {
      return spend.value().compareTo(budget.getAmount()) >= 0;
    }

    /** Whether spend has crossed a threshold below the whole amount. */
    boolean isWarning() {
      for (BigDecimal threshold : budget.getThresholds()) {
        if (threshold.compareTo(BigDecimal.ONE) < 0
            && spend.value().compareTo(threshold.multiply(budget.getAmount())) >= 0) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * The tokens of a day.
   *
   * @param end of the day, exclusive
   */
  record Day(long tokens, Instant end) {}

  /**
   * What is known of a scope.
   *
   * @param minute where a limit per minute asks for it; null if nothing was counted
   * @param day null without a limit per day
   * @param stopped whether the wallet has nothing left and stops at zero
   */
  record Facts(
      List<JudgedBudget> budgets,
      @Nullable Limit limit,
      @Nullable RateWindow minute,
      @Nullable Day day,
      boolean stopped) {
    Facts {
      budgets = List.copyOf(budgets);
    }
  }

  static LimitJudgement of(Facts facts, Instant now) {
    Draft draft = new Draft();
    for (JudgedBudget judged : facts.budgets) {
      String reason = "budget:" + judged.budget.getBudgetId();
      if (judged.isUsedUp() && judged.budget.getHard()) {
        draft.because(Admission.BLOCKED, reason, judged.end);
      } else if (judged.isUsedUp() || judged.isWarning()) {
        draft.because(Admission.WARNED, reason, judged.end);
      }
      draft.lookAt(judged.end);
      if (draft.tightest == null || isTighter(judged, draft.tightest)) {
        draft.tightest = judged;
      }
    }
    Limit limit = facts.limit;
    if (limit != null) {
      RateWindow minute = facts.minute == null ? new RateWindow() : facts.minute;
      Long requests = limit.getRequestsPerMinute();
      Long tokens = limit.getTokensPerMinute();
      draft.rate(REQUESTS_PER_MINUTE, requests, minute, RateWindow.Count::requests, now);
      draft.rate(TOKENS_PER_MINUTE, tokens, minute, RateWindow.Count::tokens, now);
      Long daily = limit.getTokensPerDay();
      if (facts.day != null && daily != null && facts.day.tokens >= daily) {
        draft.because(Admission.BLOCKED, TOKENS_PER_DAY, facts.day.end);
        draft.lookAt(facts.day.end);
      }
    }
    if (facts.stopped) {
      draft.because(Admission.BLOCKED, WALLET, null);
    }
    return draft.judgement();
  }

  private static boolean isTighter(JudgedBudget one, JudgedBudget other) {
    return one.budget.getHard() == other.budget.getHard()
        ? one.remaining().compareTo(other.remaining()) < 0
        : one.budget.getHard();
  }

  private static final class Draft {
    private Admission admission = Admission.OPEN;
    private final List<String> reasons = new ArrayList<>();
    private @Nullable Instant until;
    private @Nullable JudgedBudget tightest;
    private @Nullable Instant lookAgain;

    /** Null stands for no end. */
    void because(Admission strictness, String reason, @Nullable Instant end) {
      if (strictness.compareTo(admission) < 0) {
        return;
      }
      if (strictness != admission) {
        admission = strictness;
        reasons.clear();
        until = end;
      } else if (until != null && (end == null || end.isAfter(until))) {
        until = end;
      }
      reasons.add(reason);
    }

    void rate(
        String reason,
        @Nullable Long limit,
        RateWindow minute,
        ToLongFunction<RateWindow.Count> measure,
        Instant now) {
      if (limit != null && minute.sum(measure, now) >= limit) {
        Instant below = minute.below(limit, measure, now);
        because(Admission.BLOCKED, reason, below);
        lookAt(below);
      }
    }

    void lookAt(@Nullable Instant moment) {
      if (moment != null && (lookAgain == null || moment.isBefore(lookAgain))) {
        lookAgain = moment;
      }
    }

    LimitJudgement judgement() {
      return new LimitJudgement(admission, reasons, until, tightest, lookAgain);
    }
  }
}
