package io.tollgate.streams;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Organization;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings new, edited and deleted budgets into force, in steps of bounded work: thousands may change
 * at once, and each may need the sums of weeks.
 *
 * <p>Which periods are judged then: the current one and later ones. A period that is over is
 * changed only by usage in it, because its alerts were true when they were told. A new budget
 * starts from the tallies, which hold all usage there was; an edit of the amount, the thresholds or
 * the name keeps the spend; another period or anchor day is judged from the tallies, and what was
 * open in a running period of the former kind is retracted. The last also holds for deletion, after
 * which nothing is known of the budget.
 */
final class BudgetChanges {
  private static final Logger LOG = LoggerFactory.getLogger(BudgetChanges.class);
  private static final int MOST_CHANGES_AT_ONCE = 1_000;

  private final GlobalTables tables;
  private final OrganizationStates organizations;
  private final TalliedSubjects subjects;
  private final Tallies tallies;
  private final InForceBudgets inForce;
  private final BudgetStates states;
  private final BudgetJudgements judgements;

  /** Ids to look at; each at most once. */
  private final LinkedHashSet<String> due = new LinkedHashSet<>();

  /** Ids that the tables do not know enough about yet. */
  private final Set<String> later = new HashSet<>();

  private final Set<String> organizationsHere = new HashSet<>();
  private long budgetsSeen;
  private long zonesSeen;
  private long tablesSeen = -1;

  BudgetChanges(
      GlobalTables tables,
      OrganizationStates organizations,
      TalliedSubjects subjects,
      Tallies tallies,
      InForceBudgets inForce,
      BudgetStates states,
      BudgetJudgements judgements) {
    this.tables = tables;
    this.organizations = organizations;
    this.subjects = subjects;
    this.tallies = tallies;
    this.inForce = inForce;
    this.states = states;
    this.judgements = judgements;
    // One that was deleted long ago has left no record that would tell of it.
    for (String id : inForce.ids()) {
      if (tables.budgets().get(id) == null) {
        due.add(id);
      }
    }
  }

  /** Budgets that were passed over while their organization had no usage have it now. */
  void organizationIsHere(String organizationId) {
    if (organizationsHere.add(organizationId)) {
      due.addAll(tables.budgets().of(organizationId));
    }
  }

  /** Periods after the running ones are cut in the zone that is published now. */
  void takeOverZones(Instant now) {
    for (ChangeLog.Change change :
        tables.organizationChanges().after(zonesSeen, MOST_CHANGES_AT_ONCE)) {
      zonesSeen = change.number();
      OrganizationState state = organizations.get(change.id());
      if (state != null) {
        OrganizationState refreshed = organizations.refreshed(change.id(), state, now);
        if (!refreshed.equals(state)) {
          organizations.put(change.id(), refreshed);
        }
      }
    }
  }

  /** Looks again at what the tables did not know enough about, if they have changed since. */
  void retry() {
    long version = tables.version();
    if (version != tablesSeen) {
      tablesSeen = version;
      due.addAll(later);
      later.clear();
    }
  }

  /**
   * @param mostReads after which the step ends; what is left comes with the next
   * @param added the usage that was judged last: new budgets are judged in its periods as well
   */
  void step(int mostReads, Instant now, @Nullable ScopeChanges added) {
    int reads = 0;
    while (reads < mostReads && (!due.isEmpty() || takeChanges())) {
      reads += 1 + bringIntoForce(due.removeFirst(), now, added);
    }
  }

  private boolean takeChanges() {
    for (ChangeLog.Change change :
        tables.budgets().changes().after(budgetsSeen, MOST_CHANGES_AT_ONCE)) {
      budgetsSeen = change.number();
      due.add(change.id());
    }
    return !due.isEmpty();
  }

  /** The number of tallies and states that were read. */
  private int bringIntoForce(String id, Instant now, @Nullable ScopeChanges added) {
    Budget published = tables.budgets().get(id);
    Budget former = inForce.get(id);
    if (published == null) {
      return former == null ? 0 : end(former, now);
    }
    if (former != null && former.getVersion() >= published.getVersion()) {
      return 0;
    }
    if (former == null && inForce.mayShowDeleted(tables.readTo(Topics.BUDGETS))) {
      // It may have been deleted where this task was before.
      later.add(id);
      return 0;
    }
    OrganizationState organization = organizations.get(published.getOrganizationId());
    if (organization == null) {
      // Another task's, or without usage so far.
      return 0;
    }
    ZoneHistory zones = organization.zones();
    if (zones == null) {
      later.add(id);
      return 0;
    }
    if (!isJudgeable(published, former)) {
      return 0;
    }
    Subject subject = Scope.of(published).subject();
    if (subject != null && former == null) {
      OrganizationState pinned = subjects.pin(published.getOrganizationId(), subject, organization);
      if (!pinned.equals(organization)) {
        organizations.put(published.getOrganizationId(), pinned);
      }
    }
    inForce.put(published, tables.readTo(Topics.BUDGETS));
    return former == null || !PeriodCut.of(former).equals(PeriodCut.of(published))
        ? judgeAnew(published, former, zones, now, added)
        : judgeEdited(published, former, zones, now);
  }

