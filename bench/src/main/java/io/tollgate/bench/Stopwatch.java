package io.tollgate.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** Wall time, this process's CPU time, and that of servers started beside it. */
final class Stopwatch {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final List<ProcessHandle> servers;
  private final long startNanos = System.nanoTime();
  private final long startCpu = SYSTEM.getProcessCpuTime();
  private final long startServerCpu;

  private Stopwatch(List<ProcessHandle> servers) {
    this.servers = servers;
    this.startServerCpu = cpu(servers);
  }

  /**
   * What it shows.
   *
   * @param cpuNanos of this process, all threads, compiler and collector included
   * @param serverCpuNanos of the broker and the databases
   */
  record Reading(Duration wall, long cpuNanos, long serverCpuNanos) {}

  static Stopwatch start(List<ProcessHandle> servers) {
    return new Stopwatch(servers);
  }

  Reading read() {
    return new Reading(
        Duration.ofNanos(System.nanoTime() - startNanos),
        SYSTEM.getProcessCpuTime() - startCpu,
        cpu(servers) - startServerCpu);
  }

  private static long cpu(List<ProcessHandle> servers) {
    long nanos = 0;
    for (ProcessHandle server : servers) {
      nanos += server.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
    }
    return nanos;
  }
}
