package io.tollgate.streams.simulation;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/** The one clock of a simulation; it stands still between steps. */
final class SimulatedTime implements Time {
  private long now;

  SimulatedTime(Instant start) {
    this.now = start.toEpochMilli();
  }

  void advance(long millis) {
    now += millis;
  }

  Instant instant() {
    return Instant.ofEpochMilli(now);
  }

  @Override
  public long milliseconds() {
    return now;
  }

  @Override
  public long nanoseconds() {
    return TimeUnit.MILLISECONDS.toNanos(now);
  }

  @Override
  public void sleep(long millis) {
    throw new UnsupportedOperationException("nothing waits in a simulation");
  }

  @Override
  public void waitObject(Object object, Supplier<Boolean> condition, long deadline) {
    throw new UnsupportedOperationException("nothing waits in a simulation");
  }
}
