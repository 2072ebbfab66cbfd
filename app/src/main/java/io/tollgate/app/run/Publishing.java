package io.tollgate.app.run;

import io.tollgate.app.stack.StackProblem;
import io.tollgate.app.workload.PlannedEvent;
import io.tollgate.app.workload.Workload;
import io.tollgate.ingest.Acknowledged;
import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsageEventBuilder;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.BackfillId;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Sends a workload through the publisher SDK; done only when Kafka has every event on all in-sync
 * replicas.
 */
final class Publishing {
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();

  /** Futures that have completed well. */
  long acknowledged() {
    return acknowledged.get();
  }

  /**
   * Publishes all of it.
   *
   * @throws StackProblem if an event was not acknowledged; publishing all of it again is safe
   */
  void publish(Workload workload, Endpoints endpoints) {
    BackfillId backfill = new BackfillId(workload.backfillId());
    try (UsagePublisher publisher =
        UsagePublisher.open(
            endpoints.bootstrapServers(),
            RegistryClient.at(endpoints.registry()),
            PublisherSettings.standard())) {
      workload.forEach(
          event -> {
            Throwable problem = failed.get();
            if (problem != null) {
              throw problem(problem);
            }
            var unused =
                publisher
                    .publish(usageEvent(event, workload.source(), backfill))
                    .whenComplete(this::completed);
          });
    }
    Throwable problem = failed.get();
    if (problem != null) {
      throw problem(problem);
    }
    if (acknowledged.get() != workload.events() + workload.resent()) {
      throw new IllegalStateException(
          acknowledged.get() + " acknowledged of " + (workload.events() + workload.resent()));
    }
  }

  private void completed(@Nullable Acknowledged place, @Nullable Throwable problem) {
    if (problem == null) {
      acknowledged.incrementAndGet();
    } else {
      failed.compareAndSet(null, problem);
    }
  }

  private static StackProblem problem(Throwable cause) {
    return new StackProblem(
        "not every event was acknowledged: " + cause.getMessage() + "; the same run again is safe",
        cause);
  }

  private static UsageEvent usageEvent(PlannedEvent event, String source, BackfillId backfill) {
    UsageEventBuilder builder =
        UsageEventBuilder.event(source, event.id(), event.time())
            .tenant(
                event.seat().organization().id(),
                event.seat().workspace().id(),
                event.seat().key().id())
            .model(event.provider(), event.model())
            .backfill(backfill);
    event.units().forEach((meter, units) -> builder.units(Meter.of(meter), units));
    event.user().ifPresent(builder::user);
    event.feature().ifPresent(builder::feature);
    return builder.build();
  }
}
