package io.tollgate.streams;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The state of each budget in each period it was judged in, in order of the periods. */
final class BudgetStates {
  private final KeyValueStore<String, byte[]> store;

  BudgetStates(KeyValueStore<String, byte[]> store) {
    this.store = store;
  }

  /**
   * The state of a budget in the period that begins when this one does. It is of another period
   * where an edit or a time zone has since given that one another end.
   */
  @Nullable BudgetState get(String budgetId, PeriodWindow window) {
    byte[] bytes = store.get(key(budgetId, window));
    return bytes == null ? null : BudgetState.fromBytes(bytes);
  }

  void put(String budgetId, BudgetState state) {
    store.put(key(budgetId, state.window()), state.toBytes());
  }

  /** All states of a budget, the earliest period first. */
  List<BudgetState> of(String budgetId) {
    List<BudgetState> all = new ArrayList<>();
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    try (KeyValueIterator<String, byte[]> found = store.range(budgetId + '/', budgetId + '0')) {
      while (found.hasNext()) {
        KeyValue<String, byte[]> state = found.next();
        all.add(BudgetState.fromBytes(state.value));
      }
    }
    return all;
  }

  void remove(String budgetId, PeriodWindow window) {
    store.delete(key(budgetId, window));
  }

  /** Removes the states of periods that ended before an instant. */
  void removeEndedBefore(String budgetId, Instant instant) {
    for (BudgetState state : of(budgetId)) {
      if (!state.window().isOverAt(instant)) {
        return;
      }
      remove(budgetId, state.window());
    }
  }

  private static String key(String budgetId, PeriodWindow window) {
    return String.format(Locale.ROOT, "%s/%012d", budgetId, window.start().getEpochSecond());
  }
}
