package io.tollgate.billing;

import io.tollgate.schemas.InvalidInput;
import java.time.Instant;

/**
 * How long a time bucket of a usage answer is, and how many a page has, as OpenAI's usage API has
 * them. Buckets lie on multiples of their width since the epoch, in UTC.
 */
enum BucketWidth {
  MINUTE("1m", 60, 60, 1440),
  HOUR("1h", 3_600, 24, 168),
  DAY("1d", 86_400, 7, 31);

  private final String wireName;
  private final int seconds;
  private final int usualBuckets;
  private final int mostBuckets;

  BucketWidth(String wireName, int seconds, int usualBuckets, int mostBuckets) {
    this.wireName = wireName;
    this.seconds = seconds;
    this.usualBuckets = usualBuckets;
    this.mostBuckets = mostBuckets;
  }

  static BucketWidth of(String wireName) {
    for (BucketWidth width : values()) {
      if (width.wireName.equals(wireName)) {
        return width;
      }
    }
    throw new InvalidInput("bucket_width", wireName, "must be 1m, 1h or 1d");
  }

  int seconds() {
    return seconds;
  }

  /** Of a page, unless asked otherwise. */
  int usualBuckets() {
    return usualBuckets;
  }

  /** Of a page. */
  int mostBuckets() {
    return mostBuckets;
  }

  /** The start of the bucket that holds an instant. */
  Instant floor(Instant time) {
    return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), seconds) * seconds);
  }
}
