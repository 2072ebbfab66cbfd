package io.tollgate.bench;

import java.time.Duration;
import java.util.Locale;

/**
 * One timed stretch.
 *
 * @param wall from the first to the last event of the stretch
 * @param cpuNanos of this process in that time, all threads, compiler and collector included
 * @param serverCpuNanos of the broker and the database in that time
 */
record Measured(String name, long events, Duration wall, long cpuNanos, long serverCpuNanos) {
  long eventsPerSecond() {
    return Math.round(events * 1e9 / Math.max(1, wall.toNanos()));
  }

  long cpuPerEvent() {
    return cpuNanos / Math.max(1, events);
  }

  long serverCpuPerEvent() {
    return serverCpuNanos / Math.max(1, events);
  }

  String row() {
    return String.format(
        Locale.ROOT,
        "%-34s %,12d %,12d %,14d %,14d",
        name,
        events,
        eventsPerSecond(),
        cpuPerEvent(),
        serverCpuPerEvent());
  }

  static String header() {
    return String.format(
        Locale.ROOT,
        "%-34s %12s %12s %14s %14s",
        "",
        "events",
        "events/s",
        "CPU ns/event",
        "+ servers' ns");
  }
}
