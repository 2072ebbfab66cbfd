package io.tollgate.streams;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.Budget;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The budgets that governance published; changed by the global thread, read by stream threads. */
final class BudgetRows {
  private static final Logger LOG = LoggerFactory.getLogger(BudgetRows.class);

  private final Map<String, Budget> byId = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> byOrganization = new ConcurrentHashMap<>();
  private final ChangeLog changes = new ChangeLog();

  void change(String id, @Nullable Budget budget) {
    if (budget != null && !isSound(budget)) {
      return;
    }
    Budget before = budget == null ? byId.remove(id) : byId.put(id, budget);
    if (before != null && budget == null) {
      byOrganization.computeIfPresent(
          before.getOrganizationId(),
          (organization, ids) -> {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
          });
    } else if (budget != null) {
      byOrganization
          .computeIfAbsent(budget.getOrganizationId(), key -> ConcurrentHashMap.newKeySet())
          .add(id);
    }
    changes.add(id);
  }

  /** Whoever wrote an unsound one is not governance; the row known before stays. */
  private static boolean isSound(Budget budget) {
    try {
      PeriodCut.of(budget);
      Scope.of(budget);
      InvalidInput.unless(
          budget.getAmount().signum() > 0, "amount", budget.getAmount(), "must be above 0");
      return true;
    } catch (InvalidInput | NullPointerException e) {
      LOG.error("budget {} is left out: {}", budget.getBudgetId(), e.getMessage());
      return false;
    }
  }

  @Nullable Budget get(String id) {
    return byId.get(id);
  }

  /** The ids of an organization's budgets. */
  List<String> of(String organizationId) {
    Set<String> ids = byOrganization.get(organizationId);
    return ids == null ? List.of() : List.copyOf(ids);
  }

  ChangeLog changes() {
    return changes;
  }
}
