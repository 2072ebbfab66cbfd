package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of budgets: says which alerts are legal and which must have been told.
 *
 * <p>By which version of a budget usage is judged depends on what the instance has seen. An
 * onlooker knows bounds: at least what was visible at an earlier delta of the organization, at most
 * what anybody has seen. A running period must stand as some version between them says; one that is
 * over is changed by usage in it only.
 */
final class BudgetLedger {
  private static final Duration JUDGED_FOR = Duration.ofDays(400);

  /** More changes than this at once may come into force in several steps. */
  private static final int MOST_CHANGES_AT_ONCE = 6;

  private final AuditedTables tables;
  private final AuditedSums sums;
  private final Map<String, Known> budgets = new TreeMap<>();
  private final Set<String> toldIds = new HashSet<>();

  /** What the auditor knows of one budget. */
  private static final class Known {
    /** The offset of the version that is in force at least; -1 before any is. */
    private long atLeast = -1;

    /** The offset after the newest version that anybody judging has seen. */
    private long seenTo;

    private int newestTold;
    private final TreeMap<Instant, TreeMap<BigDecimal, Episode>> episodes = new TreeMap<>();
    private final Set<Instant> judgedAt = new TreeSet<>();

    private boolean isOpenAt(Instant now) {
      return episodes.values().stream()
          .flatMap(inPeriod -> inPeriod.values().stream())
          .anyMatch(episode -> episode.open && !episode.window.isOverAt(now));
    }
  }

  private record Episode(int number, boolean open, AuditedPeriods.Window window) {}

  BudgetLedger(AuditedTables tables, AuditedSums sums) {
    this.tables = tables;
    this.sums = sums;
  }

  /**
   * Judges what was told after an act.
   *
   * @param delta what was read; null if it was none
   * @param alerts of the transaction that no act before explains
   */
  void after(Commit.Act act, @Nullable UsageDelta delta, Deque<BudgetAlert> alerts) {
    see(act);
    while (!alerts.isEmpty() && explains(act, alerts.peek())) {
      tell(alerts.remove());
    }
    if (delta != null) {
      checkTouched(delta, act);
    }
  }

  /** Everything that was told is explained by now. */
  void none(@Nullable BudgetAlert left) {
    if (left != null) {
      throw new InvariantBroken(
          "alerts-legal",
          "nothing explains %s %s at %s"
              .formatted(left.getKind(), left.getAlertId(), left.getSpend()));
    }
  }

  private Known known(String budget) {
    return budgets.computeIfAbsent(budget, id -> new Known());
  }

  private void see(Commit.Act act) {
    long to = act.tables().of(AuditedTables.BUDGETS);
    for (String id : tables.budgetIds()) {
      Known known = known(id);
      known.seenTo = Math.max(known.seenTo, to);
    }
  }

  /** Whether an alert is what that act had to tell, as far as one alert shows. */
  private boolean explains(Commit.Act act, BudgetAlert alert) {
    if (alert.getRaisedAt().toEpochMilli() != act.at()) {
      return false;
    }
    Known known = known(alert.getBudgetId());
    Budget budget = null;
    boolean replaced = false;
    for (Budget version :
        tables.budgetVersions(alert.getBudgetId()).headMap(known.seenTo).values()) {
      if (version != null && version.getVersion() == alert.getBudgetVersion()) {
        budget = version;
      } else if (budget != null) {
        replaced |= version == null || !AuditedSums.isCutAlike(version, budget);
      }
    }
    if (budget == null || alert.getAmount().compareTo(budget.getAmount()) != 0) {
      return false;
    }
    AuditedPeriods.Window window =
        new AuditedPeriods.Window(alert.getPeriodStart(), alert.getPeriodEnd());
    BigDecimal spend = sums.spend(budget, window);
    if (spend.compareTo(alert.getSpend()) != 0) {
      return false;
    }
    boolean crossed = isCrossed(budget, alert.getThreshold(), spend);
    return alert.getKind() == AlertKind.CROSSED
        ? crossed && sums.window(budget, window.start()).equals(window)
        // What an earlier cut left behind also ends when usage comes in the period of today's cut.
        : replaced || !crossed || !sums.window(budget, window.start()).equals(window);
  }

  private static boolean isCrossed(Budget budget, BigDecimal threshold, BigDecimal spend) {
    return budget.getThresholds().stream().anyMatch(one -> one.compareTo(threshold) == 0)
        && spend.compareTo(threshold.multiply(budget.getAmount())) >= 0;
  }

  private void tell(BudgetAlert alert) {
    unless(
        toldIds.add(alert.getAlertId() + "/" + alert.getKind()),
        "alerts-legal",
        "%s %s was told twice",
        alert.getKind(),
        alert.getAlertId());
    Known known = known(alert.getBudgetId());
    unless(
        alert.getBudgetVersion() >= known.newestTold,
        "alerts-legal",
        "%s is by version %d, after one by version %d",
        alert.getAlertId(),
        alert.getBudgetVersion(),
        known.newestTold);
    known.newestTold = alert.getBudgetVersion();
    AuditedPeriods.Window window =
        new AuditedPeriods.Window(alert.getPeriodStart(), alert.getPeriodEnd());
    TreeMap<BigDecimal, Episode> inPeriod =
        known.episodes.computeIfAbsent(window.start(), start -> new TreeMap<>());
    Episode before = inPeriod.getOrDefault(alert.getThreshold(), new Episode(0, false, window));
    boolean crossed = alert.getKind() == AlertKind.CROSSED;
    int expected = crossed ? before.number + 1 : before.number;
    unless(
        before.open != crossed && alert.getEpisode() == expected,
        "alerts-legal",
        "%s %s after %s",
        alert.getKind(),
        alert.getAlertId(),
        before);
    inPeriod.put(alert.getThreshold(), new Episode(expected, crossed, window));
  }

