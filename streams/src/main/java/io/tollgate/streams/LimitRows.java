package io.tollgate.streams;

import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.avro.Limit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits that governance published, by their key; changed by the global thread, read by the
 * stream threads.
 */
final class LimitRows {
  private static final Logger LOG = LoggerFactory.getLogger(LimitRows.class);

  private final Map<String, Limit> byKey = new ConcurrentHashMap<>();

  /** How many limits per minute each organization has, if any. */
  private final Map<String, Integer> perMinute = new ConcurrentHashMap<>();

  private final ChangeLog changes = new ChangeLog();

  void change(String key, @Nullable Limit limit) {
    if (limit == null ? !byKey.containsKey(key) : !isSound(key, limit)) {
      return;
    }
    Limit before = limit == null ? byKey.remove(key) : byKey.put(key, limit);
    count(before, -1);
    count(limit, 1);
    changes.add(key);
  }

  /** Whoever wrote an unsound one is not governance; the row known before stays. */
  private static boolean isSound(String key, Limit limit) {
    try {
      if (LimitKey.of(limit).text().equals(key)) {
        return true;
      }
      LOG.error("a limit of {} is under the key {}; left out", LimitKey.of(limit).text(), key);
    } catch (NullPointerException e) {
      LOG.error("limit {} is left out: {}", key, e.getMessage());
    }
    return false;
  }

  private void count(@Nullable Limit limit, int by) {
    if (limit != null && isPerMinute(limit)) {
      perMinute.compute(
          limit.getOrganizationId(),
          (id, count) -> {
            int now = (count == null ? 0 : count) + by;
            return now == 0 ? null : now;
          });
    }
  }

  private static boolean isPerMinute(Limit limit) {
    return limit.getRequestsPerMinute() != null || limit.getTokensPerMinute() != null;
  }

  /** Whether a scope of the organization has a limit per minute. */
  boolean perMinute(String organizationId) {
    return perMinute.containsKey(organizationId);
  }

  @Nullable Limit get(String key) {
    return byKey.get(key);
  }

  /** The keys whose limits have changed. */
  ChangeLog changes() {
    return changes;
  }
}
