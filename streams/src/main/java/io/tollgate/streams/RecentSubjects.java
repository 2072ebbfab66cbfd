package io.tollgate.streams;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The answers of {@link TalliedSubjects}' store that were asked for last, also that there is none:
 * a table that grows to a bound, in which a newer answer takes the place of an older one.
 *
 * <p>A subject is known by 64 bits of a hash with a secret of the process. That two are taken for
 * each other is less likely than that memory fails, and would let one be tallied that is beyond the
 * bound, or count one that is not; no sum of anybody else depends on it. With names instead of
 * hashes a table had room for an eighth of the subjects, and asking the store for the others took a
 * fifth of the topology's time.
 */
final class RecentSubjects {
  static final int ABSENT = Integer.MIN_VALUE;
  static final int UNKNOWN = Integer.MIN_VALUE + 1;

  /** Powers of two. At 12 bytes each, a table takes 12 MiB at most. */
  private static final int LEAST_PLACES = 1 << 10;

  private static final int MOST_PLACES = 1 << 20;
  private static final long SECRET = new SecureRandom().nextLong();

  /** Odd; the golden ratio's. */
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  /** Zero where there is nothing. */
  private long[] hashes = new long[LEAST_PLACES];

  private int[] days = new int[LEAST_PLACES];
  private int taken;

  /** The day of a subject, {@link #ABSENT} if it is not tallied, or {@link #UNKNOWN}. */
  int get(String organizationId, Subject subject) {
    long hash = hash(organizationId, subject);
    int place = place(hash);
    if (hashes[place] == hash) {
      return days[place];
    }
    return hashes[place ^ 1] == hash ? days[place ^ 1] : UNKNOWN;
  }

  void put(String organizationId, Subject subject, int day) {
    if (taken > hashes.length / 2 && hashes.length < MOST_PLACES) {
      grow();
    }
    put(hash(organizationId, subject), day);
  }

  /** Each has two places; what is in the first makes room by moving to the other. */
  private void put(long hash, int day) {
    int place = place(hash);
    int other = place ^ 1;
    if (hashes[other] == hash) {
      days[other] = day;
      return;
    }
    if (hashes[place] != hash) {
      if (hashes[place] == 0 || hashes[other] == 0) {
        taken++;
      }
      if (hashes[place] != 0) {
        hashes[other] = hashes[place];
        days[other] = days[place];
      }
    }
    hashes[place] = hash;
    days[place] = day;
  }

  private void grow() {
    long[] oldHashes = hashes;
    int[] oldDays = days;
    hashes = new long[oldHashes.length * 2];
    days = new int[hashes.length];
    taken = 0;
    for (int i = 0; i < oldHashes.length; i++) {
      if (oldHashes[i] != 0) {
        put(oldHashes[i], oldDays[i]);
      }
    }
  }

  void clear() {
    Arrays.fill(hashes, 0);
    taken = 0;
  }

  private int place(long hash) {
    return (int) (hash >>> 32) & hashes.length - 1;
  }

  private static long hash(String organizationId, Subject subject) {
    long hash = add(SECRET, organizationId);
    hash = add((hash ^ subject.kind().ordinal()) * FACTOR, subject.value());
    hash ^= hash >>> 32;
    hash *= FACTOR;
    return hash == 0 ? 1 : hash;
  }

  /** With the end marked by what no character is. */
  private static long add(long before, String text) {
    long hash = before;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FACTOR;
    }
    return (hash ^ 0x10000) * FACTOR;
  }
}
