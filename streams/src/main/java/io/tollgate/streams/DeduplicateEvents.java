package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.DedupMemory.Entry;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The second step: of all events with the same organization, source and id the first goes on. A
 * later one with the same body is a duplicate and only counted; one with another body is a conflict
 * and rejected with both digests.
 *
 * <p>A correction goes on if the body it names is the one in force; one that is ahead of it waits,
 * is woken by its coming, and is rejected when the wait is over. What goes on is remembered by the
 * next step, together with its price ({@link AcceptedEvents}), before this one sees another event.
 */
final class DeduplicateEvents implements Processor<Void, AdmittedEvent, Object, Object> {
  /** How often waiting corrections are looked at for the end of their wait. */
  static final Duration ASK_AGAIN = Duration.ofMillis(200);

  private final EventValidation validation;
  private final GlobalTables tables;
  private final MeterBounds bounds;

  private @Nullable ProcessorContext<Object, Object> context;
  private @Nullable AcceptedEvents accepted;
  private @Nullable WaitingCorrections waiting;
  private @Nullable Cancellable asking;

  DeduplicateEvents(EventValidation validation, GlobalTables tables, MeterBounds bounds) {
    this.validation = validation;
    this.tables = tables;
    this.bounds = bounds;
  }

  @Override
  public void init(ProcessorContext<Object, Object> taskContext) {
    context = taskContext;
    DedupStore memory = taskContext.getStateStore(MeterTopology.DEDUP_BATCHES);
    KeyValueStore<Bytes, byte[]> refs = taskContext.getStateStore(MeterTopology.PRICE_REFS);
    AcceptedEvents events = new AcceptedEvents(memory, new PriceRefs(refs));
    accepted = events;
    TaskCell<AcceptedEvents> cell = taskContext.getStateStore(MeterTopology.ACCEPTED_EVENTS);
    cell.put(events);
    KeyValueStore<Bytes, byte[]> room =
        taskContext.getStateStore(MeterTopology.WAITING_CORRECTIONS);
    waiting =
        new WaitingCorrections(
            new WaitingRoom(room, taskContext.taskId().partition(), bounds.mostWaiting()));
    asking = null;
    CommitHook hook = taskContext.getStateStore(MeterTopology.COMMIT_HOOK);
    hook.keepFiles(taskContext);
    hook.beforeCommit(taskContext, memory::save);
    askWhileSomeoneWaits();
  }

  @Override
  public void process(Record<Void, AdmittedEvent> record) {
    AdmittedEvent admitted = record.value();
    if (admitted.event().getCorrection() != null) {
      correct(admitted, record.timestamp());
      return;
    }
    Entry known = accepted().find(admitted.fingerprint());
    if (known == null) {
      context().forward(record, MeterTopology.RATE_EVENTS);
      wake(admitted.fingerprint(), record.timestamp());
    } else if (known.digest().equals(admitted.digest())) {
      count(OutcomeChange.of(admitted.before(), Outcome.DUPLICATE), record.timestamp());
    } else {
      Rejection conflict = Rejection.conflict(admitted.event(), admitted.digest(), known.digest());
      reject(admitted.source(), conflict, admitted.before(), record.timestamp());
    }
  }

  private void correct(AdmittedEvent admitted, long timestamp) {
    switch (accepted().judge(admitted, tables.priceBooks())) {
      case CorrectionVerdict.Apply apply -> {
        apply(apply.correction(), timestamp);
        wake(admitted.fingerprint(), timestamp);
      }
      case CorrectionVerdict.Duplicate duplicate ->
          count(OutcomeChange.of(admitted.before(), Outcome.DUPLICATE), timestamp);
      case CorrectionVerdict.Conflict conflict ->
          reject(
              admitted.source(),
              Rejection.conflict(admitted, conflict),
              admitted.before(),
              timestamp);
      case CorrectionVerdict.Ahead ahead -> wait(admitted, ahead.awaited(), timestamp);
      case CorrectionVerdict.PriceBehind behind -> wait(admitted, null, timestamp);
    }
  }

  private void apply(AppliedCorrection correction, long timestamp) {
    context().forward(new Record<>(null, correction, timestamp), MeterTopology.RATE_EVENTS);
  }

  private void wait(AdmittedEvent admitted, @Nullable Fingerprint awaited, long timestamp) {
    if (waiting().isFull()) {
      String rule =
          "is ahead of its original, and " + bounds.mostWaiting() + " corrections wait already";
      reject(
          admitted.source(),
          ofOriginal(RejectReason.WAITING_FULL, rule, admitted),
          admitted.before(),
          timestamp);
      return;
    }
    waiting().enter(admitted.source(), context().currentSystemTimeMs());
    waiting().awaits(admitted.source().position().getOffset(), awaited);
    count(OutcomeChange.of(admitted.before(), Outcome.WAITING), timestamp);
    askWhileSomeoneWaits();
  }

  /** Judges again who waited for this, and then who waited for what thereby took effect. */
  private void wake(Fingerprint identity, long timestamp) {
    if (waiting().isEmpty()) {
      return;
    }
    Deque<Fingerprint> came = new ArrayDeque<>();
    came.add(identity);
    while (!came.isEmpty()) {
      for (long offset : waiting().awaiting(came.remove())) {
        Fingerprint applied = judgeAgain(offset, false, timestamp);
        if (applied != null) {
          came.add(applied);
        }
      }
    }
  }

