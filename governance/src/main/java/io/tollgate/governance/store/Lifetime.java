package io.tollgate.governance.store;

import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long secrets of any kind work, as {@code expires_in_seconds} says it; for good if it does
 * not.
 */
public final class Lifetime {
  public static final Duration LONGEST = Duration.ofDays(3_660);

  private Lifetime() {}

  /** Checks {@code expires_in_seconds}. */
  public static void check(@Nullable Long seconds) {
    check("expires_in_seconds", seconds, LONGEST);
  }

  /** Checks another number of seconds from now. */
  public static void check(String field, @Nullable Long seconds, Duration most) {
    if (seconds != null) {
      InvalidInput.unless(
          seconds >= 1 && seconds <= most.toSeconds(),
          field,
          seconds,
          "must be 1 to " + most.toSeconds() + " seconds");
    }
  }

  /** When it is over, of a number that was checked. */
  public static @Nullable Instant end(@Nullable Long seconds, Instant now) {
    return seconds == null ? null : now.plusSeconds(seconds);
  }
}
