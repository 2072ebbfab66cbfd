package io.tollgate.bench;

import java.time.Duration;

/**
 * One pass of one contender over a section, measured between two commits: from the first after a
 * tenth of the records to the first after nine tenths; of the whole role until all is judged.
 *
 * @param events between the two
 * @param wall between the two
 * @param cpuNanos of the contender's process in that time, compiler and collector included
 * @param brokerCpuNanos of the broker in that time
 * @param worked from its start until all was committed; what warms its JVM up
 * @param equal whether its totals are the generator's
 */
record Pass(
    Contender contender,
    long events,
    Duration wall,
    long cpuNanos,
    long brokerCpuNanos,
    Duration worked,
    boolean equal) {
  long eventsPerSecond() {
    return Math.round(events * 1e9 / Math.max(1, wall.toNanos()));
  }

  long cpuPerEvent() {
    return cpuNanos / Math.max(1, events);
  }

  long brokerCpuPerEvent() {
    return brokerCpuNanos / Math.max(1, events);
  }
}
