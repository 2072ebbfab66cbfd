package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.Budget;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the spend of every budget whose scope has usage, tells each crossing of a threshold once,
 * and hands on to the limits what budgets come to.
 *
 * <p>Usage is judged by the budgets that are in force here; new, edited and deleted ones come into
 * force between deltas, a bounded number at a time ({@link BudgetChanges}). Deltas, states and
 * alerts share one transaction, so a crossing is told by exactly the commit that makes it true.
 */
final class JudgeThresholds implements Processor<String, ScopeChanges, String, Object> {
  private static final Duration LOOK_FOR_CHANGES = Duration.ofMillis(250);

  private final GlobalTables tables;
  private final BudgetBounds bounds;
  private final AvroSerde<Budget> serde;
  private @Nullable Task task;

  /** What belongs to one opened task. */
  private record Task(
      ProcessorContext<String, Object> context,
      Tallies tallies,
      OrganizationStates organizations,
      InForceBudgets inForce,
      BudgetStates states,
      BudgetJudgements judgements,
      BudgetChanges changes) {}

  JudgeThresholds(GlobalTables tables, BudgetBounds bounds, AvroSerde<Budget> serde) {
    this.tables = tables;
    this.bounds = bounds;
    this.serde = serde;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    TaskCell<TaskTallies> shared = context.getStateStore(BudgetTopology.TASK_TALLIES);
    Tallies tallies = shared.get().tallies();
    OrganizationStates organizations =
        new OrganizationStates(context.getStateStore(BudgetTopology.ORGANIZATION_STATES), tables);
    TalliedSubjects subjects = shared.get().subjects();
    InForceBudgets inForce =
        new InForceBudgets(context.getStateStore(BudgetTopology.BUDGETS_IN_FORCE), serde);
    BudgetStates states = new BudgetStates(context.getStateStore(BudgetTopology.BUDGET_STATES));
    BudgetJudgements judgements =
        new BudgetJudgements(context, shared.get().commits(), states, bounds.periodsKept());
    task =
        new Task(
            context,
            tallies,
            organizations,
            inForce,
            states,
            judgements,
            new BudgetChanges(
                tables, organizations, subjects, tallies, inForce, states, judgements));
    context.schedule(LOOK_FOR_CHANGES, PunctuationType.WALL_CLOCK_TIME, now -> look(now));
  }

  @Override
  public void process(Record<String, ScopeChanges> record) {
    Task now = opened();
    ScopeChanges added = record.value();
    ZoneHistory zones = now.organizations.zones(added.organizationId());
    if (zones != null) {
      judge(now, added, added.nodes(), zones);
      Set<Subject> named = now.inForce.subjects(added.organizationId());
      judge(now, added, added.inside(named), zones);
    }
    now.changes.organizationIsHere(added.organizationId());
    now.changes.step(bounds.readsPerDelta(), time(now), added);
    now.judgements.tellLimits(added, record.timestamp());
  }

  private static void judge(
      Task task, ScopeChanges added, Map<Scope, Map<Integer, Tally>> sums, ZoneHistory zones) {
    sums.forEach(
        (scope, quarters) -> {
          for (Budget budget : task.inForce.on(scope)) {
            // Governance refuses another currency; its budget could not be judged.
            if (budget.getCurrency().equals(added.currency())) {
              judge(task, budget, scope, quarters, zones, added.appendedFrom());
            }
          }
        });
  }

  private static void judge(
      Task task,
      Budget budget,
      Scope scope,
      Map<Integer, Tally> quarters,
      ZoneHistory zones,
      @Nullable Instant appendedFrom) {
    PeriodCut cut = PeriodCut.of(budget);
    Map<PeriodWindow, Money> added = new HashMap<>();
    quarters.forEach(
        (quarter, tally) ->
            added.merge(
                zones.windowAt(cut, new QuarterHour(quarter).start()), tally.cost(), Money::plus));
    Instant now = time(task);
    added.forEach(
        (window, cost) -> {
          if (task.judgements.isForgotten(window, now)) {
            return;
          }
          BudgetState before = task.states.get(budget.getBudgetId(), window);
          if (before != null && !before.window().equals(window)) {
            // What is retracted of it is told with all that was spent in it until now.
            Money until = task.tallies.spendIn(scope, before.window());
            before =
                new BudgetState(before.budgetVersion(), before.window(), until, before.episodes());
          }
          // The tallies hold this delta already.
          Money spend =
              before != null && isComplete(before, budget, window)
                  ? before.spend().plus(cost)
                  : task.tallies.spendIn(scope, window);
          task.judgements.conclude(
              budget, budget, window, before, spend, new Occasion(now, appendedFrom));
        });
  }

  /**
   * Whether a state holds all that was spent in a period before. One of an older version may not:
   * edits leave periods that are over alone, and while the budget had another period or anchor day
   * in between, usage was added to the states of that one only.
   */
  private static boolean isComplete(BudgetState state, Budget budget, PeriodWindow window) {
    return state.budgetVersion() == budget.getVersion() && state.window().equals(window);
  }

  private void look(long now) {
    Task task = opened();
    Instant time = Instant.ofEpochMilli(now);
    task.changes.takeOverZones(time);
    task.changes.retry();
    task.changes.step(bounds.readsPerStep(), time, null);
  }

  private static Instant time(Task task) {
    return Instant.ofEpochMilli(task.context.currentSystemTimeMs());
  }

  private Task opened() {
    return Objects.requireNonNull(task, "not initialized");
  }
}
