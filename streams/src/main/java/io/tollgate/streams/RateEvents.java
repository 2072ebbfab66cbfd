package io.tollgate.streams;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PriceVersion;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.WriteOff;
import io.tollgate.streams.DedupMemory.Entry;
import io.tollgate.streams.OutcomeChange.Outcome;
import io.tollgate.streams.ParkedEvents.Parked;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
 * The third step: prices what it can, and has every event remembered with the price version that it
 * got. What has no price is told to usage.unrated and parked, until another price version or a
 * decision to write it off settles it; it keeps its position. What finds no room among the parked
 * is rejected and not remembered.
 *
 * <p>A correction first takes back what was in force: what was priced by a reversal at the version
 * that priced it, what is still parked without a trace. Then an amendment counts as any event.
 */
final class RateEvents implements Processor<Void, Accepted, Object, Object> {
  /**
   * How often new prices are looked for while something is parked, and the pause between two
   * bounded steps.
   */
  static final Duration LOOK_FOR_PRICES = Duration.ofMillis(500);

  private final GlobalTables tables;
  private final AvroSerde<UsageEvent> serde;
  private final MeterBounds bounds;

  private @Nullable ProcessorContext<Object, Object> context;
  private @Nullable TaskCell<AcceptedEvents> accepted;
  private @Nullable ParkedEvents parked;
  private @Nullable ParkedSweep sweep;
  private @Nullable Cancellable looking;

  RateEvents(GlobalTables tables, AvroSerde<UsageEvent> serde, MeterBounds bounds) {
    this.tables = tables;
    this.serde = serde;
    this.bounds = bounds;
  }

  @Override
  public void init(ProcessorContext<Object, Object> taskContext) {
    context = taskContext;
    accepted = taskContext.getStateStore(MeterTopology.ACCEPTED_EVENTS);
    KeyValueStore<Bytes, byte[]> store = taskContext.getStateStore(MeterTopology.PARKED_EVENTS);
    ParkedEvents events =
        new ParkedEvents(store, taskContext.taskId().partition(), bounds.mostParked());
    parked = events;
    sweep = new ParkedSweep(events);
    looking = null;
    CommitHook hook = taskContext.getStateStore(MeterTopology.COMMIT_HOOK);
    hook.beforeCommit(taskContext, events::saveCounts);
    lookWhileSomethingIsParked();
  }

  @Override
  public void process(Record<Void, Accepted> record) {
    switch (record.value()) {
      case AdmittedEvent admitted -> accept(admitted, record.timestamp());
      case AppliedCorrection applied -> {
        switch (applied.kind()) {
          case VOID -> withdraw(applied, record.timestamp());
          case AMEND -> amend(applied, record.timestamp());
        }
      }
    }
  }

  private void accept(AdmittedEvent admitted, long timestamp) {
    PriceBooks prices = tables.priceBooks();
    RatingResult result = rate(admitted, prices);
    if (mustWait(admitted, result) && !hasRoomFor(admitted)) {
      refuse(admitted, timestamp);
      return;
    }
    accepted().accept(admitted, add(admitted, result, prices, false, timestamp));
  }

  private void withdraw(AppliedCorrection applied, long timestamp) {
    boolean reversed = takeBack(applied, timestamp);
    accepted().voided(applied);
    OutcomeChange change = OutcomeChange.of(applied.event().before(), Outcome.VOID);
    count(change.withReversal(reversed), timestamp);
  }

  /** An amendment for which there is no room takes nothing back. */
  private void amend(AppliedCorrection applied, long timestamp) {
    AdmittedEvent admitted = applied.event();
    PriceBooks prices = tables.priceBooks();
    RatingResult result = rate(admitted, prices);
    boolean takesItsPlace = applied.inForce().priceRef() == Entry.NOT_PRICED;
    if (mustWait(admitted, result) && !takesItsPlace && !hasRoomFor(admitted)) {
      refuse(admitted, timestamp);
      return;
    }
    boolean reversed = takeBack(applied, timestamp);
    accepted().amended(applied, add(admitted, result, prices, reversed, timestamp));
  }

