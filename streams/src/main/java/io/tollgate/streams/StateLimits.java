package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Wallet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step: keeps limits.state current for every scope of the task's organizations that has a
 * budget, a limit or a wallet, and tells when a wallet runs low.
 *
 * <p>A state is written at once when the admission, its reasons or the configured limits change;
 * what moves with usage alone (spent, remaining, until) at most once a second. A scope that has
 * ended or has nothing set any more gets a tombstone. What ends by itself ends here too, without
 * traffic: each scope has at most one moment at which it is looked at again.
 */
final class StateLimits implements Processor<String, LimitInput, String, SpecificRecord> {
  private static final Logger LOG = LoggerFactory.getLogger(StateLimits.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BETWEEN_WRITES = Duration.ofSeconds(1);

  /** Scopes that are judged in one go; the others follow with the next look. */
  private static final int MOST_AT_ONCE = 2_000;

  private final GlobalTables tables;
  private final AvroSerde<LimitState> states;
  private final int partitions;
  private @Nullable Task task;

  /**
   * @param partitions of usage.deltas, by which organizations are spread over tasks
   */
  StateLimits(GlobalTables tables, AvroSerde<LimitState> states, int partitions) {
    this.tables = tables;
    this.states = states;
    this.partitions = partitions;
  }

  @Override
  public void init(ProcessorContext<String, SpecificRecord> context) {
    int partition = context.taskId().partition();
    LimitIndex index =
        new LimitIndex(tables, id -> UsagePartitions.ofOrganization(id, partitions) == partition);
    LimitStore store = new LimitStore(context.getStateStore(BudgetTopology.LIMIT_STATES), states);
    TaskCell<TaskTallies> shared = context.getStateStore(BudgetTopology.TASK_TALLIES);
    Tallies tallies = shared.get().tallies();
    OrganizationStates organizations =
        new OrganizationStates(context.getStateStore(BudgetTopology.ORGANIZATION_STATES), tables);
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    task =
        new Task(
            context,
            shared.get().commits(),
            index,
            store,
            tallies,
            RateWindows.load(store, now),
            new DayTokens(tallies, organizations));
    context.schedule(LOOK, PunctuationType.WALL_CLOCK_TIME, time -> current().look());
  }

  @Override
  public void process(Record<String, LimitInput> record) {
    switch (record.value()) {
      case BudgetStanding standing -> current().take(standing);
      case BudgetEnded ended -> current().take(ended);
      case ScopeChanges changes -> current().take(changes);
    }
  }

  private Task current() {
    return Objects.requireNonNull(task, "not initialized");
  }

  /** One life of a task: built anew whenever Kafka Streams initializes it. */
  private static final class Task {
    private final ProcessorContext<String, SpecificRecord> context;
    private final CommitRequests commits;
    private final LimitIndex index;
    private final LimitStore store;
    private final Tallies tallies;
    private final RateWindows minutes;
    private final DayTokens days;
    private final WakeUps<Scope> wakeUps = new WakeUps<>();

    /** Scopes to be judged because of usage. */
    private final Set<Scope> used = new LinkedHashSet<>();

    /** Scopes to be judged because of an edit; all that have a state, at the start. */
    private final Set<Scope> edited;

    Task(
        ProcessorContext<String, SpecificRecord> context,
        CommitRequests commits,
        LimitIndex index,
        LimitStore store,
        Tallies tallies,
        RateWindows minutes,
        DayTokens days) {
      this.context = context;
      this.commits = commits;
      this.index = index;
      this.store = store;
      this.tallies = tallies;
      this.minutes = minutes;
      this.days = days;
      this.edited = new LinkedHashSet<>(store.scopes());
    }

    private Instant now() {
      return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }

    void take(BudgetStanding standing) {
      String id = standing.budget().getBudgetId();
      store.putWindows(id, BudgetWindows.with(store.windows(id), standing, now()));
      used.add(standing.scope());
    }

    void take(BudgetEnded ended) {
      store.putWindows(ended.budgetId(), null);
      used.add(ended.scope());
    }

    void take(ScopeChanges changes) {
      edited.addAll(index.refresh());
      Instant now = now();
      // What is inside a node has budgets only: their standings have been told before.
      changes
          .nodes()
          .forEach(
              (scope, quarters) -> {
                days.add(scope, quarters);
                ScopeDefinition definition = index.on(scope);
                if (definition != null && definition.tokensPerDay() != null) {
                  used.add(scope);
                }
              });
      changes
          .seconds()
          .forEach(
              (scope, seconds) -> {
                ScopeDefinition definition = index.on(scope);
                if (definition != null && definition.hasMinuteLimit()) {
                  minutes.add(scope, seconds, now);
                  used.add(scope);
                }
              });
      burn(changes);
      judge(used);
    }

    /** The organization's own sums hold those of all its keys. */
    private void burn(ScopeChanges changes) {
      Scope organization = Scope.organization(changes.organizationId());
      WalletState wallet = store.wallet(changes.organizationId());
      if (wallet == null) {
        return;
      }
      Money cost = Money.ZERO;
      for (Map.Entry<Integer, Tally> quarter : changes.of(organization).entrySet()) {
        if (quarter.getKey() >= wallet.since()) {
          cost = cost.plus(quarter.getValue().cost());
        }
      }
      store.putWallet(changes.organizationId(), wallet.plus(cost));
      used.add(organization);
    }

    /** Sees edits and ends without traffic. */
    void look() {
      edited.addAll(index.refresh());
      judge(used);
      judge(edited);
      for (Scope scope : wakeUps.due(now(), MOST_AT_ONCE)) {
        judge(scope);
      }
    }

    private void judge(Set<Scope> scopes) {
      Iterator<Scope> next = scopes.iterator();
      for (int i = 0; i < MOST_AT_ONCE && next.hasNext(); i++) {
        Scope scope = next.next();
        next.remove();
        judge(scope);
      }
    }

    private void judge(Scope scope) {
      Instant now = now();
      LimitState before = store.state(scope);
      ScopeDefinition definition = index.on(scope);
      if (definition == null || definition.hasEnded(now)) {
        end(scope, before, now);
        return;
      }
      List<LimitJudgement.JudgedBudget> budgets = standings(definition, now);
      if (budgets == null) {
        return;
      }
      RateWindow minute = null;
      if (definition.hasMinuteLimit()) {
        minute = minutes.at(scope, now);
      } else {
        minutes.remove(scope);
      }
      LimitJudgement.Day day = null;
      if (definition.tokensPerDay() != null) {
        day = days.today(definition, now);
      } else {
        days.remove(scope);
      }
      LimitJudgement judgement =
          LimitJudgement.of(
              new LimitJudgement.Facts(
                  budgets, definition.limit(), minute, day, isStopped(definition, now)),
              now);
      Instant again = write(scope, before, LimitStates.of(definition, judgement, before), now);
      again = earlier(again, earlier(judgement.lookAgain(), definition.until()));
      wakeUps.set(scope, minute == null ? again : earlier(again, minute.end()));
    }

    /**
     * Where the budgets of a scope stand now; null if that of one is still to be told, as it is
     * within moments after the budget was made or edited.
     */
    private @Nullable List<LimitJudgement.JudgedBudget> standings(
        ScopeDefinition definition, Instant now) {
      List<LimitJudgement.JudgedBudget> judged = new ArrayList<>();
      for (Budget budget : definition.budgets()) {
        BudgetWindows windows = store.windows(budget.getBudgetId());
        BudgetWindows.Window current = windows == null ? null : windows.at(now);
        boolean expected =
            windows == null
                ? !tallies.isEmpty(definition.scope())
                : windows.budgetVersion() != budget.getVersion();
        if (expected) {
          return null;
        }
        judged.add(
            current == null
                ? new LimitJudgement.JudgedBudget(budget, Money.ZERO, null)
                : new LimitJudgement.JudgedBudget(budget, current.spend(), current.end()));
      }
      return judged;
    }

    /**
     * Judges the wallet, if there is one; whether it stops the organization. What is known of a
     * wallet is kept and carried on also while this instance's table does not show it: alerts must
     * not be told twice because a table lags behind.
     */
    private boolean isStopped(ScopeDefinition definition, Instant now) {
      Scope scope = definition.scope();
      Wallet wallet = definition.wallet();
      if (wallet == null) {
        return false;
      }
      String organization = scope.organizationId();
      int since = QuarterHour.of(wallet.getOpenedAt()).number();
      WalletState known = store.wallet(organization);
      WalletState state = known;
      if (state == null || state.since() != since) {
        state =
            new WalletState(
                since,
                tallies.spendSince(scope, since),
                known == null ? List.of() : known.episodes());
      }
      WalletState.Judgement judgement = state.judge(wallet, definition.credited());
      if (!judgement.state().equals(known)) {
        store.putWallet(organization, judgement.state());
      }
      for (WalletState.Change change : judgement.changes()) {
        BudgetAlert alert =
            Alerts.of(wallet, judgement.state(), change, definition.credited(), now);
        LOG.info(
            "{} {} at a balance of {}", alert.getKind(), alert.getAlertId(), alert.getBalance());
        context.forward(
            new Record<>(Alerts.WALLET + '/' + organization, alert, now.toEpochMilli()),
            BudgetTopology.ALERTS);
        commits.ask();
      }
      return wallet.getStopAtZero()
          && judgement.state().balance(definition.credited()).value().signum() <= 0;
    }

    /**
     * Writes a state if it differs from the one before.
     *
     * @return when it may be written, if that is not yet; null if there is nothing left to write
     */
    private @Nullable Instant write(
        Scope scope, @Nullable LimitState before, LimitState after, Instant now) {
      if (after.equals(before)) {
        return null;
      }
      boolean loud = before != null && LimitStates.isLoud(before, after);
      if (before != null && before.getWrittenAt() != null && !loud) {
        Instant next = before.getWrittenAt().plus(BETWEEN_WRITES);
        if (next.isAfter(now)) {
          return next;
        }
      }
      after.setVersion(LimitStates.nextVersion(before, now));
      after.setWrittenAt(now);
      store.putState(scope, after);
      forward(scope, after, now);
      if (before == null || loud) {
        commits.ask();
      }
      return null;
    }

    private void end(Scope scope, @Nullable LimitState before, Instant now) {
      minutes.remove(scope);
      days.remove(scope);
      wakeUps.set(scope, null);
      if (before != null) {
        store.putState(scope, null);
        forward(scope, null, now);
        // Whoever was stopped waits for it.
        commits.ask();
      }
    }

    private void forward(Scope scope, @Nullable LimitState state, Instant now) {
      context.forward(
          new Record<>(scope.limitKey().text(), state, now.toEpochMilli()),
          BudgetTopology.LIMITS_STATE);
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one.isBefore(other) ? one : other;
    }
  }
}
