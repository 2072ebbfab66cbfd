package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.Organization;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the spend of every budget whose scope has usage, and tells each crossing of a threshold
 * once.
 *
 * <p>A budget's period is first met either through usage in it or because the budget is new or
 * edited; its spend then comes from the tallies, which hold the exact history, and is carried on
 * from there. Deltas, states and alerts share one transaction, so a crossing is told by exactly the
 * commit that makes it true.
 */
final class JudgeThresholds implements Processor<String, ScopeChanges, String, Object> {
  private static final Logger LOG = LoggerFactory.getLogger(JudgeThresholds.class);
  private static final Duration LOOK_FOR_EDITS = Duration.ofMillis(500);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
  private static final int MOST_LOOKS = 250;

  private final GlobalTables tables;
  private final BudgetIndex index;

  /** The version of each budget that this task has judged since it was opened. */
  private final Map<String, Integer> judgedVersions = new HashMap<>();

  /** The state of the tables at the last look for edits. */
  private long judgedTables = -1;

  private @Nullable ProcessorContext<String, Object> context;
  private @Nullable KeyValueStore<Bytes, byte[]> tallies;
  private @Nullable KeyValueStore<String, byte[]> states;

  JudgeThresholds(GlobalTables tables) {
    this.tables = tables;
    this.index = new BudgetIndex(tables);
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.tallies = context.getStateStore(BudgetTopology.TALLIES);
    this.states = context.getStateStore(BudgetTopology.BUDGET_STATES);
    judgedVersions.clear();
    judgedTables = -1;
    context.schedule(LOOK_FOR_EDITS, PunctuationType.WALL_CLOCK_TIME, now -> judgeEdited());
  }

  @Override
  public void process(Record<String, ScopeChanges> record) {
    index.refresh();
    ScopeChanges changes = record.value();
    ZoneId zone = zoneOf(changes.organizationId());
    changes
        .added()
        .forEach(
            (scope, quarters) -> {
              for (Budget budget : index.on(scope)) {
                if (budget.getCurrency().equals(changes.currency())) {
                  judge(budget, scope, quarters, zone);
                } else {
                  LOG.error(
                      "budget {} is in another currency than usage; left out",
                      budget.getBudgetId());
                }
              }
            });
    tellLimits(changes, record.timestamp());
  }

  private void judge(Budget budget, Scope scope, Map<Integer, Tally> quarters, ZoneId zone) {
    Period period = Period.of(budget.getPeriod());
    Map<PeriodWindow, Money> added = new HashMap<>();
    quarters.forEach(
        (quarter, tally) ->
            added.merge(
                period.windowAt(new QuarterHour(quarter).start(), zone),
                tally.cost(),
                Money::plus));
    added.forEach(
        (window, cost) -> {
          byte[] bytes = required(states).get(stateKey(budget, window));
          BudgetState before = bytes == null ? null : BudgetState.fromBytes(bytes);
          if (before == null || before.budgetVersion() != budget.getVersion()) {
            // The tallies hold this delta already.
            conclude(budget, window, episodes(before), spendIn(scope, window));
          } else {
            conclude(budget, window, before.episodes(), before.spend().plus(cost));
          }
        });
  }

  /** New and edited budgets: the period of today and every period that was judged before. */
  private void judgeEdited() {
    long now = index.refresh();
    if (now == judgedTables) {
      return;
    }
    judgedTables = now;
    for (List<Budget> onOneScope : index.all()) {
      for (Budget budget : onOneScope) {
        Integer judged = judgedVersions.put(budget.getBudgetId(), budget.getVersion());
        if ((judged == null || judged != budget.getVersion()) && hasUsageHere(budget)) {
          judgeAnew(budget);
        }
      }
    }
  }

  private void judgeAnew(Budget budget) {
    Scope scope = Scope.of(budget);
    ZoneId zone = zoneOf(budget.getOrganizationId());
    Instant now = Instant.ofEpochMilli(required(context).currentSystemTimeMs());
    Map<PeriodWindow, BudgetState> known = knownPeriods(budget, zone);
    known.putIfAbsent(
        Period.of(budget.getPeriod()).windowAt(now, zone),
        new BudgetState(0, Money.ZERO, List.of()));
    known.forEach(
        (window, state) -> {
          if (state.budgetVersion() != budget.getVersion()) {
            conclude(budget, window, state.episodes(), spendIn(scope, window));
          }
        });
  }

