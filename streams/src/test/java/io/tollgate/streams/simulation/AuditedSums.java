package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The auditor's sums of deltas, by scope and quarter-hour. */
final class AuditedSums {
  private static final int SECONDS_PER_QUARTER = 900;

  private final AuditedZones zones;
  private final Map<AuditedScope, TreeMap<Integer, AuditedSum>> sums = new LinkedHashMap<>();

  AuditedSums(AuditedZones zones) {
    this.zones = zones;
  }

  void add(UsageDelta delta) {
    String organization = delta.getOrganizationId();
    for (DeltaEntry one : delta.getEntries()) {
      for (AuditedScope node :
          AuditedScope.nodes(organization, one.getWorkspaceId(), one.getApiKeyId())) {
        cell(node, one.getQuarterHour()).add(one.getRequests(), one.getUnits(), one.getCost());
      }
    }
    for (SubjectEntry one : delta.getSubjects()) {
      for (AuditedScope node :
          AuditedScope.nodes(organization, one.getWorkspaceId(), one.getApiKeyId())) {
        cell(node.inside(one.getKind(), one.getValue()), one.getQuarterHour())
            .add(one.getRequests(), Map.of(), one.getCost());
      }
    }
  }

  private AuditedSum cell(AuditedScope scope, int quarter) {
    return sums.computeIfAbsent(scope, s -> new TreeMap<>())
        .computeIfAbsent(quarter, q -> new AuditedSum());
  }

  /** When the usage of a delta ran, by scope. */
  Map<AuditedScope, Set<Instant>> touched(UsageDelta delta) {
    AuditedSums alone = new AuditedSums(zones);
    alone.add(delta);
    Map<AuditedScope, Set<Instant>> touched = new HashMap<>();
    alone.sums.forEach(
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
    return sums.containsKey(AuditedScope.organization(organization));
  }

  /** Every scope that was ever used, of an organization. */
  Set<AuditedScope> scopes() {
    return sums.keySet();
  }

  /** What a scope came to in a period. */
  AuditedSum in(AuditedScope scope, AuditedPeriods.Window window) {
    AuditedSum sum = new AuditedSum();
    sums.getOrDefault(scope, new TreeMap<>())
        .forEach(
            (quarter, one) -> {
              if (window.holds(start(quarter))) {
                sum.add(one);
              }
            });
    return sum;
  }

  BigDecimal spend(Budget budget, AuditedPeriods.Window window) {
    return in(AuditedScope.of(budget), window).cost();
  }

  /** What an organization spent from an instant on. */
  BigDecimal spendSince(String organization, Instant since) {
    return in(
            AuditedScope.organization(organization), new AuditedPeriods.Window(since, Instant.MAX))
        .cost();
  }

  /** The period of a budget that an instant falls in. */
  AuditedPeriods.Window window(Budget budget, Instant time) {
    return zones
        .of(budget.getOrganizationId())
        .window(budget.getPeriod(), budget.getAnchorDay(), time);
  }

  static boolean isCutAlike(Budget one, Budget other) {
    return one.getPeriod().equals(other.getPeriod())
        && (one.getAnchorDay() == other.getAnchorDay()
            || one.getPeriod().equals("day")
            || one.getPeriod().equals("total"));
  }
}
