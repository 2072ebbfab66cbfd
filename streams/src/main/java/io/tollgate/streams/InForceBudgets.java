package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.avro.Budget;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The budgets that one task judges usage by, each in the version it was last judged in. They are
 * part of the task's state: usage is never judged by an older version than before, nor left out,
 * because another instance's table lags behind. In memory, written through to the store.
 */
final class InForceBudgets {
  /** Not an id: those have at least one character and no slash. */
  private static final String DELETED = "/deleted";

  private final KeyValueStore<String, byte[]> store;
  private final AvroSerde<Budget> serde;
  private final Map<String, InForce> byId = new HashMap<>();
  private final Map<Scope, Map<String, Budget>> byScope = new HashMap<>();

  /** How many budgets are on each user, model and feature of an organization. */
  private final Map<String, Map<Subject, Integer>> subjects = new HashMap<>();

  /** The offset to which governance.budgets had been read at the newest deletion. */
  private long deletedTo;

  /**
   * @param readTo the offset to which governance.budgets had been read when it came into force
   */
  private record InForce(Budget budget, long readTo) {}

  InForceBudgets(KeyValueStore<String, byte[]> store, AvroSerde<Budget> serde) {
    this.store = store;
    this.serde = serde;
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> one = all.next();
        ByteBuffer bytes = ByteBuffer.wrap(one.value);
        long readTo = bytes.getLong();
        if (one.key.equals(DELETED)) {
          deletedTo = readTo;
          continue;
        }
        byte[] budget = new byte[bytes.remaining()];
        bytes.get(budget);
        remember(new InForce(serde.decode(budget), readTo));
      }
    }
  }

  @Nullable Budget get(String id) {
    InForce known = byId.get(id);
    return known == null ? null : known.budget();
  }

  /** The offset to which a table must have been read to know better than this. */
  long readTo(String id) {
    InForce known = byId.get(id);
    return known == null ? 0 : known.readTo();
  }

  List<String> ids() {
    return List.copyOf(byId.keySet());
  }

  /** The budgets on a scope itself, not those above it. */
  Collection<Budget> on(Scope scope) {
    Map<String, Budget> found = byScope.get(scope);
    return found == null ? List.of() : found.values();
  }

  /** The users, models and features of an organization that budgets are on. */
  Set<Subject> subjects(String organizationId) {
    Map<Subject, Integer> named = subjects.get(organizationId);
    return named == null ? Set.of() : named.keySet();
  }

  void put(Budget budget, long readTo) {
    byte[] bytes = serde.encode(budget);
    store.put(
        budget.getBudgetId(),
        ByteBuffer.allocate(Long.BYTES + bytes.length).putLong(readTo).put(bytes).array());
    remember(new InForce(budget, readTo));
  }

  private void remember(InForce fresh) {
    Budget budget = fresh.budget();
    InForce former = byId.put(budget.getBudgetId(), fresh);
    Subject subject = Scope.of(budget).subject();
    if (former == null && subject != null) {
      subjects
          .computeIfAbsent(budget.getOrganizationId(), id -> new HashMap<>())
          .merge(subject, 1, Integer::sum);
    }
    byScope
        .computeIfAbsent(Scope.of(budget), scope -> new LinkedHashMap<>())
        .put(budget.getBudgetId(), budget);
  }

  /**
   * Whether a table that has been read so far may still show what was deleted here: nothing new
   * comes into force by it.
   */
  boolean mayShowDeleted(long readTo) {
    return readTo < deletedTo;
  }

  /**
   * Forgets a budget that was deleted.
   *
   * @param readTo the offset to which governance.budgets has been read
   */
  void remove(Budget budget, long readTo) {
    deletedTo = Math.max(deletedTo, readTo);
    store.put(DELETED, ByteBuffer.allocate(Long.BYTES).putLong(0, deletedTo).array());
    store.delete(budget.getBudgetId());
    byId.remove(budget.getBudgetId());
    Subject subject = Scope.of(budget).subject();
    if (subject != null) {
      subjects.computeIfPresent(
          budget.getOrganizationId(),
          (id, named) -> {
            named.computeIfPresent(subject, (s, count) -> count == 1 ? null : count - 1);
            return named.isEmpty() ? null : named;
          });
    }
    byScope.computeIfPresent(
        Scope.of(budget),
        (scope, budgets) -> {
          budgets.remove(budget.getBudgetId());
          return budgets.isEmpty() ? null : budgets;
        });
  }
}
