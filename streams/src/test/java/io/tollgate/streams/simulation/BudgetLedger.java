package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of the budget topology: sums the deltas itself, cuts the periods itself, and says
 * which alerts are legal and which must have been told.
 */
final class BudgetLedger {
  private static final int SECONDS_PER_QUARTER = 900;

  private final SimulatedBroker broker;
  private final Wire wire;
  private final AuditedTables tables;

  /** Cost by scope and quarter-hour, of all deltas that were read in a committed transaction. */
  private final Map<String, TreeMap<Integer, BigDecimal>> sums = new HashMap<>();

  /** The newest episode by budget, period and threshold. */
  private final Map<Threshold, Episode> episodes = new HashMap<>();

  private final Set<String> toldIds = new HashSet<>();

  /** Periods that a budget was judged in, by budget. */
  private final Map<String, Set<Instant>> judged = new TreeMap<>();

  private record Threshold(String budget, Instant periodStart, BigDecimal value) {}

  private record Episode(int number, boolean open) {}

  BudgetLedger(SimulatedBroker broker, Wire wire, AuditedTables tables) {
    this.broker = broker;
    this.wire = wire;
    this.tables = tables;
  }

  void audit(Commit commit) {
    Deque<BudgetAlert> alerts = new ArrayDeque<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("budget.alerts")) {
        alerts.add(wire.read(entry.value(), BudgetAlert.class));
      }
    }
    for (Commit.Act act : commit.acts()) {
      UsageDelta delta = act instanceof Commit.Act.Read read ? add(read) : null;
      while (!alerts.isEmpty() && explains(act, alerts.peek())) {
        tell(alerts.remove());
      }
      if (delta != null) {
        checkTouched(delta, act.tables());
      }
    }
    unless(
        alerts.isEmpty(),
        "alerts-legal",
        "nothing explains %s %s at %s",
        alerts.isEmpty() ? "" : alerts.peek().getKind(),
        alerts.isEmpty() ? "" : alerts.peek().getAlertId(),
        alerts.isEmpty() ? "" : alerts.peek().getSpend());
  }

  private UsageDelta add(Commit.Act.Read read) {
    SimulatedBroker.Entry entry =
        Objects.requireNonNull(
            broker.log(Application.BUDGET.source(), read.partition()).from(read.offset()));
    UsageDelta delta = wire.read(entry.value(), UsageDelta.class);
    for (DeltaEntry one : delta.getEntries()) {
      for (String scope : scopes(delta, one)) {
        sums.computeIfAbsent(scope, s -> new TreeMap<>())
            .merge(one.getQuarterHour(), one.getCost(), BigDecimal::add);
      }
    }
    return delta;
  }

  private static List<String> scopes(UsageDelta delta, DeltaEntry entry) {
    String organization = delta.getOrganizationId();
    return List.of(
        organization + "/ORGANIZATION/" + organization,
        organization + "/WORKSPACE/" + entry.getWorkspaceId(),
        organization + "/API_KEY/" + entry.getApiKeyId());
  }

  private static String scope(Budget budget) {
    String id =
        switch (budget.getScope()) {
          case ORGANIZATION -> budget.getOrganizationId();
          case WORKSPACE -> budget.getWorkspaceId();
          case API_KEY -> budget.getApiKeyId();
        };
    return budget.getOrganizationId() + "/" + budget.getScope() + "/" + id;
  }

  /** Whether an alert is what that act had to tell, as far as one alert shows. */
  private boolean explains(Commit.Act act, BudgetAlert alert) {
    if (alert.getRaisedAt().toEpochMilli() != act.at()) {
      return false;
    }
    Budget budget = budget(alert.getBudgetId(), act.tables());
    if (budget == null || budget.getVersion() != alert.getBudgetVersion()) {
      return false;
    }
    AuditedPeriods.Window window = window(budget, alert.getPeriodStart(), act.tables());
    BigDecimal spend = spend(budget, window);
    return window.start().equals(alert.getPeriodStart())
        && Objects.equals(window.end(), alert.getPeriodEnd())
        && spend.compareTo(alert.getSpend()) == 0
        && alert.getAmount().compareTo(budget.getAmount()) == 0
        && isCrossed(budget, alert.getThreshold(), spend) == (alert.getKind() == AlertKind.CROSSED);
  }

  private @Nullable Budget budget(String id, TablePositions at) {
    return tables.budgets(at).stream()
        .filter(budget -> budget.getBudgetId().equals(id))
        .findAny()
        .orElse(null);
  }

  private AuditedPeriods.Window window(Budget budget, Instant time, TablePositions at) {
    Organization organization = tables.organization(budget.getOrganizationId(), at);
    return AuditedPeriods.at(
        budget.getPeriod(), Objects.requireNonNull(organization).getTimeZone(), time);
  }

  private BigDecimal spend(Budget budget, AuditedPeriods.Window window) {
    BigDecimal spend = BigDecimal.ZERO;
    for (Map.Entry<Integer, BigDecimal> quarter :
        sums.getOrDefault(scope(budget), new TreeMap<>()).entrySet()) {
      if (window.holds(Instant.ofEpochSecond((long) quarter.getKey() * SECONDS_PER_QUARTER))) {
        spend = spend.add(quarter.getValue());
      }
    }
    return spend;
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
    Threshold threshold =
        new Threshold(
            alert.getBudgetId(), alert.getPeriodStart(), alert.getThreshold().stripTrailingZeros());
    Episode before = episodes.getOrDefault(threshold, new Episode(0, false));
    boolean crossed = alert.getKind() == AlertKind.CROSSED;
    int expected = crossed ? before.number + 1 : before.number;
    unless(
        before.open != crossed && alert.getEpisode() == expected,
        "alerts-legal",
        "%s %d of %s after %s",
        alert.getKind(),
        alert.getEpisode(),
        threshold,
        before);
    episodes.put(threshold, new Episode(expected, crossed));
    judged.computeIfAbsent(alert.getBudgetId(), b -> new TreeSet<>()).add(alert.getPeriodStart());
  }

  /** Every budget that a delta touched stands as its spend says. */
  private void checkTouched(UsageDelta delta, TablePositions at) {
    Map<String, Set<Integer>> touched = new HashMap<>();
    for (DeltaEntry entry : delta.getEntries()) {
      for (String scope : scopes(delta, entry)) {
        touched.computeIfAbsent(scope, s -> new TreeSet<>()).add(entry.getQuarterHour());
      }
    }
    for (Budget budget : tables.budgets(at)) {
      Set<Integer> quarters = touched.get(scope(budget));
      if (quarters == null || !budget.getCurrency().equals(delta.getCurrency())) {
        continue;
      }
      Set<AuditedPeriods.Window> windows = new HashSet<>();
      for (int quarter : quarters) {
        windows.add(
            window(budget, Instant.ofEpochSecond((long) quarter * SECONDS_PER_QUARTER), at));
      }
      for (AuditedPeriods.Window window : windows) {
        judged.computeIfAbsent(budget.getBudgetId(), b -> new TreeSet<>()).add(window.start());
        check(budget, window);
      }
    }
  }

  private void check(Budget budget, AuditedPeriods.Window window) {
    BigDecimal spend = spend(budget, window);
    Set<BigDecimal> thresholds = new TreeSet<>();
    budget.getThresholds().forEach(one -> thresholds.add(one.stripTrailingZeros()));
    for (Threshold known : episodes.keySet()) {
      if (known.budget.equals(budget.getBudgetId()) && known.periodStart.equals(window.start())) {
        thresholds.add(known.value);
      }
    }
    for (BigDecimal value : thresholds) {
      Episode episode =
          episodes.getOrDefault(
              new Threshold(budget.getBudgetId(), window.start(), value), new Episode(0, false));
      unless(
          episode.open == isCrossed(budget, value, spend),
          "alerts-true",
          "%s from %s at %s: spend is %s of %s, but %s",
          budget.getBudgetId(),
          window.start(),
          value,
          spend,
          budget.getAmount(),
          episode);
    }
  }

  /**
   * At rest every budget stands as its newest version and all usage say, in every period it was
   * ever judged in, and in that of now.
   */
  void auditAtRest(TablePositions everything, Instant now) {
    int partitions = broker.partitions(Application.BUDGET.source());
    for (int partition = 0; partition < partitions; partition++) {
      unless(
          broker.log(Application.BUDGET.source(), partition).entries().isEmpty()
              || broker.committed(
                      new org.apache.kafka.common.TopicPartition(
                          Application.BUDGET.source(), partition))
                  >= broker.log(Application.BUDGET.source(), partition).entries().getLast().offset()
                      + 1,
          "tallies-equal-deltas",
          "partition %d is not read to its end",
          partition);
    }
    for (Budget budget : tables.budgets(everything)) {
      if (!sums.containsKey(
          budget.getOrganizationId() + "/ORGANIZATION/" + budget.getOrganizationId())) {
        continue;
      }
      Set<Instant> starts = new TreeSet<>(judged.getOrDefault(budget.getBudgetId(), Set.of()));
      starts.add(now);
      for (Instant start : starts) {
        check(budget, window(budget, start, everything));
      }
    }
  }

  /** The tally partition of an organization. */
  int partitionOf(String organization) {
    byte[] key = organization.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return (Utils.murmur2(key) & Integer.MAX_VALUE)
        % broker.partitions(Application.BUDGET.source());
  }
}
