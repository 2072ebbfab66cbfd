package io.tollgate.streams;

import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that governance has set on scopes of some organizations, by scope; kept current from
 * what has changed in the tables, so that an edit among 100,000 budgets costs one. A scope whose
 * organization, workspace or key is not in the tables has nothing set. A budget or wallet in
 * another currency than its organization's is left out.
 */
final class LimitIndex {
  private static final Logger LOG = LoggerFactory.getLogger(LimitIndex.class);
  private static final int CHANGES_AT_ONCE = 1_000;

  private final GlobalTables tables;
  private final Predicate<String> organizations;
  private final Map<String, Budget> budgets = new HashMap<>();

  /** By scope and id; every scope that has something set is in one of these three. */
  private final Map<Scope, TreeMap<String, Budget>> budgetsOn = new HashMap<>();

  private final Map<Scope, Limit> limitOn = new HashMap<>();
  private final Map<Scope, Wallet> walletOn = new HashMap<>();

  /** The scopes of each organization that have something set. */
  private final Map<String, Set<Scope>> scopesOf = new HashMap<>();

  /** The same of each API key: itself and the subjects inside. */
  private final Map<String, Set<Scope>> scopesOfKey = new HashMap<>();

  private final Map<Scope, ScopeDefinition> definitions = new HashMap<>();
  private final Set<Scope> changed = new HashSet<>();
  private final List<Reader> readers;

  /**
   * @param organizations the ids of those whose scopes are of interest
   */
  LimitIndex(GlobalTables tables, Predicate<String> organizations) {
    this.tables = tables;
    this.organizations = organizations;
    this.readers =
        List.of(
            // Tenants first: when all is read for the first time, nothing is set on them yet.
            new Reader(tables.organizationChanges(), this::takeOrganization),
            new Reader(tables.workspaceChanges(), this::takeWorkspace),
            new Reader(tables.apiKeyChanges(), this::takeApiKey),
            new Reader(tables.budgets().changes(), this::takeBudget),
            new Reader(tables.limits().changes(), this::takeLimit),
            new Reader(tables.walletChanges(), this::takeWallet),
            new Reader(tables.credits().changes(), this::takeWallet));
  }

  /** How far one of the tables has been read. */
  private static final class Reader {
    private final ChangeLog log;
    private final Consumer<String> take;
    private long seen;

    private Reader(ChangeLog log, Consumer<String> take) {
      this.log = log;
      this.take = take;
    }

    /** A log holds each row once, so that this ends. */
    private void read() {
      List<ChangeLog.Change> changes;
      do {
        changes = log.after(seen, CHANGES_AT_ONCE);
        for (ChangeLog.Change change : changes) {
          seen = change.number();
          take.accept(change.id());
        }
      } while (changes.size() == CHANGES_AT_ONCE);
    }
  }

  /** Takes over what has changed in the tables; the scopes that it was changed on. */
  Set<Scope> refresh() {
    changed.clear();
    readers.forEach(Reader::read);
    definitions.keySet().removeAll(changed);
    return Set.copyOf(changed);
  }

  private void takeBudget(String id) {
    Budget now = tables.budgets().get(id);
    Budget before =
        now == null || !organizations.test(now.getOrganizationId())
            ? budgets.remove(id)
            : budgets.put(id, now);
    if (before != null) {
      Scope scope = Scope.of(before);
      TreeMap<String, Budget> there = budgetsOn.get(scope);
      if (there != null) {
        there.remove(id);
        if (there.isEmpty()) {
          budgetsOn.remove(scope);
        }
      }
      touch(scope);
    }
    if (now != null && budgets.get(id) == now) {
      Scope scope = Scope.of(now);
      budgetsOn.computeIfAbsent(scope, s -> new TreeMap<>()).put(id, now);
      touch(scope);
    }
  }

  private void takeLimit(String key) {
    Scope scope = Scope.of(LimitKey.parse(key));
    if (organizations.test(scope.organizationId())) {
      put(limitOn, scope, tables.limits().get(key));
    }
  }

  /** A credit changes the wallet's definition like an edit. */
  private void takeWallet(String organizationId) {
    if (organizations.test(organizationId)) {
      put(walletOn, Scope.organization(organizationId), tables.wallet(organizationId));
    }
  }