  private static RatingResult rate(AdmittedEvent admitted, PriceBooks prices) {
    return Rating.rate(
        RatedRecords.request(admitted.event(), admitted.tenant().currency()), prices);
  }

  private boolean mustWait(AdmittedEvent admitted, RatingResult result) {
    return result instanceof RatingResult.Unrated && decision(admitted) == null;
  }

  private @Nullable WriteOff decision(AdmittedEvent admitted) {
    return tables.writeOffs().of(admitted.event(), admitted.source().position().getAcceptedAt());
  }

  private boolean hasRoomFor(AdmittedEvent admitted) {
    return parked().hasRoomFor(admitted.event().getOrganizationId());
  }

  /** Nothing is remembered of it: sent again, it is new. */
  private void refuse(AdmittedEvent admitted, long timestamp) {
    UsageEvent event = admitted.event();
    String rule =
        "has no price yet, and "
            + parked().sizeOf(event.getOrganizationId())
            + " events of the organization wait for one in this partition, which is as many as"
            + " places are left (mostParked "
            + bounds.mostParked()
            + "): publish the missing prices or write the usage off, then send it again";
    Rejection rejection =
        Rejection.of(
            RejectReason.PARKING_FULL, "model", event.getModel(), rule, event, admitted.digest());
    context().forward(rejection.told(admitted.source(), timestamp), MeterTopology.REJECTED_USAGE);
    count(OutcomeChange.of(admitted.before(), Outcome.REJECTED), timestamp);
  }

  /**
   * Counts an event.
   *
   * @param reversed whether it is an amendment for which a reversal was written
   * @return what it was priced by
   */
  private int add(
      AdmittedEvent admitted,
      RatingResult result,
      PriceBooks prices,
      boolean reversed,
      long timestamp) {
    UsageEvent event = admitted.event();
    Position position = admitted.source().position();
    BodyDigest digest = admitted.digest();
    switch (result) {
      case RatingResult.Rated rated -> {
        emit(
            admitted.tenant().usageKey(),
            RatedRecords.rated(event, position, digest, rated),
            admitted.source().value(),
            timestamp);
        count(admitted, Outcome.RATED, reversed, timestamp);
        return accepted().prices().refOf(rated.priceBook(), rated.priceVersion());
      }
      case RatingResult.Unrated unrated -> {
        WriteOff decision = decision(admitted);
        if (decision != null) {
          tell(RatedRecords.writtenOff(event, position, digest, decision), timestamp);
          count(admitted, Outcome.WRITTEN_OFF, reversed, timestamp);
          return PriceRefs.WRITTEN_OFF;
        }
        tell(RatedRecords.unrated(event, position, digest, unrated), timestamp);
        count(admitted, Outcome.UNRATED, reversed, timestamp);
        park(admitted, prices);
        return Entry.NOT_PRICED;
      }
    }
  }

  private void count(AdmittedEvent admitted, Outcome outcome, boolean reversed, long timestamp) {
    count(OutcomeChange.of(admitted.before(), outcome).withReversal(reversed), timestamp);
  }

  /** Whether a reversal was written for it. */
  private boolean takeBack(AppliedCorrection applied, long timestamp) {
    UsageEvent taken = applied.taken();
    int priceRef = applied.inForce().priceRef();
    if (priceRef == PriceRefs.WRITTEN_OFF) {
      return false;
    }
    if (priceRef == Entry.NOT_PRICED) {
      String originalId = AcceptedEvents.originalId(applied.event().event());
      if (!parked().withdraw(taken, AcceptedEvents.identity(taken, originalId))) {
        throw new IllegalStateException(
            "event " + taken.getId() + " has no price, but is not parked either");
      }
      count(OutcomeChange.of(Outcome.UNRATED, Outcome.WITHDRAWN), timestamp);
      return false;
    }
    PriceVersion version =
        Objects.requireNonNull(
            accepted().version(priceRef, tables.priceBooks()), "judged without its price version");
    RatingResult.Rated rated =
        Rating.rate(RatedRecords.request(taken, version.currency()), version);
    emit(key(taken), RatedRecords.reversal(applied, rated), RatedEvent.NO_WIRE, timestamp);
    return true;
  }

