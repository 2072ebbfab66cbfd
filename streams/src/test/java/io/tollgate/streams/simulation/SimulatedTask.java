package io.tollgate.streams.simulation;

import io.tollgate.streams.LineUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.processor.internals.ProcessorContextImpl;
import org.apache.kafka.streams.processor.internals.ProcessorStateManager;
import org.apache.kafka.streams.processor.internals.ProcessorTopology;
import org.apache.kafka.streams.processor.internals.StateDirectory;
import org.apache.kafka.streams.processor.internals.StreamTask;
import org.apache.kafka.streams.processor.internals.Task;
import org.apache.kafka.streams.processor.internals.metrics.StreamsMetricsImpl;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.internals.ThreadCache;
import org.jspecify.annotations.Nullable;

/**
 * Kafka Streams' own stream task over one partition of a simulated log: its processors, stores,
 * caches, changelogs and commit order are the real ones. One record is handed to it at a time.
 */
final class SimulatedTask implements LineUnderTest.Stores {
  private static final LogContext LOGS = new LogContext("simulation ");
  private static final long CACHE_BYTES = 10 * 1024 * 1024;

  private final SimulatedBroker broker;
  private final SimulatedTime time;
  private final TopicPartition partition;
  private final StreamTask task;
  private final ProcessorStateManager stores;
  private final Metrics metrics;
  private long position;

  SimulatedTask(
      InternalTopologyBuilder builder,
      StreamsConfig config,
      TopicPartition partition,
      SimulatedBroker broker,
      SimulatedProducer producer,
      SimulatedTime time) {
    this.broker = broker;
    this.time = time;
    this.partition = partition;
    this.position = broker.committed(partition);
    this.metrics = new Metrics(time);
    TaskId id = new TaskId(0, partition.partition());
    StreamsMetricsImpl streamsMetrics = new StreamsMetricsImpl(metrics, "simulation", time);
    ProcessorTopology topology = builder.buildTopology();
    StateDirectory directory =
        new StateDirectory(config, time, topology.hasPersistentLocalStore(), false);
    ThreadCache cache = new ThreadCache(LOGS, CACHE_BYTES, streamsMetrics);
    Set<TopicPartition> inputs = Set.of(partition);
    MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    consumer.assign(inputs);
    this.stores =
        new ProcessorStateManager(
            id,
            Task.TaskType.ACTIVE,
            true,
            LOGS,
            directory,
            topology.storeToChangelogTopic(),
            inputs);
    InternalProcessorContext<?, ?> context =
        new ProcessorContextImpl(id, config, stores, streamsMetrics, cache);
    this.task =
        new StreamTask(
            id,
            inputs,
            topology,
            consumer,
            builder.topologyConfigs().getTaskConfig(),
            streamsMetrics,
            directory,
            cache,
            time,
            stores,
            producer.collector(),
            context,
            LOGS,
            false);
    task.initializeIfNeeded();
    StreamsInternals.restore(stores, broker);
    task.completeRestoration(none -> {});
    task.updateNextOffsets(partition, new OffsetAndMetadata(position));
  }

  static ConsumerRecord<byte[], byte[]> record(SimulatedBroker.Entry entry) {
    byte[] key = entry.key();
    byte[] value = entry.value();
    return new ConsumerRecord<>(
        entry.topic(),
        entry.partition(),
        entry.offset(),
        entry.appendedAt(),
        TimestampType.LOG_APPEND_TIME,
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        value == null ? ConsumerRecord.NULL_SIZE : value.length,
        key,
        value,
        entry.headers(),
        Optional.empty());
  }

  @Override
  @SuppressWarnings("unchecked")
  public <K, V> List<KeyValue<K, V>> range(String store, K from, K to) {
    ReadOnlyKeyValueStore<K, V> cells = (ReadOnlyKeyValueStore<K, V>) stores.store(store);
    List<KeyValue<K, V>> found = new ArrayList<>();
    try (KeyValueIterator<K, V> range = cells.range(from, to)) {
      range.forEachRemaining(found::add);
    }
    return found;
  }

  TopicPartition partition() {
    return partition;
  }

  /** The record that would be processed next; null if all were. */
  SimulatedBroker.@Nullable Entry next() {
    return broker.log(partition.topic(), partition.partition()).from(position);
  }

  /** Processes the next record. */
  void process() {
    SimulatedBroker.Entry entry = next();
    if (entry == null) {
      throw new IllegalStateException("nothing to process on " + partition);
    }
    task.addRecords(partition, List.of(record(entry)));
    position = entry.offset() + 1;
    task.updateNextOffsets(partition, new OffsetAndMetadata(position));
    if (!task.process(time.milliseconds())) {
      throw new IllegalStateException("the task did not take the record at " + entry.offset());
    }
  }

  /** Runs the punctuators whose time has come; whether there was one. */
  boolean punctuate() {
    return task.maybePunctuateSystemTime();
  }

  /** Flushes what was gathered; the offset to commit, null if there is nothing to commit. */
  @Nullable Long prepareCommit() {
    Map<TopicPartition, OffsetAndMetadata> offsets = task.prepareCommit(true);
    OffsetAndMetadata offset = offsets.get(partition);
    return offset == null ? null : offset.offset();
  }

  void postCommit() {
    task.postCommit(false);
  }

  /** Closes after a commit. */
  void closeClean() {
    task.suspend();
    task.closeClean();
    metrics.close();
  }

  /** Closes after an error: the hook runs once more and what it writes must not count. */
  void closeDirty() {
    task.prepareCommit(false);
    task.suspend();
    task.closeDirty();
    metrics.close();
  }
}
