package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Numbers above zero by key, in the heap; those that have changed are written to a part of a store
 * when they are saved, and read back from it at the start.
 */
final class StoredCounts<K extends Comparable<K>> {
  private final KeyValueStore<Bytes, byte[]> store;
  private final Function<K, byte[]> toBytes;
  private final TreeMap<K, Long> counts = new TreeMap<>();
  private final Set<K> changed = new HashSet<>();

  /**
   * @param kind the first byte of its keys in the store, and of no others
   * @param toBytes of a key; begins with the kind
   * @param ofBytes the key, of the same bytes
   */
  StoredCounts(
      KeyValueStore<Bytes, byte[]> store,
      byte kind,
      Function<K, byte[]> toBytes,
      Function<byte[], K> ofBytes) {
    this.store = store;
    this.toBytes = toBytes;
    Bytes from = Bytes.wrap(new byte[] {kind});
    Bytes to = Bytes.wrap(new byte[] {(byte) (kind + 1)});
    try (KeyValueIterator<Bytes, byte[]> stored = store.range(from, to)) {
      while (stored.hasNext()) {
        KeyValue<Bytes, byte[]> entry = stored.next();
        counts.put(ofBytes.apply(entry.key.get()), ByteBuffer.wrap(entry.value).getLong());
      }
    }
  }

  long of(K key) {
    return counts.getOrDefault(key, 0L);
  }

  int keys() {
    return counts.size();
  }

  long sum() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  void add(K key, int more) {
    counts.merge(key, (long) more, Long::sum);
    counts.remove(key, 0L);
    changed.add(key);
  }

  /** The first key after another one, or of all; null if there is none. */
  @Nullable K after(@Nullable K before) {
    if (before == null) {
      return counts.isEmpty() ? null : counts.firstKey();
    }
    return counts.higherKey(before);
  }

  void save() {
    for (K key : changed) {
      Bytes stored = Bytes.wrap(toBytes.apply(key));
      Long count = counts.get(key);
      if (count == null) {
        store.delete(stored);
      } else {
        store.put(stored, ByteBuffer.allocate(Long.BYTES).putLong(count).array());
      }
    }
    changed.clear();
  }
}
