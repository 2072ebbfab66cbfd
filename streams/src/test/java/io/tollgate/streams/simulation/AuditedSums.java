package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The auditor's sums of deltas, by scope and quarter-hour. */
final class AuditedSums {
  private static final int SECONDS_PER_QUARTER = 900;
  private static final TablePositions EVERYTHING =
      new TablePositions(Map.of(AuditedTables.ORGANIZATIONS, Long.MAX_VALUE));

  private final AuditedTables tables;
  private final Map<String, TreeMap<Integer, BigDecimal>> costs = new TreeMap<>();

  AuditedSums(AuditedTables tables) {
    this.tables = tables;
  }

  void add(UsageDelta delta) {
    for (DeltaEntry one : delta.getEntries()) {
      for (String scope :
          nodes(delta.getOrganizationId(), one.getWorkspaceId(), one.getApiKeyId())) {
        add(scope, one.getQuarterHour(), one.getCost());
      }
    }
    for (SubjectEntry one : delta.getSubjects()) {
      for (String scope :
          nodes(delta.getOrganizationId(), one.getWorkspaceId(), one.getApiKeyId())) {
        add(
            scope + "/" + one.getKind() + "/" + one.getValue(),
            one.getQuarterHour(),
            one.getCost());
      }
    }
  }

  private void add(String scope, int quarter, BigDecimal cost) {
    costs.computeIfAbsent(scope, s -> new TreeMap<>()).merge(quarter, cost, BigDecimal::add);
  }

  private static List<String> nodes(String organization, String workspace, String apiKey) {
    return List.of(
        organization + "/ORGANIZATION/" + organization,
        organization + "/WORKSPACE/" + workspace,
        organization + "/API_KEY/" + apiKey);
  }

  /** When the usage of a delta ran, by scope. */
  Map<String, Set<Instant>> touched(UsageDelta delta) {
    AuditedSums alone = new AuditedSums(tables);
    alone.add(delta);
    Map<String, Set<Instant>> touched = new HashMap<>();
    alone.costs.forEach(
        (scope, quarters) -> {
          Set<Instant> times = new TreeSet<>();
          quarters.keySet().forEach(quarter -> times.add(start(quarter)));
          touched.put(scope, times);
        });
    return touched;
  }

  private static Instant start(int quarter) {
    return Instant.ofEpochSecond((long) quarter * SECONDS_PER_QUARTER);
  }

  boolean hasUsage(String organization) {
    return costs.containsKey(organization + "/ORGANIZATION/" + organization);
  }

  /** All cost of every scope. */
  Map<String, BigDecimal> totals() {
    Map<String, BigDecimal> totals = new TreeMap<>();
    costs.forEach(
        (scope, quarters) ->
            totals.put(scope, quarters.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add)));
    return totals;
  }

  String scope(Budget budget) {
    String id =
        switch (budget.getScope()) {
          case ORGANIZATION -> budget.getOrganizationId();
          case WORKSPACE -> budget.getWorkspaceId();
          case API_KEY -> budget.getApiKeyId();
        };
    String node = budget.getOrganizationId() + "/" + budget.getScope() + "/" + id;
    return budget.getSubjectKind() == null
        ? node
        : node + "/" + budget.getSubjectKind() + "/" + budget.getSubject();
  }

  BigDecimal spend(Budget budget, AuditedPeriods.Window window) {
    BigDecimal spend = BigDecimal.ZERO;
    for (Map.Entry<Integer, BigDecimal> quarter :
        costs.getOrDefault(scope(budget), new TreeMap<>()).entrySet()) {
      if (window.holds(start(quarter.getKey()))) {
        spend = spend.add(quarter.getValue());
      }
    }
    return spend;
  }

  /** The period of a budget that an instant falls in. */
  AuditedPeriods.Window window(Budget budget, Instant time) {
    Organization organization =
        Objects.requireNonNull(tables.organization(budget.getOrganizationId(), EVERYTHING));
    return AuditedPeriods.at(
        budget.getPeriod(), budget.getAnchorDay(), organization.getTimeZone(), time);
  }

  static boolean isCutAlike(Budget one, Budget other) {
    return one.getPeriod().equals(other.getPeriod())
        && (one.getAnchorDay() == other.getAnchorDay()
            || one.getPeriod().equals("day")
            || one.getPeriod().equals("total"));
  }
}
