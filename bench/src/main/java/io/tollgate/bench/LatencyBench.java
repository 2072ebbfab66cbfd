package io.tollgate.bench;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.ScopeKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * From an event's acknowledgement to its alert, at half of what the streams role takes on this
 * machine with the same settings: steadily, and across a SIGKILL of the role.
 */
final class LatencyBench {
  private static final Duration OVERLOAD = Duration.ofSeconds(60);
  private static final Duration DRAINED = Duration.ofMinutes(4);

  private static final Duration SETTLING = Duration.ofSeconds(90);
  private static final Duration BEFORE_KILL = Duration.ofSeconds(5);
  private static final Duration JUST_BEFORE = Duration.ofSeconds(1);
  private static final Duration AFTER_KILL = Duration.ofSeconds(25);
  private static final Duration ALERTS_BOUND = Duration.ofSeconds(40);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final Rig rig;
  private final BenchOptions options;
  private final Workload background;
  private final SteadyLoad load;

  LatencyBench(Rig rig, BenchOptions options) {
    this.rig = rig;
    this.options = options;
    this.background = Workload.usual(options, "latency");
    this.load = new SteadyLoad(rig, background);
  }

  /**
   * Measures both.
   *
   * @param replayed events per second of contender (g) while nobody publishes: more than it takes
   *     beside those who do
   */
  boolean run(double replayed) throws IOException, InterruptedException {
    Duration length = Duration.ofSeconds(options.latencySeconds);
    Duration killed = BEFORE_KILL.plus(AFTER_KILL);
    publishReference(length, killed);
    String application = "bench-latency";
    rig.log()
        .begin(
            application + "-meter",
            Topics.USAGE_EVENTS.name(),
            rig.log().ends(Topics.USAGE_EVENTS.name()));
    rig.log()
        .begin(
            application + "-budget",
            Topics.USAGE_DELTAS.name(),
            rig.log().ends(Topics.USAGE_DELTAS.name()));
    boolean all = true;
    // One publisher for all of it: what it takes to open one is nobody's latency.
    try (AlertWatch watch = new AlertWatch(rig);
        load) {
      rig.process(Contender.WHOLE_ROLE).start(application);
      double capacity = capacity(application, replayed);
      double perSecond = capacity / 2;
      // A role that has just started catches up first, and what was compiled for passes at full
      // speed is compiled once more for small batches; neither is what is asked here.
      double unmeasured = load.send("settling", perSecond, SETTLING);
      Report.say("latency: %,.0f events/s while settling".formatted(unmeasured));
      LagWatch lag = new LagWatch(rig.log(), application);
      double sent;
      Cpu cpu = Cpu.now(rig);
      try (lag) {
        sent = load.send("steady", perSecond, length);
      }
      cpu = Cpu.now(rig).minus(cpu);
      all &=
          reportSteady(
              watch,
              lag,
              capacity,
              sent,
              SteadyLoad.crossings(length),
              cpu.per(sent * length.toSeconds()));
      Report recovery =
          new Report(
              "SIGKILL of the streams role at that rate, restarted at once (milliseconds)",
              "kill",
              "first alert of an event accepted after it",
              "longest from accepted to alert (wanted < 15,000)");
      for (int kill = 1; kill <= options.kills; kill++) {
        awaitJudged(application);
        all &= kill(watch, application, "kill-" + kill, perSecond, recovery);
      }
      recovery.print();
      var unused = rig.process(Contender.WHOLE_ROLE).stop();
    }
    if (load.refused() > 0) {
      System.out.println("NOT ACCEPTED: " + load.refused() + " events");
    }
    return all && load.refused() == 0;
  }

  /**
   * What it takes while it is sent more than that: events per second until the last of them is
   * judged.
   */
  private double capacity(String application, double tooMuch) {
    long began = System.nanoTime();
    double sent = load.send("overload", tooMuch, OVERLOAD);
    awaitJudged(application);
    double taken = sent * OVERLOAD.toNanos() / (System.nanoTime() - began);
    Report.say("latency: sent %,.0f events/s, of which %,.0f were judged".formatted(sent, taken));
    return taken;
  }

  /** Until all that was sent is judged. */
  private void awaitJudged(String application) {
    long deadline = System.nanoTime() + DRAINED.toNanos();
    while (rig.log().lag(application + "-meter", Topics.USAGE_EVENTS.name()) > Passes.MOST_MARKERS
        || rig.log().lag(application + "-budget", Topics.USAGE_DELTAS.name())
            > Passes.MOST_MARKERS) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not all was judged within " + DRAINED);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void publishReference(Duration steady, Duration killed) {
    try (ReferenceData reference =
        new ReferenceData(rig.endpoints().bootstrapServers(), rig.ids())) {
      reference.publish(background);
      reference.publishTenant(SteadyLoad.ORGANIZATION, SteadyLoad.WORKSPACE);
      // An alert is nothing new to a process that has been at work for a while.
      publishCrossings(reference, "overload", SteadyLoad.crossings(OVERLOAD));
      publishCrossings(reference, "settling", SteadyLoad.crossings(SETTLING));
      publishCrossings(reference, "steady", SteadyLoad.crossings(steady));
      for (int kill = 1; kill <= options.kills; kill++) {
        publishCrossings(reference, "kill-" + kill, SteadyLoad.crossings(killed));
      }
    }
  }

