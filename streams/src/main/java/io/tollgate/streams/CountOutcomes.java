package io.tollgate.streams;

import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Counts what became of every record, and publishes the counts with each commit that changed them:
 * in the transaction that commits the offset up to which they hold.
 */
final class CountOutcomes implements Processor<Void, OutcomeChange, byte[], PartitionOutcomes> {
  private @Nullable ProcessorContext<byte[], PartitionOutcomes> context;
  private @Nullable KeyValueStore<String, byte[]> store;
  private OutcomeCounts counts = new OutcomeCounts();

  @Override
  public void init(ProcessorContext<byte[], PartitionOutcomes> taskContext) {
    context = taskContext;
    KeyValueStore<String, byte[]> outcomes = taskContext.getStateStore(MeterTopology.OUTCOMES);
    store = outcomes;
    counts = OutcomeCounts.read(outcomes);
    CommitHook hook = taskContext.getStateStore(MeterTopology.COMMIT_HOOK);
    hook.beforeCommit(taskContext, this::publish);
  }

  @Override
  public void process(Record<Void, OutcomeChange> record) {
    OutcomeChange change = record.value();
    Outcome from = change.from();
    if (from == null) {
      counts.first(context().recordMetadata().orElseThrow().offset(), change.to());
    } else {
      counts.move(from, change.to());
    }
    if (change.reversed()) {
      counts.reversal();
    }
  }

  private void publish() {
    if (!counts.hasChanged()) {
      return;
    }
    counts.write(Objects.requireNonNull(store, "not initialized"));
    int partition = context().taskId().partition();
    long now = context().currentSystemTimeMs();
    byte[] key = (UsagePartitions.GENERATION + "/" + partition).getBytes(StandardCharsets.UTF_8);
    context()
        .forward(
            new Record<>(
                key,
                counts.toRecord(UsagePartitions.GENERATION, partition, Instant.ofEpochMilli(now)),
                now));
  }

  private ProcessorContext<byte[], PartitionOutcomes> context() {
    return Objects.requireNonNull(context, "not initialized");
  }
}