  private void park(AdmittedEvent admitted, PriceBooks prices) {
    if (parked().size() == 0) {
      sweep().startFrom(prices, tables.writeOffs());
    }
    parked()
        .park(
            admitted.event(),
            admitted.fingerprint(),
            admitted.source(),
            context().currentSystemTimeMs());
    lookWhileSomethingIsParked();
  }

  private void emit(byte[] key, RatedUsage rated, byte[] wire, long timestamp) {
    ProcessorContext<Object, Object> to = context();
    Record<byte[], RatedEvent> record = new Record<>(key, new RatedEvent(rated, wire), timestamp);
    to.forward(record, MeterTopology.RATED_USAGE);
    to.forward(record, MeterTopology.ACCUMULATE_USAGE);
  }

  private void tell(UnratedUsage unrated, long timestamp) {
    context()
        .forward(
            new Record<>(key(unrated.getEvent()), unrated, timestamp), MeterTopology.UNRATED_USAGE);
  }

  /** A punctuator that runs for nothing would make an idle task commit for nothing. */
  private void lookWhileSomethingIsParked() {
    if (looking == null && parked().size() > 0) {
      looking =
          context().schedule(LOOK_FOR_PRICES, PunctuationType.WALL_CLOCK_TIME, this::settleParked);
    }
  }

  private void settleParked(long now) {
    PriceBooks prices = tables.priceBooks();
    WriteOffs writeOffs = tables.writeOffs();
    sweep()
        .run(
            prices, writeOffs, bounds.rateAtOnce(), event -> settle(event, prices, writeOffs, now));
    if (parked().size() == 0 && looking != null) {
      looking.cancel();
      looking = null;
    }
  }

  /** False if this instance does not know the organization now. */
  private boolean settle(Parked one, PriceBooks prices, WriteOffs writeOffs, long now) {
    SourceRecord source = one.source();
    Position position = source.position();
    UsageEvent event = serde.decode(source.value());
    Organization organization = tables.organization(event.getOrganizationId());
    if (organization == null) {
      return false;
    }
    switch (Rating.rate(RatedRecords.request(event, organization.getCurrency()), prices)) {
      case RatingResult.Rated rated -> {
        parked().release(one, event);
        BodyDigest digest = BodyDigest.of(event);
        emit(key(event), RatedRecords.rated(event, position, digest, rated), source.value(), now);
        settled(
            event,
            position,
            accepted().prices().refOf(rated.priceBook(), rated.priceVersion()),
            Outcome.RATED,
            now);
      }
      case RatingResult.Unrated unrated -> {
        WriteOff decision = writeOffs.of(event, position.getAcceptedAt());
        if (decision != null) {
          parked().release(one, event);
          tell(RatedRecords.writtenOff(event, position, BodyDigest.of(event), decision), now);
          settled(event, position, PriceRefs.WRITTEN_OFF, Outcome.WRITTEN_OFF, now);
        }
      }
    }
    return true;
  }

  private void settled(
      UsageEvent event, Position position, int priceRef, Outcome outcome, long now) {
    accepted().priced(event, priceRef, position.getAppendedAt().toEpochMilli());
    count(OutcomeChange.of(Outcome.UNRATED, outcome), now);
  }

  private static byte[] key(UsageEvent event) {
    return UsagePartitions.key(
            event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId())
        .getBytes(StandardCharsets.UTF_8);
  }

  private void count(OutcomeChange change, long timestamp) {
    context().forward(new Record<>(null, change, timestamp), MeterTopology.COUNT_OUTCOMES);
  }

  private AcceptedEvents accepted() {
    return Objects.requireNonNull(accepted, "not initialized").get();
  }

  private ParkedEvents parked() {
    return Objects.requireNonNull(parked, "not initialized");
  }

  private ParkedSweep sweep() {
    return Objects.requireNonNull(sweep, "not initialized");
  }

  private ProcessorContext<Object, Object> context() {
    return Objects.requireNonNull(context, "not initialized");
  }
}
