package io.tollgate.streams;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * Runs the callbacks of a task's processors right before each of its commits, so that what they
 * gathered in memory since the last one goes out in the same transaction as the offsets: one record
 * per commit instead of one per event.
 *
 * <p>Kafka Streams has no public hook there. A wall-clock punctuator is none: tasks also commit
 * when partitions are revoked and when the client closes, without punctuating, and what had been
 * gathered would be lost. The DSL's own caches solve the same problem through {@link
 * CachedStateStore}: before flushing the producer, {@code StreamTask.prepareCommit} has {@code
 * ProcessorStateManager.flushCache} call {@code flushCache()} of every store that implements it.
 * This store holds no data and does just that, and has the task's {@link CommittedStore}s log what
 * was written to them once no callback will write any more. Beside {@link StoreChangelog} it is the
 * only class that touches internals of Kafka Streams; {@code CommitHookTest} fails if a new version
 * calls it no more. See docs/adr/0003-commit-hook.md.
 *
 * <p>On a dirty close Kafka Streams flushes as well and then aborts the transaction, so that
 * nothing a callback wrote counts; memory is built anew by the processors' {@code init}. Callbacks
 * must write to stores without a cache only: a cached write after that cache's own flush would miss
 * the transaction.
 */
final class CommitHook implements StateStore, CachedStateStore<Void, Void> {
  /**
   * A restart reads again what was committed since: little. What is written with each commit, as
   * the sums of an organization are, goes to the files once for all.
   */
  private static final Duration TAKE_OVER = Duration.ofSeconds(1);

  private final String name;
  private final CommittedStores stores;
  private final List<Callback> callbacks = new ArrayList<>();
  private @Nullable InternalProcessorContext<?, ?> task;
  private boolean open;

  private CommitHook(String name, CommittedStores stores) {
    this.name = name;
    this.stores = stores;
  }

  private record Callback(ProcessorNode<?, ?, ?, ?> node, Runnable work) {}

  /**
   * Has work done before each commit, in the order of registration and with the rights of the
   * processor that registers it: it may forward and use the processor's stores. To be called from
   * the processor's {@code init}.
   */
  void beforeCommit(ProcessorContext<?, ?> context, Runnable work) {
    ProcessorNode<?, ?, ?, ?> node = ((InternalProcessorContext<?, ?>) context).currentNode();
    // A task that is revived after corruption initializes the same nodes again; one that was a
    // standby meanwhile keeps its stores and comes with new nodes of the same names.
    callbacks.removeIf(callback -> callback.node.name().equals(node.name()));
    callbacks.add(new Callback(node, work));
  }

  /**
   * Has the task's {@link CommittedStore}s take what is committed over into their files, every now
   * and then. To be called from the {@code init} of one processor of the topology.
   */
  void keepFiles(ProcessorContext<?, ?> context) {
    context.schedule(
        TAKE_OVER, PunctuationType.WALL_CLOCK_TIME, now -> stores.takeOver(context.taskId()));
  }

  @Override
  public void flushCache() {
    InternalProcessorContext<?, ?> context = Objects.requireNonNull(task, "flushed before init");
    ProcessorNode<?, ?, ?, ?> nodeBefore = context.currentNode();
    ProcessorRecordContext recordBefore = context.recordContext();
    // As in a punctuation: there is no current record, and its headers must not leak into what is
    // written.
    context.setRecordContext(
        new ProcessorRecordContext(
            context.currentSystemTimeMs(), -1L, -1, null, new RecordHeaders()));
    try {
      for (Callback callback : callbacks) {
        context.setCurrentNode(callback.node);
        callback.work.run();
      }
      stores.log(context.taskId());
    } finally {
      context.setCurrentNode(nodeBefore);
      context.setRecordContext(recordBefore);
    }
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    task = (InternalProcessorContext<?, ?>) context;
    callbacks.clear();
    open = true;
    context.register(root, (key, value) -> {});
  }

  @Override
  public void commit(Map<org.apache.kafka.common.TopicPartition, Long> changelogOffsets) {}

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

  @Override
  public boolean setFlushListener(CacheFlushListener<Void, Void> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public void clearCache() {}

  /**
   * @param stores those of the tasks' stores that are written together with commits
   */
  static StoreBuilder<CommitHook> builder(String name, CommittedStores stores) {
    return new Builder(name, stores);
  }

  private record Builder(String name, CommittedStores stores) implements StoreBuilder<CommitHook> {
    @Override
    public StoreBuilder<CommitHook> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<CommitHook> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<CommitHook> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("a commit hook holds nothing that could be logged");
    }

    @Override
    public StoreBuilder<CommitHook> withLoggingDisabled() {
      return this;
    }

    @Override
    public CommitHook build() {
      return new CommitHook(name, stores);
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
