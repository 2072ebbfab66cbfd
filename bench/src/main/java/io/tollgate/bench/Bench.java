package io.tollgate.bench;

import io.tollgate.billing.ClickHouseSettings;
import io.tollgate.billing.Landing;
import io.tollgate.billing.LandingConfig;
import io.tollgate.billing.LandingStatus;
import io.tollgate.embedded.LocalClickHouse;
import io.tollgate.embedded.LocalService;
import io.tollgate.embedded.LocalStack;
import io.tollgate.ingest.PublisherSettings;
import io.tollgate.ingest.UsagePublisher;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.TopicCreation;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.streams.Streams;
import io.tollgate.streams.StreamsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * One run: the same bytes read raw before and after, metered in between, then fresh events through
 * the whole line. Every contender's totals are compared with the workload's own.
 */
public final class Bench {
  private static final Duration BOUND = Duration.ofMinutes(20);
  private static final Duration LOOK = Duration.ofMillis(5);
  private static final int ORGANIZATIONS = 20;
  private static final int WORKSPACES = 60;
  private static final int ROUNDS = 2;

  private final BenchOptions options;
  private final LocalStack stack;
  private final Endpoints endpoints;
  private final SchemaIds ids;
  private final List<ProcessHandle> servers;
  private final List<Measured> results = new ArrayList<>();

  private Bench(BenchOptions options, LocalStack stack) {
    this.options = options;
    this.stack = stack;
    this.endpoints = new Endpoints(stack.kafka().bootstrapServers(), stack.registry().url());
    this.ids = RegistryClient.at(stack.registry().url());
    this.servers =
        stack.services().stream()
            .map(LocalService::pid)
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .toList();
  }

  public static void main(String[] args) throws IOException {
    BenchOptions options = new BenchOptions();
    CommandLine command = new CommandLine(options);
    try {
      CommandLine.ParseResult parsed = command.parseArgs(args);
      if (CommandLine.printHelpIfRequested(parsed)) {
        return;
      }
    } catch (CommandLine.ParameterException e) {
      System.err.println("tollgate bench: " + e.getMessage());
      System.exit(2);
    }
    Path folder = Files.createTempDirectory("tollgate-bench");
    int status = 1;
    try (LocalStack stack = LocalStack.in(folder.resolve("data")).start()) {
      status = new Bench(options, stack).run() ? 0 : 1;
    } finally {
      delete(folder);
    }
    System.exit(status);
  }

