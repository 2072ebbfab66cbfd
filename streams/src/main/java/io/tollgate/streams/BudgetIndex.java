package io.tollgate.streams;

import io.tollgate.schemas.avro.Budget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Budgets by the scope they are on, as of one state of the tables. Built anew when the tables have
 * changed, which is rare beside the deltas that ask it.
 */
final class BudgetIndex {
  private final GlobalTables tables;
  private long version = -1;
  private Map<Scope, List<Budget>> byScope = Map.of();

  BudgetIndex(GlobalTables tables) {
    this.tables = tables;
  }

  /** Looks whether the tables have changed; their state now, by a number. */
  long refresh() {
    long now = tables.version();
    if (now == version) {
      return now;
    }
    Map<Scope, List<Budget>> fresh = new HashMap<>();
    for (Budget budget : tables.budgets().values()) {
      fresh.computeIfAbsent(Scope.of(budget), scope -> new ArrayList<>(2)).add(budget);
    }
    byScope = fresh;
    version = now;
    return now;
  }

  /** The budgets on a scope itself, not those above it. */
  List<Budget> on(Scope scope) {
    return byScope.getOrDefault(scope, List.of());
  }

  Collection<List<Budget>> all() {
    return byScope.values();
  }
}
