package io.tollgate.streams;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.OutcomeChange.Outcome;
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
 * The third step: prices what it can. What it cannot is told to usage.unrated and parked; whenever
 * another price version becomes visible the parked events are rated again, a bounded number at a
 * time, and keep their position.
 */
final class RateEvents implements Processor<Void, AdmittedEvent, Object, Object> {
  /**
   * How often new prices are looked for while something is parked, and the pause between two
   * bounded steps.
   */
  static final Duration LOOK_FOR_PRICES = Duration.ofMillis(500);

  private final GlobalTables tables;
  private final AvroSerde<UsageEvent> serde;
  private final MeterBounds bounds;

  private @Nullable ProcessorContext<Object, Object> context;
  private @Nullable ParkedEvents parked;
  private @Nullable Cancellable looking;

  /** The prices that parked events are being rated by, and the offset that is next. */
  private PriceBooks sweptBy = PriceBooks.EMPTY;

  private long sweepFrom;
  private boolean sweeping;

  RateEvents(GlobalTables tables, AvroSerde<UsageEvent> serde, MeterBounds bounds) {
    this.tables = tables;
    this.serde = serde;
    this.bounds = bounds;
  }

  @Override
  public void init(ProcessorContext<Object, Object> taskContext) {
    context = taskContext;
    KeyValueStore<Bytes, byte[]> store = taskContext.getStateStore(MeterTopology.PARKED_EVENTS);
    parked = new ParkedEvents(store, taskContext.taskId().partition(), bounds.mostParked());
    looking = null;
    sweptBy = PriceBooks.EMPTY;
    sweeping = false;
    lookWhileSomethingIsParked();
  }

  @Override
  public void process(Record<Void, AdmittedEvent> record) {
    AdmittedEvent admitted = record.value();
    UsageEvent event = admitted.event();
    Position position = admitted.source().position();
    PriceBooks prices = tables.priceBooks();
    switch (Rating.rate(RatedRecords.request(event, admitted.tenant().currency()), prices)) {
      case RatingResult.Rated rated ->
          emit(
              RatedRecords.rated(event, position, admitted.digest(), rated),
              admitted.source(),
              admitted.before(),
              record.timestamp());
      case RatingResult.Unrated unrated -> {
        context()
            .forward(
                new Record<>(
                    key(event),
                    RatedRecords.unrated(event, position, admitted.digest(), unrated),
                    record.timestamp()),
                MeterTopology.UNRATED_USAGE);
        count(OutcomeChange.of(admitted.before(), Outcome.UNRATED), record.timestamp());
        park(admitted.source(), prices);
      }
    }
  }

  private void park(SourceRecord source, PriceBooks prices) {
    ParkedEvents parkedEvents = parked();
    if (parkedEvents.size() == 0) {
      sweptBy = prices;
      sweeping = false;
    }
    parkedEvents.park(source, context().currentSystemTimeMs());
    lookWhileSomethingIsParked();
  }

  private void emit(
      RatedUsage rated, SourceRecord source, @Nullable Outcome before, long timestamp) {
    ProcessorContext<Object, Object> to = context();
    Record<byte[], RatedEvent> record =
        new Record<>(key(rated.getEvent()), new RatedEvent(rated, source.value()), timestamp);
    to.forward(record, MeterTopology.RATED_USAGE);
    to.forward(record, MeterTopology.ACCUMULATE_USAGE);
    count(OutcomeChange.of(before, Outcome.RATED), timestamp);
  }

  /** A punctuator that runs for nothing would make an idle task commit for nothing. */
  private void lookWhileSomethingIsParked() {
    if (looking == null && parked().size() > 0) {
      looking =
          context().schedule(LOOK_FOR_PRICES, PunctuationType.WALL_CLOCK_TIME, this::rateParked);
    }
  }

  private void rateParked(long now) {
    PriceBooks prices = tables.priceBooks();
    if (prices != sweptBy) {
      sweptBy = prices;
      sweepFrom = 0;
      sweeping = true;
    }
    for (int i = 0; sweeping && i < bounds.rateAtOnce(); i++) {
      SourceRecord source = parked().firstFrom(sweepFrom);
      if (source == null) {
        sweeping = false;
      } else {
        sweepFrom = source.position().getOffset() + 1;
        rateParked(source, prices, now);
      }
    }
    if (parked().size() == 0 && looking != null) {
      looking.cancel();
      looking = null;
    }
  }

  private void rateParked(SourceRecord source, PriceBooks prices, long now) {
    UsageEvent event = serde.decode(source.value());
    Organization organization = tables.organization(event.getOrganizationId());
    if (organization == null) {
      return;
    }
    RatingResult result =
        Rating.rate(RatedRecords.request(event, organization.getCurrency()), prices);
    if (result instanceof RatingResult.Rated rated) {
      parked().release(source);
      emit(
          RatedRecords.rated(event, source.position(), BodyDigest.of(event), rated),
          source,
          Outcome.UNRATED,
          now);
    }
  }

  private static byte[] key(UsageEvent event) {
    return UsagePartitions.key(
            event.getOrganizationId(), event.getWorkspaceId(), event.getApiKeyId())
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void count(OutcomeChange change, long timestamp) {
    context().forward(new Record<>(null, change, timestamp), MeterTopology.COUNT_OUTCOMES);
  }

  private ParkedEvents parked() {
    return Objects.requireNonNull(parked, "not initialized");
  }

  private ProcessorContext<Object, Object> context() {
    return Objects.requireNonNull(context, "not initialized");
  }
}
