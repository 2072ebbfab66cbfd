package io.tollgate.streams;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A place where one processor of a task puts an object that others of the same task use. A state
 * store is the only thing that Kafka Streams gives to several processors of one task and to no
 * other task; this one stores nothing.
 */
final class TaskCell<T> implements StateStore {
  private final String name;
  private @Nullable T content;
  private boolean open;

  private TaskCell(String name) {
    this.name = name;
  }

  void put(T object) {
    content = object;
  }

  /**
   * What was put there.
   *
   * @throws IllegalStateException if nothing was: processors are initialized in the order of the
   *     topology, and the one that puts it there is the first
   */
  T get() {
    T object = content;
    if (object == null) {
      throw new IllegalStateException(name + " is used before it was put there");
    }
    return object;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    content = null;
    open = true;
    context.register(root, (key, value) -> {});
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {}

  @Override
  public void close() {
    open = false;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  static <T> StoreBuilder<TaskCell<T>> builder(String name) {
    return new Builder<>(name);
  }

  private record Builder<T>(String name) implements StoreBuilder<TaskCell<T>> {
    @Override
    public StoreBuilder<TaskCell<T>> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<TaskCell<T>> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<TaskCell<T>> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("a task cell holds nothing that could be logged");
    }

    @Override
    public StoreBuilder<TaskCell<T>> withLoggingDisabled() {
      return this;
    }

    @Override
    public TaskCell<T> build() {
      return new TaskCell<>(name);
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }
  }
}
