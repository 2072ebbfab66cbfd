package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.OutcomeChange.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The first step: sends on what is valid, on time and somebody's; rejects what never will be; keeps
 * what may become so ({@link WaitingRoom}) and asks the tables again; sends a record that another
 * producer put on the wrong partition to its own, once.
 */
final class ValidateEvents implements Processor<byte[], byte[], Object, Object> {
  /** How often waiting events are looked at; adds at most this to a wait that has ended. */
  static final Duration ASK_AGAIN = Duration.ofMillis(200);

  private final EventValidation validation;
  private final MeterBounds bounds;

  private @Nullable ProcessorContext<Object, Object> context;
  private @Nullable WaitingRoom room;
  private @Nullable Cancellable asking;
  private long tablesAsked;

  ValidateEvents(EventValidation validation, MeterBounds bounds) {
    this.validation = validation;
    this.bounds = bounds;
  }

  @Override
  public void init(ProcessorContext<Object, Object> taskContext) {
    context = taskContext;
    KeyValueStore<Bytes, byte[]> store = taskContext.getStateStore(MeterTopology.WAITING_EVENTS);
    room = new WaitingRoom(store, taskContext.taskId().partition(), bounds.mostWaiting());
    asking = null;
    tablesAsked = -1;
    askWhileSomeoneWaits();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Optional<RecordMetadata> metadata = context().recordMetadata();
    SourceRecord source = read(record, metadata.orElseThrow());
    switch (validation.judge(source)) {
      case Verdict.Admit admit -> admit(admit.event(), record.timestamp());
      case Verdict.Reject reject -> reject(source, reject.rejection(), null, record.timestamp());
      case Verdict.Wait wait -> wait(source, wait, record.timestamp());
      case Verdict.Reroute reroute -> reroute(source, reroute.partition(), record.timestamp());
    }
  }

  private static SourceRecord read(Record<byte[], byte[]> record, RecordMetadata metadata) {
    Headers headers = record.headers();
    Instant appendedAt = Instant.ofEpochMilli(record.timestamp());
    Position position =
        new Position(
            UsagePartitions.GENERATION,
            metadata.partition(),
            metadata.offset(),
            appendedAt,
            Rerouting.acceptedAt(headers, appendedAt));
    byte[] value = record.value();
    return new SourceRecord(
        record.key(), value == null ? new byte[0] : value, position, Rerouting.isMarked(headers));
  }

  private void admit(AdmittedEvent event, long timestamp) {
    context().forward(new Record<>(null, event, timestamp), MeterTopology.DEDUPLICATE_EVENTS);
  }

  private void reject(
      SourceRecord source, Rejection rejection, @Nullable Outcome from, long timestamp) {
    context().forward(rejection.told(source, timestamp), MeterTopology.REJECTED_USAGE);
    count(OutcomeChange.of(from, Outcome.REJECTED), timestamp);
  }

  private void wait(SourceRecord source, Verdict.Wait wait, long timestamp) {
    WaitingRoom waitingRoom = room();
    if (waitingRoom.isFull()) {
      String rule = "is not known, and " + bounds.mostWaiting() + " events wait already";
      reject(source, rejection(RejectReason.WAITING_FULL, wait, rule), null, timestamp);
      return;
    }
    waitingRoom.enter(source, context().currentSystemTimeMs());
    // The tables may have changed between the verdict and the next look at them.
    tablesAsked = -1;
    count(OutcomeChange.of(null, Outcome.WAITING), timestamp);
    askWhileSomeoneWaits();
  }

  private void reroute(SourceRecord source, int partition, long timestamp) {
    Headers headers = Rerouting.headers(source.position().getAcceptedAt());
    context()
        .forward(
            new Record<>(
                source.key(), new Rerouting(source.value(), partition), timestamp, headers),
            MeterTopology.REROUTED_EVENTS);
    count(OutcomeChange.of(null, Outcome.REROUTED), timestamp);
  }

  /** A punctuator that runs for nothing would make an idle task commit for nothing. */
  private void askWhileSomeoneWaits() {
    if (asking == null && !room().isEmpty()) {
      asking = context().schedule(ASK_AGAIN, PunctuationType.WALL_CLOCK_TIME, this::askAgain);
    }
  }

  private void askAgain(long now) {
    WaitingRoom waitingRoom = room();
    long tables = validation.tablesVersion();
    for (Map.Entry<Long, Long> waiting : waitingRoom.waiting().entrySet()) {
      long offset = waiting.getKey();
      boolean expired = now - waiting.getValue() >= bounds.longestWait().toMillis();
      if (!expired && tables == tablesAsked) {
        continue;
      }
      SourceRecord source = waitingRoom.get(offset);
      switch (validation.judge(source)) {
        case Verdict.Admit admit -> {
          waitingRoom.leave(offset);
          admit(admit.event().afterWaiting(), now);
        }
        case Verdict.Reject reject -> {
          waitingRoom.leave(offset);
          reject(source, reject.rejection(), Outcome.WAITING, now);
        }
        case Verdict.Wait wait -> {
          if (expired) {
            waitingRoom.leave(offset);
            String rule =
                "is not known, also after a wait of " + bounds.longestWait().toSeconds() + " s";
            reject(
                source, rejection(RejectReason.UNKNOWN_TENANT, wait, rule), Outcome.WAITING, now);
          }
        }
        case Verdict.Reroute reroute ->
            throw new IllegalStateException(
                "offset " + offset + " waited on a partition that is not its own");
      }
    }
    tablesAsked = tables;
    if (waitingRoom.isEmpty() && asking != null) {
      asking.cancel();
      asking = null;
    }
  }

  private static Rejection rejection(RejectReason reason, Verdict.Wait wait, String rule) {
    UsageEvent event = wait.event();
    return Rejection.of(reason, wait.field(), wait.value(), rule, event, BodyDigest.of(event));
  }

  private void count(OutcomeChange change, long timestamp) {
    context().forward(new Record<>(null, change, timestamp), MeterTopology.COUNT_OUTCOMES);
  }

  private ProcessorContext<Object, Object> context() {
    return Objects.requireNonNull(context, "not initialized");
  }

  private WaitingRoom room() {
    return Objects.requireNonNull(room, "not initialized");
  }
}
