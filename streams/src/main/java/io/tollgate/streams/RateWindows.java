package io.tollgate.streams;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The windows of the scopes with a limit per minute, in memory and, second by second, in the store:
 * after a restart a scope that was blocked stays so.
 */
final class RateWindows {
  private final LimitStore store;
  private final Map<Scope, RateWindow> windows = new HashMap<>();

  private RateWindows(LimitStore store) {
    this.store = store;
  }

  /** As the store has them; what has left its window meanwhile is dropped from it. */
  static RateWindows load(LimitStore store, Instant now) {
    RateWindows loaded = new RateWindows(store);
    store
        .seconds()
        .forEach(
            (scope, seconds) -> {
              RateWindow window = new RateWindow();
              seconds.forEach(
                  (second, count) -> {
                    if (window.add(second, count, now) == null) {
                      store.putSecond(scope, second, null);
                    }
                  });
              if (!window.isEmpty()) {
                loaded.windows.put(scope, window);
              }
            });
    return loaded;
  }

  void add(Scope scope, Map<Long, RateWindow.Count> seconds, Instant now) {
    RateWindow window = windows.computeIfAbsent(scope, s -> new RateWindow());
    seconds.forEach(
        (second, count) -> {
          RateWindow.Count sum = window.add(second, count, now);
          if (sum != null) {
            store.putSecond(scope, second, sum);
          }
        });
  }

  /** The window of a scope without what has left it; null if nothing is in it. */
  @Nullable RateWindow at(Scope scope, Instant now) {
    RateWindow window = windows.get(scope);
    if (window == null) {
      return null;
    }
    for (long second : window.forget(now)) {
      store.putSecond(scope, second, null);
    }
    if (window.isEmpty()) {
      windows.remove(scope);
      return null;
    }
    return window;
  }

  /** Forgets a scope that has no limit per minute any more. */
  void remove(Scope scope) {
    at(scope, Instant.MAX);
  }
}
