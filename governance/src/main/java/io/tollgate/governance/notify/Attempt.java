package io.tollgate.governance.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of sending a webhook once.
 *
 * @param at when it began
 * @param took until the end of the answer, or of the waiting for it
 * @param status of the answer, if there was one
 * @param error what was wrong, in a sentence; null if nothing was
 * @param firstBytes of the answer's body as text, if there was one
 * @param retryAfter what the receiver asks to be waited, if it does
 */
record Attempt(
    Instant at,
    Duration took,
    Outcome outcome,
    @Nullable Integer status,
    @Nullable String error,
    @Nullable String firstBytes,
    Optional<Duration> retryAfter) {
  /** What became of it. */
  enum Outcome {
    /** The receiver answered with a status from 200 to 299. */
    DELIVERED,
    /** It answered with another one. */
    REFUSED,
    /** It answered with 410: it wants no more of it. */
    GONE,
    /** It answered with a redirect, which is not followed. */
    REDIRECTED,
    /** There was no answer in time. */
    TIMED_OUT,
    /** The name has no address that may be reached. */
    NOT_ALLOWED,
    /** There is no such name, no connection, no trust, or the answer is not HTTP. */
    BROKEN,
    /** The process that made the attempt did not live to tell. */
    LOST;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Attempt without(Instant at, Duration took, Outcome outcome, String error) {
    return new Attempt(at, took, outcome, null, error, null, Optional.empty());
  }
}