  private boolean isJudgeable(Budget budget, @Nullable Budget former) {
    Organization organization = tables.organization(budget.getOrganizationId());
    if (organization != null && !organization.getCurrency().equals(budget.getCurrency())) {
      LOG.error("budget {} is in another currency than usage; left out", budget.getBudgetId());
      return false;
    }
    if (former != null && !Scope.of(former).equals(Scope.of(budget))) {
      LOG.error("budget {} has moved to another scope; left out", budget.getBudgetId());
      return false;
    }
    return true;
  }

  private int judgeEdited(Budget budget, Budget former, ZoneHistory zones, Instant now) {
    PeriodCut cut = PeriodCut.of(budget);
    PeriodWindow current = zones.windowAt(cut, now);
    List<BudgetState> known = states.of(budget.getBudgetId());
    boolean currentKnown = false;
    for (BudgetState state : known) {
      // What another period or anchor day left behind was ended with it.
      boolean ofThisCut = state.window().equals(zones.windowAt(cut, state.window().start()));
      if (ofThisCut && !state.window().isOverAt(now)) {
        currentKnown |= state.window().equals(current);
        judgements.conclude(
            budget, former, state.window(), state, state.spend(), Occasion.edit(now));
      }
    }
    if (!currentKnown) {
      // Without usage since it came into force, or it would be known.
      judgements.conclude(
          budget,
          former,
          current,
          states.get(budget.getBudgetId(), current),
          tallies.spendIn(Scope.of(budget), current),
          Occasion.edit(now));
    }
    return known.size();
  }

  private int judgeAnew(
      Budget budget,
      @Nullable Budget former,
      ZoneHistory zones,
      Instant now,
      @Nullable ScopeChanges added) {
    Scope scope = Scope.of(budget);
    PeriodCut cut = PeriodCut.of(budget);
    Spends spends = new Spends(cut, zones, zones.windowAt(cut, now));
    tallies.forEach(scope, spends.first.firstQuarterHour(), Integer.MAX_VALUE, spends::add);
    if (former == null && added != null) {
      for (Integer quarter : added.of(scope).keySet()) {
        PeriodWindow window = zones.windowAt(cut, new QuarterHour(quarter).start());
        if (!judgements.isForgotten(window, now)) {
          spends.byWindow.computeIfAbsent(window, w -> tallies.spendIn(scope, w));
        }
      }
    }
    List<BudgetState> known = states.of(budget.getBudgetId());
    Budget told = former == null ? budget : former;
    for (BudgetState state : known) {
      boolean replaced =
          spends.byWindow.keySet().stream()
              .anyMatch(window -> window.start().equals(state.window().start()));
      if (!replaced && !state.window().isOverAt(now)) {
        judgements.retract(told, state, Occasion.edit(now));
      }
    }
    spends.byWindow.forEach(
        (window, spend) ->
            judgements.conclude(
                budget,
                told,
                window,
                states.get(budget.getBudgetId(), window),
                spend,
                Occasion.edit(now)));
    return spends.cells + known.size();
  }

  /** What was spent in each period from the first on; cells come in order of time. */
  private static final class Spends {
    private final PeriodCut cut;
    private final ZoneHistory zones;
    private final PeriodWindow first;
    private final Map<PeriodWindow, Money> byWindow = new LinkedHashMap<>();
    private PeriodWindow window;
    private int cells;

    private Spends(PeriodCut cut, ZoneHistory zones, PeriodWindow first) {
      this.cut = cut;
      this.zones = zones;
      this.first = first;
      this.window = first;
      byWindow.put(first, Money.ZERO);
    }

    private void add(Tally tally, int quarterHour) {
      Instant start = new QuarterHour(quarterHour).start();
      if (!window.holds(start)) {
        window = zones.windowAt(cut, start);
      }
      byWindow.merge(window, tally.cost(), Money::plus);
      cells++;
    }
  }

  private int end(Budget budget, Instant now) {
    String id = budget.getBudgetId();
    if (tables.readTo(Topics.BUDGETS) < inForce.readTo(id)) {
      // This table lags behind the one that the budget came from.
      later.add(id);
      return 0;
    }
    List<BudgetState> known = states.of(id);
    for (BudgetState state : known) {
      if (!state.window().isOverAt(now)) {
        judgements.retract(budget, state, Occasion.edit(now));
      }
      states.remove(id, state.window());
    }
    inForce.remove(budget, tables.readTo(Topics.BUDGETS));
    Scope scope = Scope.of(budget);
    if (scope.subject() != null
        && !inForce.subjects(budget.getOrganizationId()).contains(scope.subject())) {
      subjects.unpin(budget.getOrganizationId(), scope.subject(), Tallies.dayOf(now));
    }
    judgements.tellLimits(new BudgetEnded(id, scope), now.toEpochMilli());
    return known.size();
  }
}
