package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The second step: of all events with the same organization, source and id the first goes on. A
 * later one with the same body is a duplicate and only counted; one with another body is a conflict
 * and rejected with both digests.
 */
final class DeduplicateEvents implements Processor<Void, AdmittedEvent, Object, Object> {
  private final MeterBounds bounds;

  private @Nullable ProcessorContext<Object, Object> context;
  private @Nullable DedupMemory memory;

  DeduplicateEvents(MeterBounds bounds) {
    this.bounds = bounds;
  }

  @Override
  public void init(ProcessorContext<Object, Object> taskContext) {
    context = taskContext;
    KeyValueStore<Bytes, byte[]> store = taskContext.getStateStore(MeterTopology.DEDUP_BATCHES);
    DedupMemory dedup = new DedupSegments(store, bounds.mostRemembered());
    memory = dedup;
    CommitHook hook = taskContext.getStateStore(MeterTopology.COMMIT_HOOK);
    hook.beforeCommit(taskContext, dedup::save);
  }

  @Override
  public void process(Record<Void, AdmittedEvent> record) {
    AdmittedEvent admitted = record.value();
    UsageEvent event = admitted.event();
    Fingerprint fingerprint =
        Fingerprint.of(event.getOrganizationId(), event.getSource(), event.getId());
    long appendedAt = admitted.source().position().getAppendedAt().toEpochMilli();
    DedupMemory dedup = Objects.requireNonNull(memory, "not initialized");
    DedupMemory.Entry known = dedup.find(fingerprint);
    BodyDigest original = known == null ? null : known.digest();
    if (original == null) {
      dedup.put(fingerprint, DedupMemory.Entry.accepted(admitted.digest()), appendedAt);
      context().forward(record, MeterTopology.RATE_EVENTS);
    } else if (original.equals(admitted.digest())) {
      count(OutcomeChange.of(admitted.before(), Outcome.DUPLICATE), record.timestamp());
    } else {
      RejectedUsage rejected =
          Rejection.conflict(event, admitted.digest(), original).toRecord(admitted.source());
      byte[] key = event.getOrganizationId().getBytes(StandardCharsets.UTF_8);
      context()
          .forward(new Record<>(key, rejected, record.timestamp()), MeterTopology.REJECTED_USAGE);
      count(OutcomeChange.of(admitted.before(), Outcome.CONFLICT), record.timestamp());
    }
  }

  private void count(OutcomeChange change, long timestamp) {
    context().forward(new Record<>(null, change, timestamp), MeterTopology.COUNT_OUTCOMES);
  }

  private ProcessorContext<Object, Object> context() {
    return Objects.requireNonNull(context, "not initialized");
  }
}
