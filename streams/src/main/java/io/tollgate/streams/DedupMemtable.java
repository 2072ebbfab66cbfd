package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.util.Arrays;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was put since the last segment was sealed: a fingerprint, a body digest, state, price
 * reference and day per event, 41 bytes, one after the other as they were put; no object per event.
 * Beside them an open-addressing index of four bytes per slot, which stays in the processor's cache
 * and tells by seven bits of the fingerprint that an event is new. Fingerprints are uniform
 * (SHA-256), so their bits are the hash and nearly their own order.
 */
final class DedupMemtable {
  /** Bounds {@link SegmentedDedupMemory#MOST_UNSEALED}. */
  private static final int NUMBER_BITS = 25;

  private static final int NUMBERS = (1 << NUMBER_BITS) - 1;
  private static final int LEAST_ENTRIES = 1024;
  private static final int LEAST_SLOTS = 2 * LEAST_ENTRIES;

  /** Larger arrays are given back once they are empty. */
  private static final int MOST_KEPT_ENTRIES = 1 << 17;

  private static final int FREE = 0;

  private long[] fingerprints = new long[2 * LEAST_ENTRIES];
  private long[] digests = new long[2 * LEAST_ENTRIES];
  private byte[] states = new byte[LEAST_ENTRIES];
  private int[] priceRefs = new int[LEAST_ENTRIES];
  private int[] days = new int[LEAST_ENTRIES];

  /** Seven bits of a fingerprint, then one more than the number of its entry. Grown at 3/4. */
  private int[] index = new int[LEAST_SLOTS];

  private int size;

  int size() {
    return size;
  }

  DedupMemory.@Nullable Entry find(Fingerprint fingerprint) {
    int slot = slot(fingerprint.high(), fingerprint.low());
    return index[slot] == FREE ? null : entry(number(slot));
  }

  /** Adds an event that is not there yet, or replaces one that is. */
  void put(Fingerprint fingerprint, DedupMemory.Entry entry, int day) {
    if (size == states.length) {
      resize(2 * size);
    }
    if (4L * size > 3L * index.length) {
      index(2 * index.length);
    }
    int slot = slot(fingerprint.high(), fingerprint.low());
    if (index[slot] == FREE) {
      fingerprints[2 * size] = fingerprint.high();
      fingerprints[2 * size + 1] = fingerprint.low();
      size++;
      index[slot] = tag(fingerprint.low()) | size;
    }
    int number = number(slot);
    digests[2 * number] = entry.digest().high();
    digests[2 * number + 1] = entry.digest().low();
    states[number] = entry.state().code();
    priceRefs[number] = entry.priceRef();
    days[number] = day;
  }

  /** Drops what was appended before a day. */
  void dropBefore(int day) {
    int kept = 0;
    for (int number = 0; number < size; number++) {
      if (days[number] >= day) {
        System.arraycopy(fingerprints, 2 * number, fingerprints, 2 * kept, 2);
        System.arraycopy(digests, 2 * number, digests, 2 * kept, 2);
        states[kept] = states[number];
        priceRefs[kept] = priceRefs[number];
        days[kept] = days[number];
        kept++;
      }
    }
    if (kept < size) {
      size = kept;
      index(index.length);
    }
  }

  void clear() {
    size = 0;
    if (states.length > MOST_KEPT_ENTRIES) {
      resize(LEAST_ENTRIES);
      index(LEAST_SLOTS);
    } else {
      Arrays.fill(index, FREE);
    }
  }

  /** The days of its entries, ascending. */
  int[] days() {
    TreeSet<Integer> found = new TreeSet<>();
    for (int number = 0; number < size; number++) {
      if (number == 0 || days[number] != days[number - 1]) {
        found.add(days[number]);
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The numbers of a day's entries in the order of their fingerprints, unsigned. They are dealt out
   * by their leading bits, which leaves next to nothing to sort.
   */
  int[] sorted(int day) {
    int count = 0;
    for (int number = 0; number < size; number++) {
      if (days[number] == day) {
        count++;
      }
    }
    int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(count));
    int[] next = new int[(1 << bits) + 1];
    for (int number = 0; number < size; number++) {
      if (days[number] == day) {
        next[(int) (high(number) >>> (Long.SIZE - bits)) + 1]++;
      }
    }
    for (int bucket = 1; bucket < next.length; bucket++) {
      next[bucket] += next[bucket - 1];
    }
    int[] numbers = new int[count];
    for (int number = 0; number < size; number++) {
      if (days[number] == day) {
        numbers[next[(int) (high(number) >>> (Long.SIZE - bits))]++] = number;
      }
    }
    for (int i = 1; i < count; i++) {
      int number = numbers[i];
      int at = i;
      while (at > 0 && isAfter(numbers[at - 1], number)) {
        numbers[at] = numbers[at - 1];
        at--;
      }
      numbers[at] = number;
    }
    return numbers;
  }

  private boolean isAfter(int one, int other) {
    int byHigh = Long.compareUnsigned(high(one), high(other));
    return byHigh > 0 || (byHigh == 0 && Long.compareUnsigned(low(one), low(other)) > 0);
  }

  long high(int number) {
    return fingerprints[2 * number];
  }

  long low(int number) {
    return fingerprints[2 * number + 1];
  }

  DedupMemory.Entry entry(int number) {
    return new DedupMemory.Entry(
        new BodyDigest(digests[2 * number], digests[2 * number + 1]),
        DedupMemory.State.of(states[number]),
        priceRefs[number]);
  }

  private static int tag(long low) {
    return (int) (low >>> Integer.SIZE) & ~NUMBERS;
  }

  private int number(int slot) {
    return (index[slot] & NUMBERS) - 1;
  }

  /** Where the index has a fingerprint, or where it would go. */
  private int slot(long high, long low) {
    int mask = index.length - 1;
    int tag = tag(low);
    int slot = (int) low & mask;
    while (index[slot] != FREE) {
      if ((index[slot] & ~NUMBERS) == tag) {
        int number = number(slot);
        if (high(number) == high && low(number) == low) {
          return slot;
        }
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** With room for so many entries. */
  private void resize(int entries) {
    fingerprints = Arrays.copyOf(fingerprints, 2 * entries);
    digests = Arrays.copyOf(digests, 2 * entries);
    states = Arrays.copyOf(states, entries);
    priceRefs = Arrays.copyOf(priceRefs, entries);
    days = Arrays.copyOf(days, entries);
  }

  private void index(int slots) {
    index = new int[slots];
    for (int number = 0; number < size; number++) {
      index[slot(high(number), low(number))] = tag(low(number)) | (number + 1);
    }
  }
}
