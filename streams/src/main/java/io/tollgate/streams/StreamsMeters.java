package io.tollgate.streams;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What the role measures of the whole line; docs/operations.md says what to look at. Every instance
 * tells the same numbers, since they come from committed records: take the maximum, not the sum.
 */
record StreamsMeters(
    Supplier<Collection<PartitionOutcomes>> outcomes,
    Completeness completeness,
    RejectionCounts rejections,
    SubjectsLeftOut leftOut,
    InstantSource clock) {
  private static final Map<String, ToLongFunction<PartitionOutcomes>> FINAL =
      new TreeMap<>(
          Map.of(
              "rated", PartitionOutcomes::getRated,
              "duplicate", PartitionOutcomes::getDuplicate,
              "rejected", PartitionOutcomes::getRejected,
              "conflict", PartitionOutcomes::getConflict,
              "rerouted", PartitionOutcomes::getRerouted,
              "void", PartitionOutcomes::getVoids,
              "withdrawn", PartitionOutcomes::getWithdrawn,
              "written_off", PartitionOutcomes::getWrittenOff));

  void bindTo(MeterRegistry meters) {
    FINAL.forEach(
        (outcome, count) ->
            FunctionCounter.builder("tollgate.usage.outcomes", this, m -> m.sum(count))
                .description(
                    "Records of usage.events by what became of them; conflicts are rejected")
                .tag("outcome", outcome)
                .register(meters));
    for (RejectReason reason : RejectReason.values()) {
      FunctionCounter.builder("tollgate.usage.rejected", rejections, r -> r.count(reason))
          .description("Rejected records by reason, since this process started")
          .tag("reason", reason.wireName())
          .register(meters);
    }
    Gauge.builder("tollgate.usage.waiting", this, m -> m.sum(PartitionOutcomes::getWaiting))
        .description("Events that wait for their tenant or original")
        .register(meters);
    Gauge.builder("tollgate.usage.unrated", this, m -> m.sum(PartitionOutcomes::getUnrated))
        .description("Valid events parked because no price is known")
        .register(meters);
    Gauge.builder("tollgate.streams.lag", completeness, Completeness::meterLag)
        .description("Records of its source that the topology has not committed")
        .tag("topology", "meter")
        .register(meters);
    Gauge.builder("tollgate.streams.lag", completeness, Completeness::budgetLag)
        .description("Records of its source that the topology has not committed")
        .tag("topology", "budget")
        .register(meters);
    TimeGauge.builder("tollgate.streams.behind", this, TimeUnit.MILLISECONDS, StreamsMeters::behind)
        .description(
            "Age of the newest moment up to which all accepted usage is tallied and judged")
        .register(meters);
    FunctionCounter.builder("tollgate.usage.subjects.left.out", leftOut, SubjectsLeftOut::total)
        .description("Sums of users, models and features beyond the bounds, not tallied by them")
        .register(meters);
  }

  private double sum(ToLongFunction<PartitionOutcomes> count) {
    return outcomes.get().stream().mapToLong(count).sum();
  }

  private double behind() {
    Instant now = clock.instant();
    return completeness
        .completeThrough()
        .map(through -> (double) Duration.between(through, now).toMillis())
        .orElse(Double.NaN);
  }
}
