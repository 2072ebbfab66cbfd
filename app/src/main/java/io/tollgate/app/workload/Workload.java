package io.tollgate.app.workload;

import java.time.Instant;
import java.util.function.Consumer;

/**
 * A deterministic stream of requests: the same workload hands out the same events in the same order
 * each time it is asked, so that it can be counted first and published afterwards without being
 * held in memory.
 */
public sealed interface Workload permits GeneratedTraffic, Trace {
  /** The source its events name; one backfill admits it. */
  String source();

  /** The backfill that admits it. */
  String backfillId();

  /** Earliest event time, inclusive. */
  Instant from();

  /** Latest event time, exclusive. */
  Instant to();

  /** Distinct events. */
  long events();

  /** Events handed out again on purpose; they must be counted as duplicates. */
  long resent();

  /** Hands out every event, resent ones included. */
  void forEach(Consumer<PlannedEvent> consumer);
}