  private <V> void put(Map<Scope, V> on, Scope scope, @Nullable V row) {
    if (row == null) {
      on.remove(scope);
    } else {
      on.put(scope, row);
    }
    touch(scope);
  }

  private void takeOrganization(String id) {
    changed.addAll(scopesOf.getOrDefault(id, Set.of()));
  }

  /** Its keys end with it. */
  private void takeWorkspace(String id) {
    Workspace workspace = tables.workspace(id);
    if (workspace != null) {
      takeOrganization(workspace.getOrganizationId());
    }
  }

  private void takeApiKey(String id) {
    changed.addAll(scopesOfKey.getOrDefault(id, Set.of()));
  }

  private void touch(Scope scope) {
    changed.add(scope);
    boolean isSet =
        budgetsOn.containsKey(scope) || limitOn.containsKey(scope) || walletOn.containsKey(scope);
    keep(scopesOf, scope.organizationId(), scope, isSet);
    if (scope.kind() == ScopeKind.API_KEY) {
      keep(scopesOfKey, scope.id(), scope, isSet);
    }
  }

  private static void keep(Map<String, Set<Scope>> scopes, String id, Scope scope, boolean isSet) {
    if (isSet) {
      scopes.computeIfAbsent(id, key -> new HashSet<>()).add(scope);
    } else {
      scopes.computeIfPresent(
          id,
          (key, known) -> {
            known.remove(scope);
            return known.isEmpty() ? null : known;
          });
    }
  }

  /** What is set on a scope; null if nothing is. */
  @Nullable ScopeDefinition on(Scope scope) {
    ScopeDefinition known = definitions.get(scope);
    if (known != null) {
      return known;
    }
    if (!scopesOf.getOrDefault(scope.organizationId(), Set.of()).contains(scope)) {
      return null;
    }
    ScopeDefinition fresh = definition(scope);
    if (fresh != null) {
      definitions.put(scope, fresh);
    }
    return fresh;
  }

  private @Nullable ScopeDefinition definition(Scope scope) {
    Organization organization = tables.organization(scope.organizationId());
    if (organization == null) {
      return null;
    }
    Instant until = organization.getValidUntil();
    String workspaceId = scope.kind() == ScopeKind.WORKSPACE ? scope.id() : null;
    if (scope.kind() == ScopeKind.API_KEY) {
      ApiKey key = tables.apiKey(scope.id());
      if (key == null || !key.getOrganizationId().equals(scope.organizationId())) {
        return null;
      }
      until = earlier(until, key.getValidUntil());
      workspaceId = key.getWorkspaceId();
    }
    if (workspaceId != null) {
      Workspace workspace = tables.workspace(workspaceId);
      if (workspace == null || !workspace.getOrganizationId().equals(scope.organizationId())) {
        return null;
      }
      until = earlier(until, workspace.getValidUntil());
    }
    String currency = organization.getCurrency();
    List<Budget> budgetsHere = new ArrayList<>();
    for (Budget budget : budgetsOn.getOrDefault(scope, new TreeMap<>()).values()) {
      if (isIn(currency, budget.getCurrency(), "budget", budget.getBudgetId())) {
        budgetsHere.add(budget);
      }
    }
    Limit limit = limitOn.get(scope);
    Wallet wallet = walletOn.get(scope);
    if (wallet != null && !isIn(currency, wallet.getCurrency(), "wallet of", scope.id())) {
      wallet = null;
    }
    if (budgetsHere.isEmpty() && limit == null && wallet == null) {
      return null;
    }
    return new ScopeDefinition(
        scope,
        workspaceId,
        currency,
        ZoneId.of(organization.getTimeZone()),
        until,
        budgetsHere,
        limit,
        wallet,
        wallet == null ? Money.ZERO : tables.credits().total(scope.organizationId(), currency));
  }

  private static boolean isIn(String expected, String currency, String what, String id) {
    boolean same = Objects.equals(expected, currency);
    if (!same) {
      LOG.error("{} {} is in {}, not {}; left out", what, id, currency, expected);
    }
    return same;
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isBefore(other) ? one : other;
  }
}
