package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Dedup memory in an index on the heap, made durable in batches: one segment per UTC day of append,
 * in it numbered batches of entries, one written per commit. The store holds the batches and
 * nothing reads it but {@link #DedupSegments the next start}.
 *
 * <p>A batch is a run of 37-byte entries: fingerprint, body digest, state, price reference; a later
 * one replaces an earlier one of the same event. While the newest batch of a segment is small it is
 * written anew with more entries, so that slow traffic does not leave one batch per event; a batch
 * never exceeds 512 KiB. A segment is dropped as a whole when nothing appended in it can be met by
 * a copy any more.
 */
final class DedupSegments implements DedupMemory {
  static final int ENTRY_BYTES = DedupEntries.BYTES;
  static final int MOST_BATCH_BYTES = 512 * 1024 / ENTRY_BYTES * ENTRY_BYTES;

  /** A batch below this size is continued at the next commit. */
  static final int CONTINUED_BELOW_BYTES = 8 * 1024;

  /** Batches deleted per commit when a segment expires; the rest follows at the next ones. */
  static final int MOST_DELETED_AT_ONCE = 1_000;

  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  /**
   * The last append of a day, with the tolerance for fast clocks, can be met by a copy this many
   * days later, and a segment is dropped on the day after that.
   */
  private static final long REMEMBERED_DAYS = Rerouting.REMEMBERED.toDays() + 1;

  private final KeyValueStore<Bytes, byte[]> store;
  private final DedupIndex index;

  /** The newest batch of each segment, and what has to be written to it. */
  private final Map<Integer, Batch> newest = new HashMap<>();

  private int newestDay = Integer.MIN_VALUE;
  private int firstDay = Integer.MIN_VALUE;
  private boolean deleting;

  private static final class Batch {
    private int number;
    private byte[] entries = new byte[CONTINUED_BELOW_BYTES];
    private int length;
    private boolean dirty;

    private Batch(int number) {
      this.number = number;
    }

    private void add(byte[] source, int from, int count) {
      if (length + count > entries.length) {
        entries = Arrays.copyOf(entries, Math.max(2 * entries.length, length + count));
      }
      System.arraycopy(source, from, entries, length, count);
      length += count;
    }
  }

  /** Reads back what the store holds. */
  DedupSegments(KeyValueStore<Bytes, byte[]> store, int most) {
    this.store = store;
    this.index = new DedupIndex(most);
    try (KeyValueIterator<Bytes, byte[]> batches = store.all()) {
      while (batches.hasNext()) {
        read(batches.next());
      }
    }
    if (newestDay != Integer.MIN_VALUE) {
      forgetExpired();
    }
  }

  private void read(KeyValue<Bytes, byte[]> stored) {
    ByteBuffer key = ByteBuffer.wrap(stored.key.get());
    int day = key.getInt();
    int number = key.getInt();
    if (stored.value.length % ENTRY_BYTES != 0) {
      throw new IllegalStateException(
          "dedup batch %d/%d has %d bytes, which this version cannot read: entries are of %d"
              .formatted(day, number, stored.value.length, ENTRY_BYTES));
    }
    ByteBuffer entries = ByteBuffer.wrap(stored.value);
    while (entries.hasRemaining()) {
      Fingerprint fingerprint = new Fingerprint(entries.getLong(), entries.getLong());
      index.put(fingerprint, DedupEntries.read(entries), day);
    }
    newestDay = Math.max(newestDay, day);
    Batch batch = new Batch(number);
    if (stored.value.length < CONTINUED_BELOW_BYTES) {
      batch.add(stored.value, 0, stored.value.length);
    } else {
      batch.number++;
    }
    newest.merge(day, batch, (one, other) -> one.number > other.number ? one : other);
  }

  @Override
  public @Nullable Entry find(Fingerprint fingerprint) {
    return index.find(fingerprint);
  }

  @Override
  public void put(Fingerprint fingerprint, Entry entry, long appendedAt) {
    int day = Math.toIntExact(Math.floorDiv(appendedAt, DAY_MILLIS));
    if (day > newestDay) {
      newestDay = day;
      forgetExpired();
    }
    // What waited is put after what was appended later. In the segment of a day that is over it
    // would be read back before what it replaces.
    index.put(fingerprint, entry, newestDay);
    append(newestDay, fingerprint, entry);
  }

  private void forgetExpired() {
    int first = Math.toIntExact(newestDay - REMEMBERED_DAYS);
    if (first > firstDay) {
      firstDay = first;
      deleting = true;
      index.dropBefore(first);
      newest.keySet().removeIf(day -> day < first);
    }
  }

  private void append(int day, Fingerprint fingerprint, Entry entry) {
    Batch batch = newest.computeIfAbsent(day, d -> new Batch(0));
    if (batch.length + ENTRY_BYTES > MOST_BATCH_BYTES) {
      write(day, batch);
    }
    if (batch.length + ENTRY_BYTES > batch.entries.length) {
      batch.entries = Arrays.copyOf(batch.entries, 2 * batch.entries.length);
    }
    ByteBuffer slot =
        ByteBuffer.wrap(batch.entries, batch.length, ENTRY_BYTES)
            .putLong(fingerprint.high())
            .putLong(fingerprint.low());
    DedupEntries.write(entry, slot);
    batch.length += ENTRY_BYTES;
    batch.dirty = true;
  }

  @Override
  public void save() {
    newest.forEach(this::write);
    if (deleting) {
      deleting = deleteExpired();
    }
  }

  private void write(int day, Batch batch) {
    if (!batch.dirty) {
      return;
    }
    store.put(key(day, batch.number), Arrays.copyOf(batch.entries, batch.length));
    batch.dirty = false;
    if (batch.length >= CONTINUED_BELOW_BYTES) {
      batch.number++;
      batch.length = 0;
      batch.entries = new byte[CONTINUED_BELOW_BYTES];
    }
  }

  /** Deletes some batches of expired segments; true if there may be more. */
  private boolean deleteExpired() {
    if (firstDay <= 0) {
      return false;
    }
    int deleted = 0;
    try (KeyValueIterator<Bytes, byte[]> expired =
        store.range(key(0, 0), key(firstDay - 1, Integer.MAX_VALUE))) {
      while (expired.hasNext() && deleted < MOST_DELETED_AT_ONCE) {
        store.delete(expired.next().key);
        deleted++;
      }
      return expired.hasNext();
    }
  }

  private static Bytes key(int day, int number) {
    return Bytes.wrap(ByteBuffer.allocate(2 * Integer.BYTES).putInt(day).putInt(number).array());
  }

  @Override
  public long size() {
    return index.size();
  }
}
