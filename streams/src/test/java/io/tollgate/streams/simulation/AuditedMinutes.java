package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The auditor's requests and tokens of the last minute of each scope with a limit per minute: of
 * the second now and the 59 before, and of seconds ahead of the clock. They count from when the
 * limit was seen.
 *
 * <p>Of a limit that was taken away and set again before everything had settled, an onlooker cannot
 * say whether what came before still counts: there are two windows then.
 */
final class AuditedMinutes {
  private static final long SECONDS = 60;
  private static final long MOST_AHEAD = 60;

  private final AuditedTables tables;
  private final ToIntFunction<String> partitions;
  private final Map<AuditedScope, TreeMap<Long, Count>> sure = new HashMap<>();
  private final Map<AuditedScope, TreeMap<Long, Count>> atMost = new HashMap<>();

  /** What one second holds. */
  record Count(long requests, long tokens) {
    private Count plus(Count other) {
      return new Count(requests + other.requests, tokens + other.tokens);
    }
  }

  /** The window of a scope at a time. */
  record Minute(TreeMap<Long, Count> seconds) {
    static final Minute EMPTY = new Minute(new TreeMap<>());

    boolean reaches(long limit, ToLongFunction<Count> measure, Instant now) {
      return sumAfter(now.getEpochSecond() - SECONDS, measure) >= limit;
    }

    /** When it holds less than a limit if nothing comes; null if never. */
    @Nullable Instant below(long limit, ToLongFunction<Count> measure, Instant now) {
      for (long second : seconds.tailMap(now.getEpochSecond() - SECONDS, false).keySet()) {
        if (sumAfter(second, measure) < limit) {
          return Instant.ofEpochSecond(second + SECONDS);
        }
      }
      return null;
    }

    private long sumAfter(long second, ToLongFunction<Count> measure) {
      return seconds.tailMap(second, false).values().stream().mapToLong(measure).sum();
    }
  }

  /**
   * @param partitions that an organization's usage comes to
   */
  AuditedMinutes(AuditedTables tables, ToIntFunction<String> partitions) {
    this.tables = tables;
    this.partitions = partitions;
  }

  void after(Commit.Act act, boolean settled, @Nullable UsageDelta delta) {
    Set<AuditedScope> known = new HashSet<>(atMost.keySet());
    for (AuditedScope scope : known) {
      if (partitions.applyAsInt(scope.organization()) == act.partition()
          && !isLimited(scope, act.tables())) {
        sure.remove(scope);
        if (settled) {
          atMost.remove(scope);
        }
      }
    }
    if (delta == null) {
      return;
    }
    long now = Math.floorDiv(act.at(), 1_000);
    for (DeltaEntry entry : delta.getEntries()) {
      for (AuditedScope scope :
          AuditedScope.nodes(
              delta.getOrganizationId(), entry.getWorkspaceId(), entry.getApiKeyId())) {
        if (isLimited(scope, act.tables())) {
          for (SecondCount second : entry.getSeconds()) {
            if (second.getSecond() > now - SECONDS && second.getSecond() <= now + MOST_AHEAD) {
              Count count = new Count(second.getRequests(), second.getTokens());
              add(sure, scope, second.getSecond(), count);
              add(atMost, scope, second.getSecond(), count);
            }
          }
        }
      }
    }
  }

  private static void add(
      Map<AuditedScope, TreeMap<Long, Count>> windows,
      AuditedScope scope,
      long second,
      Count count) {
    windows.computeIfAbsent(scope, s -> new TreeMap<>()).merge(second, count, Count::plus);
  }

  private boolean isLimited(AuditedScope scope, TablePositions at) {
    Limit limit = tables.limit(scope, at);
    return limit != null
        && (limit.getRequestsPerMinute() != null || limit.getTokensPerMinute() != null);
  }

  /** What the window of a scope may hold. */
  List<Minute> of(AuditedScope scope) {
    TreeMap<Long, Count> most = atMost.getOrDefault(scope, new TreeMap<>());
    TreeMap<Long, Count> least = sure.getOrDefault(scope, new TreeMap<>());
    return most.equals(least)
        ? List.of(new Minute(most))
        : List.of(new Minute(least), new Minute(most));
  }
}
