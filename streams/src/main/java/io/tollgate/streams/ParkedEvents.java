package io.tollgate.streams;

import io.tollgate.schemas.UsagePartitions;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Events of one partition whose price is not known, in the order of their offsets. */
final class ParkedEvents {
  private final KeyValueStore<Bytes, byte[]> store;
  private final int partition;
  private final int most;
  private int size;

  ParkedEvents(KeyValueStore<Bytes, byte[]> store, int partition, int most) {
    this.store = store;
    this.partition = partition;
    this.most = most;
    try (KeyValueIterator<Bytes, byte[]> stored = store.all()) {
      while (stored.hasNext()) {
        stored.next();
        size++;
      }
    }
  }

  int size() {
    return size;
  }

  /**
   * Keeps an event.
   *
   * @throws IllegalStateException if that would be more than the bound
   */
  void park(SourceRecord source, long now) {
    if (size >= most) {
      throw new IllegalStateException(
          most
              + " events of partition "
              + partition
              + " wait for a price, which is their bound (mostParked):"
              + " publish the missing prices or raise it");
    }
    store.put(
        StoredRecord.keyOf(source.position().getOffset()), new StoredRecord(source, now).toBytes());
    size++;
  }

  void release(SourceRecord source) {
    store.delete(StoredRecord.keyOf(source.position().getOffset()));
    size--;
  }

  /** The first parked event at or after an offset; null if there is none. */
  @Nullable SourceRecord firstFrom(long offset) {
    try (KeyValueIterator<Bytes, byte[]> rest =
        store.range(StoredRecord.keyOf(offset), StoredRecord.keyOf(Long.MAX_VALUE))) {
      if (!rest.hasNext()) {
        return null;
      }
      KeyValue<Bytes, byte[]> next = rest.next();
      long at = StoredRecord.offsetOf(next.key);
      return StoredRecord.of(UsagePartitions.GENERATION, partition, at, next.value).source();
    }
  }
}
