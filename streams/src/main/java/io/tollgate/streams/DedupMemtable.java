package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.util.Arrays;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was put since the last segment was sealed: a fingerprint, a body digest, state, price
 * reference and day per event. Open addressing with linear probing over primitive arrays, 41 bytes
 * per slot, grown at 3/4; no object per event. Fingerprints are uniform (SHA-256), so their bits
 * are the hash and nearly their own order.
 */
final class DedupMemtable {
  private static final int LEAST_SLOTS = 1024;

  /** Larger arrays are given back once they are empty. */
  private static final int MOST_KEPT_SLOTS = 1 << 18;

  private static final byte EMPTY = 0;

  private long[] fingerprints = new long[2 * LEAST_SLOTS];
  private long[] digests = new long[2 * LEAST_SLOTS];

  /** Codes of states; none is zero, which marks a free slot. */
  private byte[] states = new byte[LEAST_SLOTS];

  private int[] priceRefs = new int[LEAST_SLOTS];
  private int[] days = new int[LEAST_SLOTS];

  private int size;

  int size() {
    return size;
  }

  DedupMemory.@Nullable Entry find(Fingerprint fingerprint) {
    int slot = slot(fingerprint.high(), fingerprint.low());
    return states[slot] == EMPTY ? null : entry(slot);
  }

  /** Adds an event that is not there yet, or replaces one that is. */
  void put(Fingerprint fingerprint, DedupMemory.Entry entry, int day) {
    int slot = slot(fingerprint.high(), fingerprint.low());
    if (states[slot] == EMPTY) {
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
    if (size > 0) {
      rebuild(states.length, day);
    }
  }

  void clear() {
    if (states.length > MOST_KEPT_SLOTS) {
      allocate(LEAST_SLOTS);
    } else {
      Arrays.fill(states, EMPTY);
    }
    size = 0;
  }

  /** The days of its entries, ascending. */
  int[] days() {
    TreeSet<Integer> found = new TreeSet<>();
    int last = Integer.MIN_VALUE;
    for (int slot = 0; slot < states.length; slot++) {
      if (states[slot] != EMPTY && (days[slot] != last || found.isEmpty())) {
        last = days[slot];
        found.add(last);
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The slots of a day's entries in the order of their fingerprints, unsigned. They are dealt out
   * by their leading bits, which leaves next to nothing to sort.
   */
  int[] sorted(int day) {
    int count = 0;
    for (int slot = 0; slot < states.length; slot++) {
      if (states[slot] != EMPTY && days[slot] == day) {
        count++;
      }
    }
    int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(count));
    int[] next = new int[(1 << bits) + 1];
    for (int slot = 0; slot < states.length; slot++) {
      if (states[slot] != EMPTY && days[slot] == day) {
        next[(int) (high(slot) >>> (Long.SIZE - bits)) + 1]++;
      }
    }
    for (int bucket = 1; bucket < next.length; bucket++) {
      next[bucket] += next[bucket - 1];
    }
    int[] slots = new int[count];
    for (int slot = 0; slot < states.length; slot++) {
      if (states[slot] != EMPTY && days[slot] == day) {
        slots[next[(int) (high(slot) >>> (Long.SIZE - bits))]++] = slot;
      }
    }
    for (int i = 1; i < count; i++) {
      int slot = slots[i];
      int at = i;
      while (at > 0 && isAfter(slots[at - 1], slot)) {
        slots[at] = slots[at - 1];
        at--;
      }
      slots[at] = slot;
    }
    return slots;
  }

  private boolean isAfter(int one, int other) {
    int byHigh = Long.compareUnsigned(high(one), high(other));
    return byHigh > 0 || (byHigh == 0 && Long.compareUnsigned(low(one), low(other)) > 0);
  }

  long high(int slot) {
    return fingerprints[2 * slot];
  }

  long low(int slot) {
    return fingerprints[2 * slot + 1];
  }

  DedupMemory.Entry entry(int slot) {
    return new DedupMemory.Entry(
        new BodyDigest(digests[2 * slot], digests[2 * slot + 1]),
        DedupMemory.State.of(states[slot]),
        priceRefs[slot]);
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

  private void allocate(int slots) {
    fingerprints = new long[2 * slots];
    digests = new long[2 * slots];
    states = new byte[slots];
    priceRefs = new int[slots];
    days = new int[slots];
  }

  private void rebuild(int slots, int firstDay) {
    long[] oldFingerprints = fingerprints;
    long[] oldDigests = digests;
    byte[] oldStates = states;
    int[] oldPriceRefs = priceRefs;
    int[] oldDays = days;
    allocate(slots);
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