  /** A punctuator that runs for nothing would make an idle task commit for nothing. */
  private void askWhileSomeoneWaits() {
    if (asking == null && !waiting().isEmpty()) {
      asking = context().schedule(ASK_AGAIN, PunctuationType.WALL_CLOCK_TIME, this::askAgain);
    }
  }

  private void askAgain(long now) {
    for (Map.Entry<Long, Long> one : waiting().waiting().entrySet()) {
      long offset = one.getKey();
      boolean expired = now - one.getValue() >= bounds.longestWait().toMillis();
      if (waiting().has(offset) && (expired || !waiting().isAwaiting(offset))) {
        Fingerprint applied = judgeAgain(offset, expired, now);
        if (applied != null) {
          wake(applied, now);
        }
      }
    }
    if (waiting().isEmpty() && asking != null) {
      asking.cancel();
      asking = null;
    }
  }

  /** The identity of the correction, if it took effect. */
  private @Nullable Fingerprint judgeAgain(long offset, boolean expired, long timestamp) {
    SourceRecord source = waiting().get(offset);
    switch (validation.judge(source)) {
      case Verdict.Admit admit -> {
        return judgeAgain(admit.event().afterWaiting(), expired, timestamp);
      }
      case Verdict.Reject reject -> {
        waiting().leave(offset);
        reject(source, reject.rejection(), Outcome.WAITING, timestamp);
      }
      case Verdict.Wait wait -> {
        // It was known when it came: this instance's tables are behind, or it was removed.
        waiting().awaits(offset, null);
        if (expired) {
          waiting().leave(offset);
          UsageEvent event = wait.event();
          Rejection rejection =
              Rejection.of(
                  RejectReason.UNKNOWN_TENANT,
                  wait.field(),
                  wait.value(),
                  "is not known any more",
                  event,
                  BodyDigest.of(event));
          reject(source, rejection, Outcome.WAITING, timestamp);
        }
      }
      case Verdict.Reroute reroute ->
          throw new IllegalStateException(
              "offset " + offset + " waited on a partition that is not its own");
    }
    return null;
  }

  private @Nullable Fingerprint judgeAgain(
      AdmittedEvent admitted, boolean expired, long timestamp) {
    long offset = admitted.source().position().getOffset();
    switch (accepted().judge(admitted, tables.priceBooks())) {
      case CorrectionVerdict.Apply apply -> {
        waiting().leave(offset);
        apply(apply.correction(), timestamp);
        return admitted.fingerprint();
      }
      case CorrectionVerdict.Duplicate duplicate -> {
        waiting().leave(offset);
        count(OutcomeChange.of(Outcome.WAITING, Outcome.DUPLICATE), timestamp);
      }
      case CorrectionVerdict.Conflict conflict -> {
        waiting().leave(offset);
        reject(
            admitted.source(), Rejection.conflict(admitted, conflict), Outcome.WAITING, timestamp);
      }
      case CorrectionVerdict.Ahead ahead -> {
        if (expired) {
          waiting().leave(offset);
          reject(admitted.source(), waitedInVain(admitted, ahead), Outcome.WAITING, timestamp);
        } else {
          waiting().awaits(offset, ahead.awaited());
        }
      }
      // Not the correction's fault: it is kept until this instance has the version.
      case CorrectionVerdict.PriceBehind behind -> waiting().awaits(offset, null);
    }
    return null;
  }

  private Rejection waitedInVain(AdmittedEvent admitted, CorrectionVerdict.Ahead ahead) {
    String after = "also after a wait of " + bounds.longestWait().toSeconds() + " s";
    BodyDigest inForce = ahead.inForce();
    if (inForce == null) {
      return ofOriginal(RejectReason.UNKNOWN_ORIGINAL, "has not come, " + after, admitted);
    }
    return Rejection.conflict(
        admitted,
        new CorrectionVerdict.Conflict(
            "correction.original_digest",
            AcceptedEvents.namedBy(admitted.event()).toString(),
            "must be that of the body in force, " + after,
            inForce));
  }

  private static Rejection ofOriginal(RejectReason reason, String rule, AdmittedEvent admitted) {
    return Rejection.of(
        reason,
        "correction.original_id",
        AcceptedEvents.originalId(admitted.event()),
        rule,
        admitted.event(),
        admitted.digest());
  }

  private void reject(
      SourceRecord source, Rejection rejection, @Nullable Outcome before, long timestamp) {
    context().forward(rejection.told(source, timestamp), MeterTopology.REJECTED_USAGE);
    Outcome outcome =
        rejection.reason() == RejectReason.CONFLICT ? Outcome.CONFLICT : Outcome.REJECTED;
    count(OutcomeChange.of(before, outcome), timestamp);
  }

  private void count(OutcomeChange change, long timestamp) {
    context().forward(new Record<>(null, change, timestamp), MeterTopology.COUNT_OUTCOMES);
  }

  private ProcessorContext<Object, Object> context() {
    return Objects.requireNonNull(context, "not initialized");
  }

  private AcceptedEvents accepted() {
    return Objects.requireNonNull(accepted, "not initialized");
  }

  private WaitingCorrections waiting() {
    return Objects.requireNonNull(waiting, "not initialized");
  }
}
