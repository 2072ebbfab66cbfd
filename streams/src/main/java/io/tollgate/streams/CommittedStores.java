package io.tollgate.streams;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The {@link CommittedStore stores} of one topology, by task: {@link CommitHook} tells them of
 * commits. Thread-safe.
 */
class CommittedStores {
  private final Files files;
  private final ConcurrentMap<TaskId, List<CommittedStore<?, ?>>> byTask =
      new ConcurrentHashMap<>();

  /** Where stores keep their cells. */
  interface Files {
    CommittedCells open(Path folder);
  }

  CommittedStores(Files files) {
    this.files = files;
  }

  static CommittedStores onDisk(InstantSource clock) {
    return new CommittedStores(folder -> RocksCells.open(folder, clock));
  }

  <K, V> StoreBuilder<KeyValueStore<K, V>> builder(String name, Serde<K> keys, Serde<V> values) {
    return new Builder<>(this, name, keys, values);
  }

  CommittedCells open(TaskId task, Path folder, CommittedStore<?, ?> store) {
    CommittedCells cells = files.open(folder);
    byTask.computeIfAbsent(task, id -> new CopyOnWriteArrayList<>()).add(store);
    return cells;
  }

  void closed(TaskId task, CommittedStore<?, ?> store) {
    byTask.getOrDefault(task, List.of()).remove(store);
  }

  /** Right before the commit of a task, when nothing more will be written to its stores. */
  void log(TaskId task) {
    byTask.getOrDefault(task, List.of()).forEach(CommittedStore::log);
  }

  /** The last commit of a task has succeeded. */
  void committed(TaskId task) {
    byTask.getOrDefault(task, List.of()).forEach(CommittedStore::committed);
  }

  private record Builder<K, V>(CommittedStores stores, String name, Serde<K> keys, Serde<V> values)
      implements StoreBuilder<KeyValueStore<K, V>> {
    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingEnabled() {
      throw new UnsupportedOperationException("what is not committed is in memory anyway");
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("the changelog has no options of its own");
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingDisabled() {
      throw new UnsupportedOperationException("a committed store cannot do without its changelog");
    }

    @Override
    public KeyValueStore<K, V> build() {
      return new CommittedStore<>(stores, name, keys, values);
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return true;
    }
  }
}
