package io.tollgate.bench;

import io.tollgate.billing.ClickHouseSettings;
import io.tollgate.billing.Landing;
import io.tollgate.billing.LandingConfig;
import io.tollgate.billing.LandingStatus;
import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.embedded.LocalService;
import io.tollgate.streams.Streams;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishing, metering, budgets and landing at once and in this process; the clock stops when the
 * last row is in ClickHouse.
 */
final class LineBench {
  private static final Duration BOUND = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(5);

  private LineBench() {}

  static boolean run(BenchOptions options) throws IOException {
    try (Rig rig = Rig.start(true)) {
      return run(rig, options);
    }
  }

  private static boolean run(Rig rig, BenchOptions options) throws IOException {
    LocalClickHouse clickHouse = rig.clickHouse();
    ClickHouseSettings settings =
        new ClickHouseSettings(
            URI.create(clickHouse.endpoint()),
            "default",
            LocalClickHouse.USER,
            clickHouse.password());
    Path state = Files.createDirectories(rig.folder().resolve("state-line"));
    List<ProcessHandle> servers =
        rig.services().stream()
            .map(LocalService::pid)
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .toList();
    Workload workload = Workload.usual(options, "line");
    // Streams and landing close in this order: rows of what was metered last are not waited for.
    try (Streams streams =
            Streams.start(
                OursJob.settings(rig.endpoints(), "tollgate", state), InstantSource.system());
        Landing landing =
            Landing.start(LandingConfig.of(rig.endpoints(), settings), InstantSource.system())) {
      long until = System.nanoTime() + Duration.ofSeconds(options.warmUp / 2).toNanos();
      Sums.Builder all = new Sums.Builder();
      int epoch = 0;
      do {
        Report.say("line: warming up with %,d events".formatted(options.events));
        publish(rig, landing, all, workload.shaped("line-" + epoch++, workload.shape()), options);
      } while (System.nanoTime() < until);
      Report.say("line: %,d fresh events".formatted(options.events));
      Stopwatch watch = Stopwatch.start(servers);
      publish(rig, landing, all, workload.shaped("line-" + epoch, workload.shape()), options);
      Stopwatch.Reading measured = watch.read();
      report(options.events, measured);
      Sums expected = all.build().withoutKeys();
      Sums landed = new LandedRows(clickHouse).sums();
      boolean equal = expected.equals(landed) && landing.status().lastError().isEmpty();
      System.out.println(
          equal
              ? "Landed totals are equal."
              : "NOT EQUAL: landed %s, published %s, %s"
                  .formatted(landed, expected, streams.health()));
      return equal;
    }
  }

  private static void publish(
      Rig rig, Landing landing, Sums.Builder all, Workload workload, BenchOptions options) {
    Section section = rig.log().publish(workload, options.events);
    Sums distinct = section.distinct();
    all.add(workload.epoch(), distinct.events(), distinct.units(), distinct.picos());
    awaitLanded(landing, all.build().events());
  }

  /**
   * Waits for the landing's own word, which costs nothing; that the rows are there is checked with
   * SQL once the clock has stopped.
   */
  private static void awaitLanded(Landing landing, long rows) {
    long deadline = System.nanoTime() + BOUND.toNanos();
    while (landedRows(landing) < rows) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only %d of %d rows landed within %s".formatted(landedRows(landing), rows, BOUND));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static long landedRows(Landing landing) {
    return landing.status().partitions().stream()
        .mapToLong(LandingStatus.Partition::landedRows)
        .sum();
  }

  private static void report(long events, Stopwatch.Reading measured) {
    Report report =
        new Report(
            "Whole line, from the SDK to the last row in ClickHouse",
            "events",
            "events/s",
            "CPU ns/event",
            "+ servers'");
    report.row(
        String.format(Locale.ROOT, "%,d", events),
        String.format(Locale.ROOT, "%,.0f", events * 1e9 / measured.wall().toNanos()),
        String.format(Locale.ROOT, "%,d", measured.cpuNanos() / events),
        String.format(Locale.ROOT, "%,d", measured.serverCpuNanos() / events));
    report.print();
  }
}
