package io.tollgate.streams;

import java.util.Arrays;

/**
 * Accepted events in memory: a 128-bit fingerprint, a 128-bit body digest, and the day of the
 * append. Open addressing with linear probing over primitive arrays, 36 bytes per slot, grown at
 * 3/4; no object per event. Fingerprints are uniform (SHA-256), so their bits are the hash.
 */
final class DedupIndex {
  private static final int LEAST_SLOTS = 1024;
  private static final int EMPTY = 0;
  static final int ABSENT = -1;

  private final int most;
  private long[] fingerprints = new long[2 * LEAST_SLOTS];
  private long[] digests = new long[2 * LEAST_SLOTS];

  /** Day since the epoch plus one; zero marks a free slot. */
  private int[] days = new int[LEAST_SLOTS];

  private int size;

  /** At most this many events are held. */
  DedupIndex(int most) {
    this.most = most;
  }

  int size() {
    return size;
  }

  /** The slot of a fingerprint, or {@link #ABSENT}. Slots move when something is put or dropped. */
  int find(long high, long low) {
    int slot = slot(high, low);
    return days[slot] == EMPTY ? ABSENT : slot;
  }

  long digestHigh(int slot) {
    return digests[2 * slot];
  }

  long digestLow(int slot) {
    return digests[2 * slot + 1];
  }

  /**
   * Adds an event that is not there yet, or replaces one that is.
   *
   * @throws IllegalStateException if the index is full
   */
  void put(long high, long low, long digestHigh, long digestLow, int day) {
    int slot = slot(high, low);
    if (days[slot] == EMPTY) {
      if (size >= most) {
        throw new IllegalStateException(
            "deduplication remembers "
                + most
                + " events of this partition, which is its bound; raise"
                + " mostRemembered and give the process the memory for it (48 to 96 bytes each)");
      }
      size++;
    }
    set(slot, high, low, digestHigh, digestLow, day + 1);
    if (4L * size > 3L * days.length) {
      rebuild(2 * days.length, Integer.MIN_VALUE);
    }
  }

  /** Drops what was appended before a day. */
  void dropBefore(int day) {
    rebuild(days.length, day);
  }

  private int slot(long high, long low) {
    int mask = days.length - 1;
    int slot = (int) low & mask;
    while (days[slot] != EMPTY
        && (fingerprints[2 * slot] != high || fingerprints[2 * slot + 1] != low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void set(int slot, long high, long low, long digestHigh, long digestLow, int mark) {
    fingerprints[2 * slot] = high;
    fingerprints[2 * slot + 1] = low;
    digests[2 * slot] = digestHigh;
    digests[2 * slot + 1] = digestLow;
    days[slot] = mark;
  }

  private void rebuild(int slots, int firstDay) {
    long[] oldFingerprints = fingerprints;
    long[] oldDigests = digests;
    int[] oldDays = days;
    fingerprints = new long[2 * slots];
    digests = new long[2 * slots];
    days = new int[slots];
    Arrays.fill(days, EMPTY);
    size = 0;
    for (int old = 0; old < oldDays.length; old++) {
      if (oldDays[old] != EMPTY && oldDays[old] - 1 >= firstDay) {
        long high = oldFingerprints[2 * old];
        long low = oldFingerprints[2 * old + 1];
        set(slot(high, low), high, low, oldDigests[2 * old], oldDigests[2 * old + 1], oldDays[old]);
        size++;
      }
    }
  }
}
