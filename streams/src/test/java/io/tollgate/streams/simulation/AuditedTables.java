package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import io.tollgate.schemas.avro.WriteOff;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** What governance had published at any time, for the auditor. */
final class AuditedTables {
  static final String ORGANIZATIONS = "governance.organizations";
  static final String WORKSPACES = "governance.workspaces";
  static final String API_KEYS = "governance.api_keys";
  static final String BACKFILLS = "governance.backfills";
  static final String BUDGETS = "governance.budgets";
  static final String LIMITS = "governance.limits";
  static final String WALLETS = "governance.wallets";
  static final String CREDITS = "governance.credits";
  static final String WRITE_OFFS = "governance.write_offs";

  private final SimulatedBroker broker;
  private final Wire wire;

  /** By topic and key the values by offset; null values are removals. */
  private final Map<String, Map<String, TreeMap<Long, @Nullable SpecificRecord>>> rows =
      new HashMap<>();

  private final Map<String, Integer> read = new HashMap<>();

  AuditedTables(SimulatedBroker broker, Wire wire) {
    this.broker = broker;
    this.wire = wire;
  }

  /** All organizations there ever were. */
  Set<String> organizations() {
    return topic(ORGANIZATIONS, Organization.class).keySet();
  }

  @Nullable Organization organization(String id, TablePositions at) {
    return row(ORGANIZATIONS, id, at, Organization.class);
  }

  @Nullable Workspace workspace(String id, TablePositions at) {
    return row(WORKSPACES, id, at, Workspace.class);
  }

  @Nullable ApiKey apiKey(String id, TablePositions at) {
    return row(API_KEYS, id, at, ApiKey.class);
  }

  @Nullable Backfill backfill(String id, TablePositions at) {
    return row(BACKFILLS, id, at, Backfill.class);
  }

  /** Whether a decision says that a record without a price is not billed. */
  boolean isWrittenOff(UsageItem item, TablePositions at) {
    for (String id : topic(WRITE_OFFS, WriteOff.class).keySet()) {
      WriteOff decision = row(WRITE_OFFS, id, at, WriteOff.class);
      if (decision != null
          && decision.getProvider().equals(item.event().getProvider())
          && decision.getModel().equals(item.event().getModel())
          && (decision.getOrganizationId() == null
              || decision.getOrganizationId().equals(item.event().getOrganizationId()))
          && AuditedIntake.acceptedAt(item.entry).isBefore(decision.getAcceptedUntil())) {
        return true;
      }
    }
    return false;
  }

  /** All budgets there ever were. */
  Set<String> budgetIds() {
    return topic(BUDGETS, Budget.class).keySet();
  }

  /** What was published of a budget, by offset; null is its deletion. */
  NavigableMap<Long, @Nullable Budget> budgetVersions(String id) {
    NavigableMap<Long, @Nullable Budget> versions = new TreeMap<>();
    topic(BUDGETS, Budget.class)
        .getOrDefault(id, new TreeMap<>())
        .forEach((offset, budget) -> versions.put(offset, (Budget) budget));
    return versions;
  }

  @Nullable Limit limit(AuditedScope scope, TablePositions at) {
    return scope.subject() == null ? row(LIMITS, scope.key(), at, Limit.class) : null;
  }

  /** The scopes that ever had a limit, by what was published first. */
  Set<AuditedScope> limited() {
    Set<AuditedScope> scopes = new LinkedHashSet<>();
    for (TreeMap<Long, @Nullable SpecificRecord> versions : topic(LIMITS, Limit.class).values()) {
      Limit limit = (Limit) versions.firstEntry().getValue();
      if (limit != null) {
        scopes.add(AuditedScope.of(limit));
      }
    }
    return scopes;
  }

  @Nullable Wallet wallet(String organization, TablePositions at) {
    return row(WALLETS, organization, at, Wallet.class);
  }

  /** The organizations that ever had a wallet. */
  Set<String> walletIds() {
    return topic(WALLETS, Wallet.class).keySet();
  }

  /** What was credited to an organization. */
  BigDecimal credited(String organization, String currency, TablePositions at) {
    BigDecimal sum = BigDecimal.ZERO;
    for (String id : topic(CREDITS, Credit.class).keySet()) {
      Credit credit = row(CREDITS, id, at, Credit.class);
      if (credit != null
          && credit.getOrganizationId().equals(organization)
          && credit.getCurrency().equals(currency)) {
        sum = sum.add(credit.getAmount());
      }
    }
    return sum;
  }

  @Nullable Budget budget(String id, TablePositions at) {
    return row(BUDGETS, id, at, Budget.class);
  }

  private <V extends SpecificRecord> @Nullable V row(
      String topic, String key, TablePositions at, Class<V> type) {
    TreeMap<Long, @Nullable SpecificRecord> versions = topic(topic, type).get(key);
    if (versions == null) {
      return null;
    }
    Map.Entry<Long, @Nullable SpecificRecord> newest = versions.lowerEntry(at.of(topic));
    return newest == null ? null : type.cast(newest.getValue());
  }

  private Map<String, TreeMap<Long, @Nullable SpecificRecord>> topic(
      String topic, Class<? extends SpecificRecord> type) {
    Map<String, TreeMap<Long, @Nullable SpecificRecord>> byKey =
        rows.computeIfAbsent(topic, t -> new TreeMap<>());
    java.util.List<SimulatedBroker.Entry> entries = broker.log(topic, 0).entries();
    for (int i = read.getOrDefault(topic, 0); i < entries.size(); i++) {
      SimulatedBroker.Entry entry = entries.get(i);
      byKey
          .computeIfAbsent(new String(entry.key(), StandardCharsets.UTF_8), k -> new TreeMap<>())
          .put(entry.offset(), entry.value() == null ? null : wire.read(entry.value(), type));
    }
    read.put(topic, entries.size());
    return byKey;
  }
}
