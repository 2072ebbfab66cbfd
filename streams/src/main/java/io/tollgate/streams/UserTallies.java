package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The sums of users, by key and day. Users are many, most are met now and then, and hardly anybody
 * asks about one: so nothing is read, changed and written per user. The users of an organization
 * are spread over buckets; what is added to a bucket's day in one go becomes a block of it ({@link
 * UserBlock}), and a question adds up the blocks.
 *
 * <p>A new block takes in those before it that are not more than twice its size: so a day has a
 * handful of blocks, and each sum is written again some times, more rarely the more there are. A
 * block is full at {@link UserBlock#MOST_BYTES}; a bucket's day with more distinct users and keys
 * than that has several full ones.
 */
final class UserTallies {
  private static final int BUCKETS = 32;

  private final KeyValueStore<Bytes, byte[]> blocks;
  private final Map<Group, TallyBytes> added = new HashMap<>();

  /** Where a sum is kept, and from which quarter-hour on. */
  private record Group(String organizationId, int bucket, int quarterHour) {
    private static Group of(Scope scope, int quarterHour) {
      return new Group(scope.organizationId(), bucketOf(scope), quarterHour);
    }

    /** In the order of time, then of age. */
    private Bytes key(long number) {
      byte[] organization = organizationId.getBytes(StandardCharsets.US_ASCII);
      return Bytes.wrap(
          ByteBuffer.allocate(organization.length + 2 + Integer.BYTES + Long.BYTES)
              .put(organization)
              .put((byte) '/')
              .put((byte) bucket)
              .putInt(quarterHour ^ Integer.MIN_VALUE)
              .putLong(number)
              .array());
    }
  }

  /** The keys of all blocks that may hold sums of a user from a quarter-hour to another. */
  record Range(Bytes from, Bytes to) {
    static Range of(Scope scope, int first, int last) {
      return new Range(Group.of(scope, first).key(0), Group.of(scope, last).key(Long.MAX_VALUE));
    }
  }

  /**
   * @param blocks without a cache: it is written right before commits
   */
  UserTallies(KeyValueStore<Bytes, byte[]> blocks) {
    this.blocks = blocks;
  }

  private static int bucketOf(Scope scope) {
    int hash = Cell.index(scope).hashCode() * 0x9E3779B9;
    return Math.floorMod(hash ^ (hash >>> 15), BUCKETS);
  }

  /** The quarter-hour from which on the sums in a block count. */
  static int quarterHour(Bytes key) {
    byte[] bytes = key.get();
    return ByteBuffer.wrap(bytes).getInt(bytes.length - Long.BYTES - Integer.BYTES)
        ^ Integer.MIN_VALUE;
  }

  private static long number(Bytes key) {
    byte[] bytes = key.get();
    return ByteBuffer.wrap(bytes).getLong(bytes.length - Long.BYTES);
  }

  /**
   * Is in no answer before {@link #write}.
   *
   * @param key of the cell, or of another of the same user and key
   */
  void add(Cell cell, Bytes key, Tally tally) {
    TallyBytes to =
        added.computeIfAbsent(
            Group.of(cell.scope(), cell.quarterHour()), g -> new TallyBytes(1024));
    byte[] bytes = key.get();
    int end = bytes.length - Integer.BYTES;
    SumBytes.write(to, bytes, TallyKey.userFrom(bytes), end, tally);
  }

  /** Writes what was added. */
  void write() {
    added.forEach(this::write);
    added.clear();
  }

  private void write(Group group, TallyBytes addedTo) {
    List<SumBytes> sums = new ArrayList<>();
    SumBytes.forEach(addedTo.bytes, 0, addedTo.length(), sums::add);
    List<Bytes> takenIn = new ArrayList<>();
    long size = addedTo.length();
    long number = 0;
    try (KeyValueIterator<Bytes, byte[]> newestFirst =
        blocks.reverseRange(group.key(0), group.key(Long.MAX_VALUE))) {
      while (newestFirst.hasNext()) {
        KeyValue<Bytes, byte[]> block = newestFirst.next();
        if (takenIn.isEmpty()) {
          number = number(block.key) + 1;
        }
        int length = block.value.length;
        if (length > 2 * size || length + size > UserBlock.MOST_BYTES) {
          break;
        }
        UserBlock.collect(block.value, sums);
        size += length;
        takenIn.add(block.key);
      }
    }
    takenIn.forEach(blocks::delete);
    // Sorted are what was added, mostly, and each block: these are merged rather than sorted.
    sums.sort(null);
    for (byte[] value : UserBlock.write(sums)) {
      blocks.put(group.key(number++), value);
    }
  }

  /** Hands over the sums of a user from a quarter-hour to another, both included. */
  void forEach(Scope scope, int first, int last, ObjIntConsumer<Tally> each) {
    Range range = Range.of(scope, first, last);
    try (KeyValueIterator<Bytes, byte[]> found = blocks.range(range.from(), range.to())) {
      while (found.hasNext()) {
        KeyValue<Bytes, byte[]> block = found.next();
        UserBlock.forEach(block.value, scope, tally -> each.accept(tally, quarterHour(block.key)));
      }
    }
  }
}
