package io.tollgate.governance.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a delivery that failed is tried again: after 5 s, three times as long with every further
 * attempt up to 4 h, each time shortened or lengthened by up to a fifth so that receivers do not
 * meet all of it at once, and for the last time when 24 h are over. A receiver's {@code
 * Retry-After} may lengthen a wait, up to the longest.
 *
 * @param first wait after the first attempt
 * @param most the longest wait
 * @param giveUp from the beginning to the last attempt
 */
public record RetrySchedule(Duration first, Duration most, Duration giveUp) {
  public static final RetrySchedule STANDARD =
      new RetrySchedule(Duration.ofSeconds(5), Duration.ofHours(4), Duration.ofHours(24));

  /** Beyond what 24 h come to: those that a dying process did not get to tell of count too. */
  static final int MOST_ATTEMPTS = 20;

  private static final int FACTOR = 3;
  private static final int PERCENT = 100;
  private static final int LEAST_PERCENT = 80;
  private static final int MOST_PERCENT = 120;

  public RetrySchedule {
    if (!first.isPositive() || most.compareTo(first) < 0 || giveUp.isNegative()) {
      throw new IllegalArgumentException(
          "first = %s, most = %s, giveUp = %s: must ascend".formatted(first, most, giveUp));
    }
  }

  /**
   * When the next attempt is due; empty if the last one has been made.
   *
   * @param made attempts made so far, at least 1
   * @param giveUpAt when the last attempt is made
   * @param now after the attempt
   */
  Optional<Instant> next(
      int made,
      Instant giveUpAt,
      Instant now,
      Optional<Duration> retryAfter,
      RandomGenerator random) {
    if (made >= MOST_ATTEMPTS || !now.isBefore(giveUpAt)) {
      return Optional.empty();
    }
    Duration varied =
        wait(made).multipliedBy(random.nextInt(LEAST_PERCENT, MOST_PERCENT + 1)).dividedBy(PERCENT);
    Duration asked = retryAfter.map(wanted -> shorter(wanted, most)).orElse(Duration.ZERO);
    Instant next = now.plus(asked.compareTo(varied) > 0 ? asked : varied);
    return Optional.of(next.isBefore(giveUpAt) ? next : giveUpAt);
  }

  private Duration wait(int made) {
    Duration wait = first;
    for (int i = 1; i < made && wait.compareTo(most) < 0; i++) {
      wait = wait.multipliedBy(FACTOR);
    }
    return shorter(wait, most);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
