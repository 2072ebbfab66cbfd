package io.tollgate.streams;

import io.tollgate.schemas.UsagePartitions;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Events that name a tenant, a backfill or an original not seen yet, in the order they came. The
 * store holds them; in memory there is only who waits since when.
 */
final class WaitingRoom {
  private final KeyValueStore<Bytes, byte[]> store;
  private final int partition;
  private final int most;

  /** Since when, in epoch milliseconds, by offset. */
  private final TreeMap<Long, Long> waiting = new TreeMap<>();

  WaitingRoom(KeyValueStore<Bytes, byte[]> store, int partition, int most) {
    this.store = store;
    this.partition = partition;
    this.most = most;
    try (KeyValueIterator<Bytes, byte[]> stored = store.all()) {
      while (stored.hasNext()) {
        KeyValue<Bytes, byte[]> entry = stored.next();
        long offset = StoredRecord.offsetOf(entry.key);
        waiting.put(
            offset,
            StoredRecord.of(UsagePartitions.GENERATION, partition, offset, entry.value).since());
      }
    }
  }

  boolean isFull() {
    return waiting.size() >= most;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  boolean has(long offset) {
    return waiting.containsKey(offset);
  }

  void enter(SourceRecord source, long now) {
    long offset = source.position().getOffset();
    store.put(StoredRecord.keyOf(offset), new StoredRecord(source, now).toBytes());
    waiting.put(offset, now);
  }

  /** Who waits since when, oldest record first; a copy, so that they may leave meanwhile. */
  Map<Long, Long> waiting() {
    return new TreeMap<>(waiting);
  }

  SourceRecord get(long offset) {
    byte[] stored = store.get(StoredRecord.keyOf(offset));
    if (stored == null) {
      throw new IllegalStateException(
          "offset " + offset + " waits, but the store does not have it");
    }
    return StoredRecord.of(UsagePartitions.GENERATION, partition, offset, stored).source();
  }

  void leave(long offset) {
    store.delete(StoredRecord.keyOf(offset));
    waiting.remove(offset);
  }
}
