package io.tollgate.bench;

import io.tollgate.schemas.Topics;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Looks how far each topology is behind, so that late alerts can be told from slow ones. */
final class LagWatch implements AutoCloseable {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final UsageLog log;
  private final String application;
  private final AtomicLong looks = new AtomicLong();
  private final Behind meter = new Behind();
  private final Behind budget = new Behind();
  private final Thread thread;
  private volatile boolean closing;

  private static final class Behind {
    private final AtomicLong sum = new AtomicLong();
    private final AtomicLong most = new AtomicLong();

    private void add(long lag) {
      sum.addAndGet(lag);
      most.accumulateAndGet(lag, Math::max);
    }

    private String told(long looks) {
      return String.format(
          Locale.ROOT, "%,d (most %,d)", sum.get() / Math.max(1, looks), most.get());
    }
  }

  LagWatch(UsageLog log, String application) {
    this.log = log;
    this.application = application;
    this.thread = Thread.ofPlatform().daemon().name("lag").start(this::look);
  }

  private void look() {
    while (!closing) {
      meter.add(log.lag(application + "-meter", Topics.USAGE_EVENTS.name()));
      budget.add(log.lag(application + "-budget", Topics.USAGE_DELTAS.name()));
      looks.incrementAndGet();
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
  }

  /** Events that were accepted and not committed by the meter topology. */
  String meter() {
    return meter.told(looks.get());
  }

  /** Deltas that were written and not committed by the budget topology. */
  String budget() {
    return budget.told(looks.get());
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(BETWEEN_LOOKS.multipliedBy(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
