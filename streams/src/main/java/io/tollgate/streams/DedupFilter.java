package io.tollgate.streams;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * On which days a fingerprint may have been put, in memory: a new one, which most are, is known to
 * be new from one cache line and without a look at any file, however many there are; a known one
 * leads to the segments of its day.
 *
 * <p>A hash table of 16 bits of the fingerprint and 8 bits of the day, off the heap. A bucket is a
 * cache line of 20 slots; what finds it full goes to the next. At most four fifths of the slots are
 * taken, so that one look in twelve or less goes on to the next line. Among 60 % new ids one in
 * some four thousand is searched for in vain. Slots of days that are gone stay until their shard is
 * built anew.
 *
 * <p>The table is cut into {@value #SHARDS} shards by the leading bits of the fingerprint.
 * Fingerprints lie sorted in their segments and buckets in the same order, so that a shard is built
 * from one stretch of each: when it is first asked, and when it is full. Shards grow by different
 * factors, hence at different times, and none of them is large: there is no moment at which all of
 * them are copied.
 */
final class DedupFilter implements Closeable {
  static final int SHARDS = 256;

  /** Answer of {@link #candidates} when any day may have it. */
  static final int ANY_DAY = -1;

  /** Most days {@link #candidates} names. */
  static final int MOST_CANDIDATES = 128;

  private static final int SLOTS = 20;
  private static final int FILLED_SLOTS = 16;

  /** Fuller buckets take nothing in twice: who amends one event without end must not fill many. */
  private static final int CHECKED_FROM = SLOTS - 2;

  private static final int LEAST_BUCKETS = 4;
  private static final int BUCKET_BYTES = 64;
  private static final int DAYS_AT = SLOTS * Short.BYTES;
  private static final int COUNT_AT = DAYS_AT + SLOTS;
  private static final int OVERFLOWN_AT = COUNT_AT + 1;
  private static final int DAY_CODES = 255;
  private static final int SHARD_BITS = 8;
  private static final int PAGE_BUCKETS = DedupFilterMemory.PAGE_BYTES / BUCKET_BYTES;
  private static final int PAGE_BITS = Integer.numberOfTrailingZeros(PAGE_BUCKETS);

  private static final long EACH_LANE = 0x0001_0001_0001_0001L;
  private static final long BELOW_TOP_BITS = 0x7fff_7fff_7fff_7fffL;

  /** In 256ths: how much room a shard has beyond what it holds when it is built. */
  private static final int LEAST_GROWTH = 64;

  private static final int MOST_GROWTH = 160;

  private final Supplier<Collection<DedupSegment>> segments;
  private final DedupFilterMemory memory = new DedupFilterMemory();
  private final Shard[] shards = new Shard[SHARDS];

  /** Whole pages, or less than one in an arena of its own. */
  private static final class Shard {
    private final MemorySegment[] pages;
    private final int buckets;
    private final @Nullable Arena own;
    private long entries;

    private Shard(int buckets) {
      this.buckets = buckets;
      this.own = Arena.ofShared();
      this.pages = new MemorySegment[] {own.allocate((long) buckets * BUCKET_BYTES, BUCKET_BYTES)};
    }

    private Shard(MemorySegment[] pages) {
      this.buckets = Math.multiplyExact(pages.length, PAGE_BUCKETS);
      this.own = null;
      this.pages = pages;
    }

    /** Where in the order of all its fingerprints one is. */
    private int bucket(long high) {
      return (int) (((high << SHARD_BITS >>> Integer.SIZE) * buckets) >>> Integer.SIZE);
    }

    private int next(int bucket) {
      return bucket + 1 == buckets ? 0 : bucket + 1;
    }

    private MemorySegment page(int bucket) {
      return pages[bucket >>> PAGE_BITS];
    }

    private static int offset(int bucket) {
      return (bucket & (PAGE_BUCKETS - 1)) * BUCKET_BYTES;
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
    Shard shard = shard((int) (high >>> (Long.SIZE - SHARD_BITS)));
    int bucket = shard.bucket(high);
    int found = 0;
    while (true) {
      MemorySegment page = shard.page(bucket);
      int at = Shard.offset(bucket);
      long wanted = (high & 0xffff) * EACH_LANE;
      for (int word = 0; word < SLOTS / 4; word++) {
        long equal = equalLanes(page, at + Long.BYTES * word, wanted);
        while (equal != 0) {
          byte code = page.get(ValueLayout.JAVA_BYTE, at + DAYS_AT + slot(word, equal));
          if (code != 0) {
            if (found == MOST_CANDIDATES) {
              return ANY_DAY;
            }
            codes[found++] = code;
          }
          equal &= equal - 1;
        }
      }
      if (page.get(ValueLayout.JAVA_BYTE, at + OVERFLOWN_AT) == 0) {
        return found;
      }
      bucket = shard.next(bucket);
    }
  }

  /** The top bit of each of four lanes that is as wanted. */
  private static long equalLanes(MemorySegment page, int at, long wanted) {
    long differing = page.get(ValueLayout.JAVA_LONG, at) ^ wanted;
    return ~(((differing & BELOW_TOP_BITS) + BELOW_TOP_BITS) | differing | BELOW_TOP_BITS);
  }

  private static int slot(int word, long equalLanes) {
    return 4 * word + (Long.numberOfTrailingZeros(equalLanes) >>> 4);
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
    long bytes = memory.bytes();
    for (Shard shard : shards) {
      bytes += shard == null || shard.own == null ? 0 : (long) shard.buckets * BUCKET_BYTES;
    }
    return bytes;
  }

  /** Forgets everything; it is built anew when it is asked. */
  void clear() {
    for (int number = 0; number < SHARDS; number++) {
      if (shards[number] != null) {
        free(shards[number]);
        shards[number] = null;
      }
    }
    memory.close();
  }

  private void free(Shard shard) {
    if (shard.own != null) {
      shard.own.close();
    } else {
      for (MemorySegment page : shard.pages) {
        memory.giveBack(page);
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
    Shard built = allocate(entries, entries * growth / 256);
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
      free(old);
    }
    return built;
  }

  /** A growth that ends within a page may become half of it less or more. */
  private Shard allocate(long entries, long growth) {
    int buckets = Math.toIntExact((entries + growth) / FILLED_SLOTS + 1);
    if (buckets < PAGE_BUCKETS) {
      return new Shard(Math.max(LEAST_BUCKETS, buckets));
    }
    long least = (entries + growth / 2) / FILLED_SLOTS / PAGE_BUCKETS + 1;
    int nearest = (buckets + PAGE_BUCKETS / 2) / PAGE_BUCKETS;
    MemorySegment[] pages = new MemorySegment[Math.toIntExact(Math.max(least, nearest))];
    Arrays.setAll(pages, page -> memory.page());
    return new Shard(pages);
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
    shard.entries += to - from;
  }

  private static void insert(Shard shard, long high, byte code) {
    int bucket = shard.bucket(high);
    while (true) {
      MemorySegment page = shard.page(bucket);
      int at = Shard.offset(bucket);
      int slot = page.get(ValueLayout.JAVA_BYTE, at + COUNT_AT);
      if (slot >= CHECKED_FROM && holds(page, at, high, code)) {
        return;
      }
      if (slot < SLOTS) {
        page.set(ValueLayout.JAVA_SHORT, at + slot * Short.BYTES, (short) high);
        page.set(ValueLayout.JAVA_BYTE, at + DAYS_AT + slot, code);
        page.set(ValueLayout.JAVA_BYTE, at + COUNT_AT, (byte) (slot + 1));
        return;
      }
      page.set(ValueLayout.JAVA_BYTE, at + OVERFLOWN_AT, (byte) 1);
      bucket = shard.next(bucket);
    }
  }

  private static boolean holds(MemorySegment page, int at, long high, byte code) {
    long wanted = (high & 0xffff) * EACH_LANE;
    for (int word = 0; word < SLOTS / 4; word++) {
      long equal = equalLanes(page, at + Long.BYTES * word, wanted);
      while (equal != 0) {
        if (page.get(ValueLayout.JAVA_BYTE, at + DAYS_AT + slot(word, equal)) == code) {
          return true;
        }
        equal &= equal - 1;
      }
    }
    return false;
  }
}
