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
  private final ConcurrentMap<TaskId, Task> tasks = new ConcurrentHashMap<>();

  private static final class Task {
    private final List<CommittedStore<?, ?>> stores = new CopyOnWriteArrayList<>();

    /** Whether it has gone on since its last commit. */
    private volatile boolean wentOn;
  }

  /** Where stores keep their cells. */
  interface Files {
    /**
     * @param folder of the task
     */
    CommittedCells open(Path folder, String store);
  }

  CommittedStores(Files files) {
    this.files = files;
  }

  static CommittedStores onDisk(InstantSource clock) {
    return new CommittedStores(new RocksFiles(clock));
  }

  <K, V> StoreBuilder<KeyValueStore<K, V>> builder(String name, Serde<K> keys, Serde<V> values) {
    return new Builder<>(this, name, keys, values);
  }

  CommittedCells open(TaskId id, Path folder, CommittedStore<?, ?> store) {
    CommittedCells cells = files.open(folder, store.name());
    Task opened = task(id);
    opened.wentOn = false;
    opened.stores.add(store);
    return cells;
  }

  private Task task(TaskId id) {
    return tasks.computeIfAbsent(id, fresh -> new Task());
  }

  void closed(TaskId id, CommittedStore<?, ?> store) {
    task(id).stores.remove(store);
  }

  /** Right before the commit of a task, when nothing more will be written to its stores. */
  void log(TaskId id) {
    Task task = task(id);
    boolean something = false;
    for (CommittedStore<?, ?> store : task.stores) {
      something |= store.log();
    }
    if (something) {
      logged(id, task.wentOn);
      task.wentOn = false;
    }
  }

  void logged(TaskId id, boolean committed) {
    task(id).stores.forEach(store -> store.logged(committed));
  }

  /** Between commits of a task: its files take over what is known to be committed. */
  void takeOver(TaskId id) {
    Task task = task(id);
    task.stores.forEach(CommittedStore::takeOver);
    task.wentOn = true;
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
