package io.tollgate.streams;

import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.RatedUsage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * The fourth step: sums up what was rated and sends the sums on with each commit, one record per
 * organization. It keeps no store: if the commit fails, the same events are read again.
 */
final class AccumulateUsage implements Processor<byte[], RatedEvent, byte[], byte[]> {
  private final GlobalTables tables;
  private @Nullable ProcessorContext<byte[], byte[]> context;
  private final int schema;
  private UsageSums sums;
  private long nextOffset;

  /**
   * @param schema id of usage.deltas
   */
  AccumulateUsage(GlobalTables tables, int schema) {
    this.tables = tables;
    this.schema = schema;
    this.sums = new UsageSums(schema);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> taskContext) {
    context = taskContext;
    sums = new UsageSums(schema);
    nextOffset = OutcomeCounts.read(taskContext.getStateStore(MeterTopology.OUTCOMES)).nextOffset();
    CommitHook hook = taskContext.getStateStore(MeterTopology.COMMIT_HOOK);
    hook.beforeCommit(taskContext, this::sendSums);
  }

  @Override
  public void process(Record<byte[], RatedEvent> record) {
    RatedUsage rated = record.value().rated();
    sums.add(rated, tables.limits().perMinute(rated.getEvent().getOrganizationId()));
    nextOffset = Math.max(nextOffset, rated.getPosition().getOffset() + 1);
  }

  private void sendSums() {
    if (sums.isEmpty()) {
      return;
    }
    ProcessorContext<byte[], byte[]> to = Objects.requireNonNull(context, "not initialized");
    long now = to.currentSystemTimeMs();
    for (UsageSums.EncodedDelta delta :
        sums.drain(
            UsagePartitions.GENERATION,
            to.taskId().partition(),
            nextOffset,
            Instant.ofEpochMilli(now))) {
      byte[] key = delta.organizationId().getBytes(StandardCharsets.UTF_8);
      to.forward(new Record<>(key, delta.value(), now));
    }
  }
}