  private Map<PeriodWindow, BudgetState> knownPeriods(Budget budget, ZoneId zone) {
    Map<PeriodWindow, BudgetState> known = new HashMap<>();
    Period period = Period.of(budget.getPeriod());
    String prefix = budget.getBudgetId() + '/';
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    try (KeyValueIterator<String, byte[]> all =
        required(states).range(prefix, budget.getBudgetId() + '0')) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> state = all.next();
        String[] parts = state.key.split("/", -1);
        Instant start = Instant.ofEpochSecond(Long.parseLong(parts[1]));
        known.put(period.windowAt(start, zone), BudgetState.fromBytes(state.value));
      }
    }
    return known;
  }

  private void conclude(
      Budget budget, PeriodWindow window, List<BudgetState.Episode> before, Money spend) {
    Thresholds.Judgement judgement = Thresholds.judge(before, budget, spend);
    required(states).put(stateKey(budget, window), judgement.state().toBytes());
    long now = required(context).currentSystemTimeMs();
    for (Thresholds.Change change : judgement.changes()) {
      BudgetAlert alert = Alerts.of(budget, window, change, spend, Instant.ofEpochMilli(now));
      LOG.info(
          "{} {} at {} of {}",
          alert.getKind(),
          alert.getAlertId(),
          alert.getSpend(),
          alert.getAmount());
      required(context)
          .forward(new Record<>(budget.getBudgetId(), alert, now), BudgetTopology.ALERTS);
    }
    List<BigDecimal> open =
        judgement.state().episodes().stream()
            .filter(BudgetState.Episode::open)
            .map(BudgetState.Episode::threshold)
            .toList();
    tellLimits(new BudgetStanding(budget, Scope.of(budget), window, spend, open), now);
  }

  private void tellLimits(LimitInput told, long now) {
    required(context)
        .forward(new Record<>(told.organizationId(), told, now), BudgetTopology.LIMITS);
  }

  private Money spendIn(Scope scope, PeriodWindow window) {
    Money spend = Money.ZERO;
    try (KeyValueIterator<Bytes, byte[]> quarters =
        required(tallies)
            .range(
                TallyKey.of(scope, window.firstQuarterHour()),
                TallyKey.of(scope, window.lastQuarterHour()))) {
      while (quarters.hasNext()) {
        spend = spend.plus(Tally.fromBytes(quarters.next().value).cost());
      }
    }
    return spend;
  }

  /** Deltas of an organization come to one task only; the others have no tally of it. */
  private boolean hasUsageHere(Budget budget) {
    Scope scope = Scope.organization(budget.getOrganizationId());
    try (KeyValueIterator<Bytes, byte[]> quarters =
        required(tallies)
            .range(TallyKey.of(scope, Integer.MIN_VALUE), TallyKey.of(scope, Integer.MAX_VALUE))) {
      return quarters.hasNext();
    }
  }

  /**
   * The organization was published before the meter topology could rate its event, but this
   * instance's table may lag behind by a moment: it is waited for, and a longer lag is an error
   * that starts the task anew.
   */
  private ZoneId zoneOf(String organizationId) {
    for (int look = 0; look < MOST_LOOKS; look++) {
      Organization organization = tables.organization(organizationId);
      if (organization != null) {
        return ZoneId.of(organization.getTimeZone());
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    throw new IllegalStateException(
        "organization "
            + organizationId
            + " has usage but is not in "
            + Topics.ORGANIZATIONS.name());
  }

  private static List<BudgetState.Episode> episodes(@Nullable BudgetState state) {
    return state == null ? List.of() : state.episodes();
  }

  private static String stateKey(Budget budget, PeriodWindow window) {
    return budget.getBudgetId() + '/' + window.start().getEpochSecond();
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not initialized");
    }
    return value;
  }
}
