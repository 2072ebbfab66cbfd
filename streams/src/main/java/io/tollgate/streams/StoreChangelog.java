package io.tollgate.streams;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.processor.internals.RecordCollector;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;

/**
 * The changelog topic of a store that is not made of Kafka Streams' own stores. There is no public
 * way to write to it or to learn the offsets: under exactly-once {@code StateStore.commit} is told
 * them when a task closes, not when it commits. Beside {@link CommitHook} the only class that
 * touches internals of Kafka Streams; see docs/adr/0010-dedup-segments.md.
 */
record StoreChangelog(InternalProcessorContext<?, ?> task, String store) implements Changelog {
  static StoreChangelog of(StateStoreContext context, String store) {
    return new StoreChangelog((InternalProcessorContext<?, ?>) context, store);
  }

  @Override
  public void write(byte[] key, byte @Nullable [] value) {
    task.logChange(
        store,
        Bytes.wrap(key),
        value,
        task.currentSystemTimeMs(),
        new RecordHeaders(),
        Position.emptyPosition());
  }

  @Override
  public long offset() {
    String topic = task.changelogFor(store);
    RecordCollector collector = ((RecordCollector.Supplier) task).recordCollector();
    Map<TopicPartition, Long> offsets = collector.offsets();
    Long offset = offsets.get(new TopicPartition(topic, task.taskId().partition()));
    return offset == null ? NO_OFFSET : offset;
  }

  @Override
  public boolean isProcessing() {
    ProcessorRecordContext record = task.recordContext();
    return record != null && record.offset() >= 0;
  }
}
