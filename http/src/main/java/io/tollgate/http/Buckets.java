package io.tollgate.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Token buckets by name: each holds so many tokens and gets a new one every so often. At most so
 * many names are remembered; the one that was not seen for longest is forgotten first, which costs
 * it nothing but a full bucket.
 */
public final class Buckets {
  private final int tokens;
  private final Duration refill;
  private final InstantSource clock;
  private final Map<String, Bucket> byName;

  /**
   * @param tokens in a full bucket
   * @param refill how long one token takes to come back
   * @param mostNames remembered at once
   */
  public Buckets(int tokens, Duration refill, int mostNames, InstantSource clock) {
    this.tokens = tokens;
    this.refill = refill;
    this.clock = clock;
    this.byName =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > mostNames;
          }
        };
  }

  /**
   * A bucket as of a moment.
   *
   * @param full when it would be full again: the one number that a bucket needs
   */
  private record Bucket(Instant full) {}

  /** Takes a token; if there is none, how long until there is. */
  public synchronized Optional<Duration> take(String name) {
    Optional<Duration> wait = until(name);
    if (wait.isEmpty()) {
      Instant now = clock.instant();
      Bucket bucket = byName.get(name);
      Instant from = bucket == null || bucket.full().isBefore(now) ? now : bucket.full();
      byName.put(name, new Bucket(from.plus(refill)));
    }
    return wait;
  }

  /** How long until there is a token; empty if there is one. */
  public synchronized Optional<Duration> until(String name) {
    Bucket bucket = byName.get(name);
    if (bucket == null) {
      return Optional.empty();
    }
    Duration missing = Duration.between(clock.instant(), bucket.full());
    Duration most = refill.multipliedBy(tokens - 1L);
    return missing.compareTo(most) > 0 ? Optional.of(missing.minus(most)) : Optional.empty();
  }
}
