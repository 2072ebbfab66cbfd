package io.tollgate.streams;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The answers of {@link TalliedSubjects}' store that were asked for last, also that there is none:
 * a table of a fixed size in which a newer answer takes the place of an older one.
 */
final class RecentSubjects {
  static final int ABSENT = Integer.MIN_VALUE;
  static final int UNKNOWN = Integer.MIN_VALUE + 1;

  /** A power of two. At some 150 bytes each, a table takes 20 MB at most. */
  private static final int PLACES = 1 << 17;

  private final @Nullable Scope[] keys = new @Nullable Scope[PLACES];
  private final int[] days = new int[PLACES];

  /** The day of a subject, {@link #ABSENT} if it is not tallied, or {@link #UNKNOWN}. */
  int get(Scope key) {
    int place = place(key);
    return key.equals(keys[place]) ? days[place] : UNKNOWN;
  }

  void put(Scope key, int day) {
    int place = place(key);
    keys[place] = key;
    days[place] = day;
  }

  void clear() {
    Arrays.fill(keys, null);
  }

  private static int place(Scope key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 15) & PLACES - 1;
  }
}