  private boolean run() throws IOException {
    Path state = Files.createDirectories(stack.data().resolve("streams"));
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, endpoints.bootstrapServers()))) {
      TopicCreation.createMissing(admin, TopicSizing.local());
    }
    Workload metered = workload("metered");
    try (ReferenceData reference = new ReferenceData(endpoints.bootstrapServers(), ids)) {
      reference.publish(metered);
    }
    long all = options.warmUp + options.events;
    say("publishing %,d events".formatted(all));
    Sums own = publish(metered, all);

    RawSum raw = new RawSum(endpoints.bootstrapServers(), ids, servers);
    say("raw: warming up");
    var unused = raw.run("warm-up");
    boolean equal = raw("raw consume + decode + sum (1)", raw, own);
    Streams streams = null;
    try {
      say(
          "meter topology: %,d events to warm up, then %,d"
              .formatted(options.warmUp, options.events));
      streams = meter(state, all);
      equal &= raw("raw consume + decode + sum (2)", raw, own);
      equal &= wholeLine(all, own);
    } finally {
      if (streams != null) {
        streams.close();
      }
    }
    report(equal);
    return equal;
  }

  private boolean raw(String name, RawSum raw, Sums own) {
    RawSum.Pass pass = raw.run(name);
    results.add(pass.measured());
    return same(name, own, pass.sums());
  }

  private Workload workload(String epoch) {
    return new Workload(
        options.seed,
        epoch,
        ORGANIZATIONS,
        WORKSPACES,
        options.keys,
        Instant.now().minusSeconds(900));
  }

  private Streams meter(Path state, long all) {
    try (Progress progress = new Progress(endpoints.bootstrapServers(), ids)) {
      Streams streams = Streams.start(StreamsSettings.of(endpoints, state), InstantSource.system());
      long from = progress.await(options.warmUp, BOUND);
      Stopwatch watch = Stopwatch.start(servers);
      long to = progress.await(all, BOUND);
      results.add(watch.stop("meter topology", to - from));
      return streams;
    }
  }

  /**
   * Publishing, metering, budgets and landing at once; the clock stops when the last row is in
   * ClickHouse.
   */
  private boolean wholeLine(long before, Sums already) {
    ClickHouseSettings clickHouse =
        new ClickHouseSettings(
            URI.create(stack.clickHouse().endpoint()),
            "default",
            LocalClickHouse.USER,
            stack.clickHouse().password());
    LandedRows rows = new LandedRows(stack.clickHouse());
    try (Progress progress = new Progress(endpoints.bootstrapServers(), ids);
        Landing landing =
            Landing.start(LandingConfig.of(endpoints, clickHouse), InstantSource.system())) {
      say("whole line: landing what was metered");
      awaitLanded(landing, before);
      say("whole line: %,d fresh events".formatted(options.events));
      Stopwatch watch = Stopwatch.start(servers);
      Sums own = publish(workload("line"), options.events);
      var metered = progress.await(before + options.events, BOUND);
      awaitLanded(landing, metered);
      results.add(watch.stop("whole line into ClickHouse", options.events));
      Sums landed = rows.sums();
      Sums expected =
          new Sums(
              already.events() + own.events(),
              already.units() + own.units(),
              Math.max(already.keys(), own.keys()));
      return same("landed", expected, new Sums(landed.events(), landed.units(), expected.keys()))
          && landing.status().lastError().isEmpty();
    }
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

  private Sums publish(Workload workload, long count) {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    long units = 0;
    java.util.Set<String> keys = new java.util.HashSet<>();
    try (UsagePublisher publisher =
        UsagePublisher.open(endpoints.bootstrapServers(), ids, PublisherSettings.standard())) {
      for (long number = 0; number < count; number++) {
        var event = workload.event(number);
        units += Sums.unitsOf(event.getUnits());
        keys.add(event.getApiKeyId());
        var unused =
            publisher
                .publish(event)
                .whenComplete(
                    (place, problem) -> {
                      if (problem != null) {
                        failure.compareAndSet(null, problem);
                      }
                    });
      }
    }
    Throwable problem = failure.get();
    if (problem != null) {
      throw new IllegalStateException("an event was not accepted", problem);
    }
    return new Sums(count, units, keys.size());
  }

  private static boolean same(String name, Sums own, Sums found) {
    if (own.equals(found)) {
      return true;
    }
    System.out.printf("NOT EQUAL: %s has %s, the workload is %s%n", name, found, own);
    return false;
  }

  private void report(boolean equal) {
    System.out.println();
    System.out.println(Measured.header());
    results.forEach(result -> System.out.println(result.row()));
    Measured raw = results.getFirst();
    Measured rawAfter = results.get(ROUNDS);
    Measured meter = results.get(1);
    Measured line = results.get(ROUNDS + 1);
    double rawRate = (raw.eventsPerSecond() + rawAfter.eventsPerSecond()) / 2.0;
    double rawCpu = (raw.cpuPerEvent() + rawAfter.cpuPerEvent()) / 2.0;
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "meter topology / raw: %.2f of its events/s, %.1f times its CPU per event%n",
        meter.eventsPerSecond() / rawRate,
        meter.cpuPerEvent() / rawCpu);
    System.out.printf(
        Locale.ROOT,
        "whole line / raw:     %.2f of its events/s, %.1f times its CPU per event%n",
        line.eventsPerSecond() / rawRate,
        line.cpuPerEvent() / rawCpu);
    System.out.println("totals are " + (equal ? "equal" : "NOT EQUAL"));
  }

  private static void say(String line) {
    System.err.println("bench: " + line);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
