package io.tollgate.streams;

import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The answers of {@link TalliedSubjects}' store that were asked for last, also that there is none:
 * a table of a fixed size in which a newer answer takes the place of an older one.
 */
final class RecentSubjects {
  static final int ABSENT = Integer.MIN_VALUE;
  static final int UNKNOWN = Integer.MIN_VALUE + 1;

  /** A power of two. At some 100 bytes each, a table takes 3 MB at most. */
  private static final int PLACES = 1 << 15;

  private final @Nullable Bytes[] keys = new @Nullable Bytes[PLACES];
  private final int[] days = new int[PLACES];

  /** The day of a subject, {@link #ABSENT} if it is not tallied, or {@link #UNKNOWN}. */
  int get(Bytes key) {
    int place = place(key);
    return key.equals(keys[place]) ? days[place] : UNKNOWN;
  }

  void put(Bytes key, int day) {
    int place = place(key);
    keys[place] = key;
    days[place] = day;
  }

  void clear() {
    Arrays.fill(keys, null);
  }

  private static int place(Bytes key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 15) & PLACES - 1;
  }
}