  private static void publishCrossings(ReferenceData reference, String run, int crossings) {
    for (int i = 0; i < crossings; i++) {
      String key = SteadyLoad.key(run, i);
      reference.publish(
          new ApiKey(
              key,
              SteadyLoad.ORGANIZATION,
              SteadyLoad.WORKSPACE,
              key,
              ReferenceData.SINCE,
              null,
              1));
      reference.publish(
          Budget.newBuilder()
              .setBudgetId(SteadyLoad.budget(run, i))
              .setOrganizationId(SteadyLoad.ORGANIZATION)
              .setScope(ScopeKind.API_KEY)
              .setWorkspaceId(SteadyLoad.WORKSPACE)
              .setApiKeyId(key)
              .setName("crossed by one event")
              .setAmount(new BigDecimal("0.004").setScale(12))
              .setCurrency("USD")
              .setPeriod("month")
              .setThresholds(List.of(new BigDecimal("0.8").setScale(6)))
              .setHard(false)
              .setVersion(1)
              .build());
    }
  }

  /** Nanoseconds of CPU. */
  private record Cpu(long role, long broker) {
    static Cpu now(Rig rig) throws IOException {
      return new Cpu(rig.process(Contender.WHOLE_ROLE).cpuNanos(), rig.brokerCpuNanos());
    }

    Cpu minus(Cpu before) {
      return new Cpu(role - before.role, broker - before.broker);
    }

    Cpu per(double events) {
      return new Cpu((long) (role / events), (long) (broker / events));
    }
  }

  private boolean reportSteady(
      AlertWatch watch, LagWatch lag, double capacity, double sent, int crossings, Cpu perEvent) {
    long[] millis = await(watch, "steady", crossings, Long.MIN_VALUE);
    if (millis.length == 0) {
      System.out.printf(
          "NO ALERT was seen within %s; not metered: %s events, not judged: %s deltas%n",
          ALERTS_BOUND, lag.meter(), lag.budget());
      return false;
    }
    Report report =
        new Report(
            "Event accepted to alert seen by a reader of committed records (milliseconds)",
            "capacity beside the publisher, events/s",
            "sent, events/s",
            "alerts",
            "p50",
            "p99 (wanted < 1,000)",
            "most",
            "events not metered yet",
            "deltas not judged yet",
            "CPU ns/event",
            "+ broker's");
    report.row(
        String.format(Locale.ROOT, "%,.0f", capacity),
        String.format(Locale.ROOT, "%,.0f", sent),
        millis.length + " of " + crossings,
        Long.toString(at(millis, 0.50)),
        Long.toString(at(millis, 0.99)),
        Long.toString(millis[millis.length - 1]),
        lag.meter(),
        lag.budget(),
        String.format(Locale.ROOT, "%,d", perEvent.role()),
        String.format(Locale.ROOT, "%,d", perEvent.broker()));
    report.print();
    return millis.length == crossings;
  }

  private boolean kill(
      AlertWatch watch, String application, String run, double perSecond, Report report)
      throws IOException {
    ContenderProcess before = rig.process(Contender.WHOLE_ROLE);
    CompletableFuture<Long> killedAt =
        CompletableFuture.supplyAsync(
            () -> {
              before.kill();
              long at = System.nanoTime();
              try {
                rig.process(Contender.WHOLE_ROLE).start(application);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              return at;
            },
            CompletableFuture.delayedExecutor(BEFORE_KILL.toMillis(), TimeUnit.MILLISECONDS));
    Duration length = BEFORE_KILL.plus(AFTER_KILL);
    int crossings = SteadyLoad.crossings(length);
    var unused = load.send(run, perSecond, length);
    long kill = killedAt.join();
    // What was accepted just before had not been committed when the kill came, and waits longest.
    long since = kill - JUST_BEFORE.toNanos();
    long[] millis = await(watch, run, crossings, since);
    long all =
        load.acknowledged().entrySet().stream()
            .filter(one -> one.getKey().startsWith("budget-" + run + "-"))
            .filter(one -> one.getValue() >= since)
            .count();
    long first =
        watch.seen().entrySet().stream()
            .filter(one -> one.getKey().startsWith("budget-" + run + "-"))
            .filter(one -> load.acknowledged().getOrDefault(one.getKey(), kill) > kill)
            .mapToLong(one -> one.getValue() - kill)
            .min()
            .orElse(-1);
    report.row(
        run,
        Long.toString(TimeUnit.NANOSECONDS.toMillis(first)),
        millis.length == all
            ? Long.toString(millis[millis.length - 1])
            : "MISSING " + (all - millis.length) + " of " + all);
    return millis.length == all;
  }

  /** Latencies of the run's crossings acknowledged since then, sorted; waits for the last alert. */
  private long[] await(AlertWatch watch, String run, int crossings, long since) {
    long deadline = System.nanoTime() + ALERTS_BOUND.toNanos();
    while (!watch.seen().keySet().containsAll(budgets(run, crossings))
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return budgets(run, crossings).stream()
        .filter(
            budget ->
                load.acknowledged().getOrDefault(budget, Long.MIN_VALUE) >= since
                    && watch.seen().containsKey(budget))
        .mapToLong(
            budget ->
                TimeUnit.NANOSECONDS.toMillis(
                    Math.max(
                        0,
                        watch.seen().getOrDefault(budget, 0L)
                            - load.acknowledged().getOrDefault(budget, 0L))))
        .sorted()
        .toArray();
  }

  private static List<String> budgets(String run, int crossings) {
    String[] all = new String[crossings];
    Arrays.setAll(all, i -> SteadyLoad.budget(run, i));
    return List.of(all);
  }

  private static long at(long[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
  }
}
