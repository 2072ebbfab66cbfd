package io.tollgate.streams;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * On which days a fingerprint may have been put, in memory: a new one, which most are, is known to
 * be new from two cache lines and without a look at any file, however many there are; a known one
 * leads to the segments of its day.
 *
 * <p>A hash table of 16 bits of the fingerprint and 8 bits of the day, off the heap. A bucket is a
 * cache line of 20 slots, and an entry goes to the emptier of its two buckets. Among 60 % new ids
 * one in some two thousand is searched for in vain. Slots of days that are gone stay until their
 * shard is built anew.
 *
 * <p>The table is cut into {@value #SHARDS} shards by the leading bits of the fingerprint.
 * Fingerprints lie sorted in their segments, so that a shard is built from one stretch of each:
 * when it is first asked, and when it is full. Shards grow by different factors, hence at different
 * times, and none of them is large: there is no moment at which all of them are copied.
 */
final class DedupFilter implements Closeable {
  static final int SHARDS = 256;

  /** Answer of {@link #candidates} when any day may have it. */
  static final int ANY_DAY = -1;

  /** Most days {@link #candidates} can name. */
  static final int MOST_CANDIDATES = 2 * DedupFilter.SLOTS;

  private static final int SLOTS = 20;
  private static final int FILLED_SLOTS = 15;
  private static final int LEAST_BUCKETS = 4;
  private static final int BUCKET_BYTES = 64;
  private static final int DAYS_AT = SLOTS * Short.BYTES;
  private static final int COUNT_AT = DAYS_AT + SLOTS;
  private static final int OVERFLOWN_AT = COUNT_AT + 1;
  private static final int DAY_CODES = 255;
  private static final int CHOICE_BITS = 20;

  private static final long EACH_LANE = 0x0001_0001_0001_0001L;
  private static final long BELOW_TOP_BITS = 0x7fff_7fff_7fff_7fffL;

  /** In 256ths: how much room a shard has beyond what it holds when it is built. */
  private static final int LEAST_GROWTH = 64;

  private static final int MOST_GROWTH = 160;

  private final Supplier<Collection<DedupSegment>> segments;
  private final Shard[] shards = new Shard[SHARDS];

  private static final class Shard {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;
    private final int buckets;
    private long entries;

    private Shard(int buckets) {
      this.buckets = buckets;
      this.bytes = arena.allocate((long) buckets * BUCKET_BYTES, BUCKET_BYTES);
    }
  }

  /** Built from these segments, which must be all there are whenever it is asked. */
  DedupFilter(Supplier<Collection<DedupSegment>> segments) {
    this.segments = segments;
  }

  /** What stands for a day; never zero. */
  static byte code(int day) {
    return (byte) (Math.floorMod(day, DAY_CODES) + 1);
  }

  /**
   * On which days a fingerprint may have been put.
   *
   * @param codes receives their codes, some perhaps twice
   * @return how many there are, or {@link #ANY_DAY}
   */
  int candidates(long high, byte[] codes) {
    Shard shard = shard((int) (high >>> 56));
    long first = first(shard, high);
    long second = second(shard, high);
    int found = collect(shard.bytes, first, high, codes, 0);
    if (second != first) {
      found = collect(shard.bytes, second, high, codes, found);
    }
    // Only the fuller than full say so, and both have to be full for that.
    return shard.bytes.get(ValueLayout.JAVA_BYTE, first + OVERFLOWN_AT) == 0 ? found : ANY_DAY;
  }

  private static int collect(MemorySegment bytes, long bucket, long high, byte[] codes, int begin) {
    int found = begin;
    long wanted = (high & 0xffff) * EACH_LANE;
    for (int word = 0; word < SLOTS / 4; word++) {
      long differing = bytes.get(ValueLayout.JAVA_LONG, bucket + 8L * word) ^ wanted;
      // The top bit of each lane that is zero.
      long equal = ~(((differing & BELOW_TOP_BITS) + BELOW_TOP_BITS) | differing | BELOW_TOP_BITS);
      while (equal != 0) {
        int slot = 4 * word + (Long.numberOfTrailingZeros(equal) >>> 4);
        byte code = bytes.get(ValueLayout.JAVA_BYTE, bucket + DAYS_AT + slot);
        if (code != 0) {
          codes[found++] = code;
        }
        equal &= equal - 1;
      }
    }
    return found;
  }

  /** Takes in a segment that is among the segments by now. */
  void add(DedupSegment sealed) {
    long from = 0;
    while (from < sealed.count()) {
      int number = (int) (sealed.high(from) >>> 56);
      long to = end(sealed, number);
      Shard shard = shards[number];
      if (shard != null) {
        if (shard.entries + to - from > (long) shard.buckets * FILLED_SLOTS) {
          build(number);
        } else {
          insert(shard, sealed, from, to);
        }
      }
      from = to;
    }
  }

  long bytes() {
    long bytes = 0;
    for (Shard shard : shards) {
      bytes += shard == null ? 0 : (long) shard.buckets * BUCKET_BYTES;
    }
    return bytes;
  }

  /** Forgets everything; it is built anew when it is asked. */
  void clear() {
    for (int number = 0; number < SHARDS; number++) {
      if (shards[number] != null) {
        shards[number].arena.close();
        shards[number] = null;
      }
    }
  }

  @Override
  public void close() {
    clear();
  }

  private Shard shard(int number) {
    Shard shard = shards[number];
    return shard == null ? build(number) : shard;
  }

  private Shard build(int number) {
    long entries = 0;
    for (DedupSegment segment : segments.get()) {
      entries += end(segment, number) - begin(segment, number);
    }
    Shard old = shards[number];
    // Spread over the shards and changing from one growth to the next; nothing depends on which.
    int mixed = (number * 167 + (old == null ? 0 : old.buckets * 31)) & 0xff;
    int growth = LEAST_GROWTH + (MOST_GROWTH - LEAST_GROWTH) * mixed / 256;
    long room = entries + entries * growth / 256;
    Shard built = new Shard(Math.toIntExact(Math.max(LEAST_BUCKETS, room / FILLED_SLOTS + 1)));
    for (DedupSegment segment : segments.get()) {
      long from = begin(segment, number);
      long to = end(segment, number);
      for (long block = from / DedupSegment.BLOCK;
          from < to && block <= (to - 1) / DedupSegment.BLOCK;
          block++) {
        segment.checkHighs(block * DedupSegment.BLOCK);
      }
      insert(built, segment, from, to);
    }
    shards[number] = built;
    if (old != null) {
      old.arena.close();
    }
    return built;
  }

  private static long begin(DedupSegment segment, int number) {
    return segment.lowerBound((long) number << 56);
  }

  private static long end(DedupSegment segment, int number) {
    return number == SHARDS - 1 ? segment.count() : segment.lowerBound((long) (number + 1) << 56);
  }

  private static void insert(Shard shard, DedupSegment segment, long from, long to) {
    byte code = code(segment.day());
    for (long index = from; index < to; index++) {
      insert(shard, segment.high(index), code);
    }
  }

  private static void insert(Shard shard, long high, byte code) {
    MemorySegment bytes = shard.bytes;
    long first = first(shard, high);
    long second = second(shard, high);
    int inFirst = bytes.get(ValueLayout.JAVA_BYTE, first + COUNT_AT);
    int inSecond = bytes.get(ValueLayout.JAVA_BYTE, second + COUNT_AT);
    long bucket = inSecond < inFirst ? second : first;
    int slot = Math.min(inFirst, inSecond);
    if (slot == SLOTS) {
      bytes.set(ValueLayout.JAVA_BYTE, first + OVERFLOWN_AT, (byte) 1);
      return;
    }
    bytes.set(ValueLayout.JAVA_SHORT, bucket + (long) slot * Short.BYTES, (short) high);
    bytes.set(ValueLayout.JAVA_BYTE, bucket + DAYS_AT + slot, code);
    bytes.set(ValueLayout.JAVA_BYTE, bucket + COUNT_AT, (byte) (slot + 1));
    shard.entries++;
  }

  private static long first(Shard shard, long high) {
    return bucket(shard, high >>> 16);
  }

  private static long second(Shard shard, long high) {
    return bucket(shard, high >>> (16 + CHOICE_BITS));
  }

  private static long bucket(Shard shard, long choice) {
    long chosen = choice & ((1L << CHOICE_BITS) - 1);
    return ((chosen * shard.buckets) >>> CHOICE_BITS) * BUCKET_BYTES;
  }
}
