package io.tollgate.billing;

import java.time.Duration;

/**
 * Bounds of landing.
 *
 * @param batchRows most rows of one insert; far below the engine's 1,048,449, up to which an insert
 *     is atomic
 * @param batchBytes most RowBinary bytes of one insert, exceeded by at most one row
 * @param linger how long a batch waits for more rows
 * @param bufferedBytes encoded rows held in memory over all partitions; above it nothing is fetched
 * @param retryFirst wait after the first failed insert; doubles with each further one
 * @param retryLongest longest wait between two attempts
 * @param planFreshness how old a committed plan may be when its insert is sent; an older one is
 *     committed again first, which a zombie cannot
 */
public record LandingLimits(
    int batchRows,
    int batchBytes,
    Duration linger,
    long bufferedBytes,
    Duration retryFirst,
    Duration retryLongest,
    Duration planFreshness) {
  private static final int MOST_ROWS = 1_000_000;

  public LandingLimits {
    if (batchRows < 1 || batchRows > MOST_ROWS) {
      throw new IllegalArgumentException("batchRows must be 1 to " + MOST_ROWS + ": " + batchRows);
    }
    if (batchBytes < 1 || bufferedBytes < batchBytes) {
      throw new IllegalArgumentException("bytes must satisfy 0 < batchBytes <= bufferedBytes");
    }
    if (linger.isNegative()
        || retryFirst.isNegative()
        || retryFirst.isZero()
        || retryLongest.compareTo(retryFirst) < 0
        || planFreshness.isNegative()) {
      throw new IllegalArgumentException("durations must not be negative, and retries must wait");
    }
  }

  /**
   * What a machine of two cores carries well: inserts of up to 20,000 rows or 8 MiB, at least one
   * in half a second.
   */
  public static LandingLimits standard() {
    return new LandingLimits(
        20_000,
        8 << 20,
        Duration.ofMillis(500),
        96L << 20,
        Duration.ofMillis(100),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10));
  }

  /** For a log with little in it: the same pace with a sixth of the memory. */
  static LandingLimits ofFew() {
    LandingLimits usual = standard();
    return new LandingLimits(
        2_000,
        4 << 20,
        usual.linger(),
        16L << 20,
        usual.retryFirst(),
        usual.retryLongest(),
        usual.planFreshness());
  }

  /** Wait before attempt {@code failures + 1}. */
  Duration retryAfter(int failures) {
    long factor = 1L << Math.min(failures - 1, 20);
    Duration wait = retryFirst.multipliedBy(factor);
    return wait.compareTo(retryLongest) < 0 ? wait : retryLongest;
  }
}
