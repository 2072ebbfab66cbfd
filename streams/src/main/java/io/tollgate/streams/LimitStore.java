package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.avro.LimitState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * How {@code limit-states} holds what the limits of a task's organizations rest on. Four kinds of
 * keys:
 *
 * <pre>
 * s/organization/kind/id…         the state last written to limits.state
 * b/budget                        the periods of a budget that have not ended
 * r/organization/kind/id/second   requests and tokens of a scope with a limit per minute
 * w/organization                  what was burned of a wallet
 * </pre>
 */
final class LimitStore {
  private static final String STATE = "s/";
  private static final String BUDGET = "b/";
  private static final String RATE = "r/";
  private static final String WALLET = "w/";

  private final KeyValueStore<String, byte[]> store;
  private final AvroSerde<LimitState> states;

  LimitStore(KeyValueStore<String, byte[]> store, AvroSerde<LimitState> states) {
    this.store = store;
    this.states = states;
  }

  @Nullable LimitState state(Scope scope) {
    byte[] bytes = store.get(STATE + scope.limitKey().text());
    return bytes == null ? null : states.decode(bytes);
  }

  void putState(Scope scope, @Nullable LimitState state) {
    store.put(STATE + scope.limitKey().text(), state == null ? null : states.encode(state));
  }

  /** The scopes that have a state. */
  List<Scope> scopes() {
    List<Scope> scopes = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> all = all(STATE)) {
      while (all.hasNext()) {
        scopes.add(Scope.of(LimitKey.parse(all.next().key.substring(STATE.length()))));
      }
    }
    return scopes;
  }

  @Nullable BudgetWindows windows(String budgetId) {
    byte[] bytes = store.get(BUDGET + budgetId);
    return bytes == null ? null : BudgetWindows.fromBytes(bytes);
  }

  void putWindows(String budgetId, @Nullable BudgetWindows windows) {
    store.put(BUDGET + budgetId, windows == null ? null : windows.toBytes());
  }

  @Nullable WalletState wallet(String organizationId) {
    byte[] bytes = store.get(WALLET + organizationId);
    return bytes == null ? null : WalletState.fromBytes(bytes);
  }

  void putWallet(String organizationId, @Nullable WalletState wallet) {
    store.put(WALLET + organizationId, wallet == null ? null : wallet.toBytes());
  }

  void putSecond(Scope scope, long second, RateWindow.@Nullable Count count) {
    store.put(
        RATE + scope.limitKey().text() + '/' + second,
        count == null
            ? null
            : ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(count.requests())
                .putLong(count.tokens())
                .array());
  }

  /** All seconds of all scopes. */
  Map<Scope, Map<Long, RateWindow.Count>> seconds() {
    Map<Scope, Map<Long, RateWindow.Count>> seconds = new HashMap<>();
    try (KeyValueIterator<String, byte[]> all = all(RATE)) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        int slash = entry.key.lastIndexOf('/');
        Scope scope = Scope.of(LimitKey.parse(entry.key.substring(RATE.length(), slash)));
        ByteBuffer count = ByteBuffer.wrap(entry.value);
        seconds
            .computeIfAbsent(scope, s -> new HashMap<>())
            .put(
                Long.parseLong(entry.key.substring(slash + 1)),
                new RateWindow.Count(count.getLong(), count.getLong()));
      }
    }
    return seconds;
  }

  private KeyValueIterator<String, byte[]> all(String prefix) {
    // '0' follows '/' in ASCII: the range holds exactly the keys with the prefix.
    return store.range(prefix, prefix.substring(0, prefix.length() - 1) + '0');
  }
}