  /** Every budget that a delta touched stands as its spend says. */
  private void checkTouched(UsageDelta delta, Commit.Act act) {
    Instant now = Instant.ofEpochMilli(act.at());
    Map<AuditedScope, Set<Instant>> touched = sums.touched(delta);
    Map<String, Long> fresh = fresh(delta.getOrganizationId(), act.tables());
    for (String id : tables.budgetIds()) {
      Budget first = tables.budgetVersions(id).firstEntry().getValue();
      if (first == null || !first.getOrganizationId().equals(delta.getOrganizationId())) {
        continue;
      }
      Known known = known(id);
      long before = known.atLeast;
      if (fresh.size() <= MOST_CHANGES_AT_ONCE && fresh.containsKey(id)) {
        known.atLeast = fresh.get(id);
      }
      if (known.atLeast < 0) {
        continue;
      }
      for (Instant time : touched.getOrDefault(AuditedScope.of(first), Set.of())) {
        known.judgedAt.add(time);
        // What was in force before the first that is known for sure, an onlooker cannot say.
        check(id, time, now, known.atLeast, before);
      }
    }
  }

  /** The newest visible versions of an organization's budgets that were not in force before. */
  private Map<String, Long> fresh(String organization, TablePositions at) {
    Map<String, Long> fresh = new HashMap<>();
    for (String id : tables.budgetIds()) {
      NavigableMap<Long, @Nullable Budget> versions = tables.budgetVersions(id);
      Budget first = versions.firstEntry().getValue();
      Long newest = versions.lowerKey(at.of(AuditedTables.BUDGETS));
      if (newest != null
          && newest > known(id).atLeast
          // A table that lags behind the one that a budget came from puts its deletion off (the
          // line's own rule: it must not bring a deleted budget back); at rest it must be in force.
          && versions.get(newest) != null
          && first != null
          && first.getOrganizationId().equals(organization)) {
        fresh.put(id, newest);
      }
    }
    return fresh;
  }

  /**
   * Checks what stands for a budget at an event time.
   *
   * @param running the offset of the oldest version by which a running period may stand
   * @param over the same of a period that is over; -1 if nobody can say
   */
  private void check(String id, Instant time, Instant now, long running, long over) {
    Known known = known(id);
    List<String> mismatches = new ArrayList<>();
    boolean inLongerPeriod = false;
    for (Map.Entry<Long, @Nullable Budget> version :
        tables.budgetVersions(id).headMap(Math.max(known.seenTo, running + 1)).entrySet()) {
      Budget budget = version.getValue();
      if (budget == null) {
        if (version.getKey() >= over && !known.isOpenAt(now)) {
          return;
        }
        mismatches.add("deleted, but open");
        continue;
      }
      AuditedPeriods.Window window = sums.window(budget, time);
      if (window.isOverAt(now.minus(JUDGED_FOR))) {
        return;
      }
      if (over < 0 && window.isOverAt(now)) {
        // An edit came into force after its end, and what judged it before is not known.
        return;
      }
      boolean isOver = window.isOverAt(now);
      if (version.getKey() >= (isOver ? over : running)) {
        String mismatch = mismatch(known, budget, window);
        // An edit looks back to no period that is over: usage in it that came right before the edit
        // was judged in the longer period which the budget had until then.
        if (mismatch == null || (isOver && inLongerPeriod)) {
          return;
        }
        mismatches.add(mismatch);
      } else if (version.getKey() >= over) {
        inLongerPeriod = true;
      }
    }
    throw new InvariantBroken(
        "alerts-true",
        "%s at %s, by versions from %d (%d where over) to %d, now %s: %s"
            .formatted(id, time, running, over, known.seenTo, now, mismatches));
  }

  private @Nullable String mismatch(Known known, Budget budget, AuditedPeriods.Window window) {
    BigDecimal spend = sums.spend(budget, window);
    TreeMap<BigDecimal, Episode> inPeriod =
        known.episodes.getOrDefault(window.start(), new TreeMap<>());
    Set<BigDecimal> thresholds = new TreeSet<>(budget.getThresholds());
    thresholds.addAll(inPeriod.keySet());
    for (BigDecimal value : thresholds) {
      Episode episode = inPeriod.get(value);
      boolean open = episode != null && episode.open;
      if (open != isCrossed(budget, value, spend)) {
        return "version %d at %s of %s in %s: spend is %s, but it is %s"
            .formatted(
                budget.getVersion(),
                value,
                budget.getAmount(),
                window,
                spend,
                episode == null ? "not told" : episode);
      }
    }
    return null;
  }

  /**
   * At rest every budget stands as its newest version says in every running period it was judged
   * in, and in that of now.
   */
  void auditAtRest(Instant now) {
    for (String id : tables.budgetIds()) {
      NavigableMap<Long, @Nullable Budget> versions = tables.budgetVersions(id);
      Budget first = versions.firstEntry().getValue();
      if (first == null || !sums.hasUsage(first.getOrganizationId())) {
        continue;
      }
      Set<Instant> times = new TreeSet<>(known(id).judgedAt);
      times.add(now);
      Budget newest = versions.lastEntry().getValue();
      for (Instant time : times) {
        // A period that is over was checked with the last usage in it.
        if (newest == null || !sums.window(newest, time).isOverAt(now)) {
          check(id, time, now, versions.lastKey(), versions.lastKey());
        }
      }
    }
  }
}
