package io.tollgate.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down whoever tries secrets: from one address so many wrong ones at once, then one every few
 * seconds; in between a secret is not even looked at. Secrets that were right from there lately are
 * let through, so that others behind the same address go on. Secrets have 256 random bits: this
 * spares the machine and fills no log, what keeps guessers out is the length.
 */
final class Guesses {
  private static final int WRONG_AT_ONCE = 20;
  private static final Duration ONE_MORE_EVERY = Duration.ofSeconds(5);
  private static final Duration TRUSTED = Duration.ofMinutes(10);
  private static final int MOST_ADDRESSES = 10_000;
  private static final int MOST_TRUSTED = 10_000;

  private final Buckets wrong;
  private final InstantSource clock;
  private final Map<String, Instant> right;

  Guesses(InstantSource clock) {
    this.clock = clock;
    this.wrong = new Buckets(WRONG_AT_ONCE, ONE_MORE_EVERY, MOST_ADDRESSES, clock);
    this.right =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MOST_TRUSTED;
          }
        };
  }

  /**
   * @throws Refusal 429 if too many wrong secrets came from there, and this one was not right
   *     lately
   */
  void requireRoom(String address, String secret) {
    wrong
        .until(address)
        .filter(wait -> !isTrusted(address, secret))
        .ifPresent(
            wait -> {
              throw Refusal.tooMany("too many wrong secrets came from your address", wait);
            });
  }

  void tell(String address, String secret, boolean isRight) {
    if (isRight) {
      synchronized (right) {
        right.put(name(address, secret), clock.instant());
      }
    } else {
      wrong.take(address);
    }
  }

  private boolean isTrusted(String address, String secret) {
    synchronized (right) {
      Instant at = right.get(name(address, secret));
      return at != null && clock.instant().isBefore(at.plus(TRUSTED));
    }
  }

  /** By its hash, as nothing keeps secrets. */
  private static String name(String address, String secret) {
    return address + ' ' + new Secret(secret).hash();
  }
}
