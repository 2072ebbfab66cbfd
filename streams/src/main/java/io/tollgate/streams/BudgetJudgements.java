package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what is judged of budgets and tells it: alerts to everybody, standings to the limits. */
final class BudgetJudgements {
  private static final Logger LOG = LoggerFactory.getLogger(BudgetJudgements.class);

  private final ProcessorContext<String, Object> context;
  private final CommitRequests commits;
  private final BudgetStates states;
  private final Duration periodsKept;

  BudgetJudgements(
      ProcessorContext<String, Object> context,
      CommitRequests commits,
      BudgetStates states,
      Duration periodsKept) {
    this.context = context;
    this.commits = commits;
    this.states = states;
    this.periodsKept = periodsKept;
  }

  /** Whether a period has been over for so long that it is judged no more. */
  boolean isForgotten(PeriodWindow window, Instant now) {
    return window.isOverAt(now.minus(periodsKept));
  }

  /**
   * Judges a budget in a period.
   *
   * @param former the budget that the state before was judged by
   * @param before of the period that begins then, if any
   * @param spend in the period
   */
  void conclude(
      Budget budget,
      Budget former,
      PeriodWindow window,
      @Nullable BudgetState before,
      Money spend,
      Occasion occasion) {
    List<BudgetState.Episode> episodes = List.of();
    if (before == null) {
      states.removeEndedBefore(budget.getBudgetId(), occasion.now().minus(periodsKept));
    } else if (before.window().equals(window)) {
      episodes = before.episodes();
    } else {
      // Numbers go on, because the alerts of both periods have the same names.
      episodes = endEpisodes(former, before, occasion);
    }
    Thresholds.Judgement judgement = Thresholds.judge(episodes, budget, spend);
    BudgetState after = new BudgetState(budget.getVersion(), window, spend, judgement.episodes());
    states.put(budget.getBudgetId(), after);
    tell(budget, window, judgement.changes(), spend, occasion);
    tellLimits(
        new BudgetStanding(budget, Scope.of(budget), window, spend, after.open()),
        occasion.now().toEpochMilli());
  }

  /** Retracts what is open in a period that the budget does not have any more. */
  void retract(Budget former, BudgetState state, Occasion occasion) {
    List<BudgetState.Episode> episodes = endEpisodes(former, state, occasion);
    states.put(
        former.getBudgetId(),
        new BudgetState(state.budgetVersion(), state.window(), state.spend(), episodes));
  }

  private List<BudgetState.Episode> endEpisodes(
      Budget former, BudgetState state, Occasion occasion) {
    Thresholds.Judgement ended = Thresholds.end(state.episodes());
    tell(former, state.window(), ended.changes(), state.spend(), occasion);
    return ended.episodes();
  }

  private void tell(
      Budget budget,
      PeriodWindow window,
      List<Thresholds.Change> changes,
      Money spend,
      Occasion occasion) {
    for (Thresholds.Change change : changes) {
      BudgetAlert alert = Alerts.of(budget, window, change, spend, occasion);
      LOG.info(
          "{} {} at {} of {}",
          alert.getKind(),
          alert.getAlertId(),
          alert.getSpend(),
          alert.getAmount());
      context.forward(
          new Record<>(budget.getBudgetId(), alert, occasion.now().toEpochMilli()),
          BudgetTopology.ALERTS);
      commits.ask();
    }
  }

  void tellLimits(LimitInput told, long timestamp) {
    context.forward(new Record<>(told.organizationId(), told, timestamp), BudgetTopology.LIMITS);
  }
}
