package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * Accepted events in memory: a 128-bit fingerprint, a 128-bit body digest, state, price reference,
 * and the day of the append. Open addressing with linear probing over primitive arrays, 41 bytes
 * per slot, grown at 3/4; no object per event. Fingerprints are uniform (SHA-256), so their bits
 * are the hash.
 */
final class DedupIndex {
  private static final int LEAST_SLOTS = 1024;
  private static final byte EMPTY = 0;

  private final int most;
  private long[] fingerprints = new long[2 * LEAST_SLOTS];
  private long[] digests = new long[2 * LEAST_SLOTS];

  /** Codes of states; none is zero, which marks a free slot. */
  private byte[] states = new byte[LEAST_SLOTS];

  private int[] priceRefs = new int[LEAST_SLOTS];
  private int[] days = new int[LEAST_SLOTS];

  private int size;

  /** At most this many events are held. */
  DedupIndex(int most) {
    this.most = most;
  }

  int size() {
    return size;
  }

  DedupMemory.@Nullable Entry find(Fingerprint fingerprint) {
    int slot = slot(fingerprint.high(), fingerprint.low());
    if (states[slot] == EMPTY) {
      return null;
    }
    return new DedupMemory.Entry(
        new BodyDigest(digests[2 * slot], digests[2 * slot + 1]),
        DedupMemory.State.of(states[slot]),
        priceRefs[slot]);
  }

  /**
   * Adds an event that is not there yet, or replaces one that is.
   *
   * @throws IllegalStateException if the index is full
   */
  void put(Fingerprint fingerprint, DedupMemory.Entry entry, int day) {
    int slot = slot(fingerprint.high(), fingerprint.low());
    if (states[slot] == EMPTY) {
      if (size >= most) {
        throw new IllegalStateException(
            "deduplication remembers "
                + most
                + " events of this partition, which is its bound; raise"
                + " mostRemembered and give the process the memory for it (55 to 110 bytes each)");
      }
      size++;
    }
    fingerprints[2 * slot] = fingerprint.high();
    fingerprints[2 * slot + 1] = fingerprint.low();
    digests[2 * slot] = entry.digest().high();
    digests[2 * slot + 1] = entry.digest().low();
    states[slot] = entry.state().code();
    priceRefs[slot] = entry.priceRef();
    days[slot] = day;
    if (4L * size > 3L * states.length) {
      rebuild(2 * states.length, Integer.MIN_VALUE);
    }
  }

  /** Drops what was appended before a day. */
  void dropBefore(int day) {
    rebuild(states.length, day);
  }

  private int slot(long high, long low) {
    int mask = states.length - 1;
    int slot = (int) low & mask;
    while (states[slot] != EMPTY
        && (fingerprints[2 * slot] != high || fingerprints[2 * slot + 1] != low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void rebuild(int slots, int firstDay) {
    long[] oldFingerprints = fingerprints;
    long[] oldDigests = digests;
    byte[] oldStates = states;
    int[] oldPriceRefs = priceRefs;
    int[] oldDays = days;
    fingerprints = new long[2 * slots];
    digests = new long[2 * slots];
    states = new byte[slots];
    priceRefs = new int[slots];
    days = new int[slots];
    size = 0;
    for (int old = 0; old < oldStates.length; old++) {
      if (oldStates[old] != EMPTY && oldDays[old] >= firstDay) {
        int slot = slot(oldFingerprints[2 * old], oldFingerprints[2 * old + 1]);
        System.arraycopy(oldFingerprints, 2 * old, fingerprints, 2 * slot, 2);
        System.arraycopy(oldDigests, 2 * old, digests, 2 * slot, 2);
        states[slot] = oldStates[old];
        priceRefs[slot] = oldPriceRefs[old];
        days[slot] = oldDays[old];
        size++;
      }
    }
  }
}
