package io.tollgate.app.chaos;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.chaos.CommitWatch.Expected;
import io.tollgate.app.chaos.LineProbe.BrokerSilent;
import io.tollgate.app.stack.LearningRun;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs the whole line as processes of their own under traffic, does one fault after the other to
 * it, and holds every total against what the traffic comes to. The next fault comes only when every
 * process has committed since the last one; a line that does not get there within {@link #BOUND}
 * has failed.
 */
public final class ChaosRun {
  /** From a fault until every process has committed again. */
  static final Duration BOUND = Duration.ofSeconds(180);

  private static final Duration LOOK = Duration.ofMillis(150);
  private static final Duration END = Duration.ofSeconds(180);
  private static final Duration ALERTS = Duration.ofSeconds(30);
  private static final Duration LIVE = Duration.ofSeconds(60);

  private final ChaosSettings settings;
  private final InstantSource clock;
  private final Consumer<String> progress;
  private final Consumer<FaultReport> report;
  private final List<FaultReport> reports = new ArrayList<>();
  private final Set<String> streams = new TreeSet<>();

  /**
   * @param progress told each step of the start and the end
   * @param report told each fault when all have committed again
   */
  public ChaosRun(
      ChaosSettings settings,
      InstantSource clock,
      Consumer<String> progress,
      Consumer<FaultReport> report) {
    this.settings = settings;
    this.clock = clock;
    this.progress = progress;
    this.report = report;
  }

  /**
   * Runs it to its end.
   *
   * @param folder for everything; stays behind with all logs
   */
  public Verdict run(Path folder) {
    NumberedEvents events =
        new NumberedEvents(settings.seed(), clock.instant().truncatedTo(ChronoUnit.MILLIS));
    // Each fault is followed by a start: what is tried here is not how long a JVM takes for one.
    LearningRun.ifNeeded(progress);
    List<ChaosBudget> budgets = ChaosBudget.of(events, settings.expectedSendings());
    try (Line line = Line.start(folder, events, settings.perSecond(), progress);
        LineProbe probe =
            new LineProbe(
                line.stack().kafka().bootstrapServers(), TopicSizing.local().usagePartitions())) {
      start(line, budgets);
      Instant began = clock.instant();
      line.send();
      List<String> wrong = new ArrayList<>();
      try {
        await(line, BOUND, "the first commits", allCommitted(line, probe));
        wrong.addAll(new Identities(probe).clashes(members(streams)));
        progress.accept("every process has committed; faults begin");
        faults(line, probe, began);
      } catch (LineStuck | StackProblem | BrokerSilent e) {
        wrong.add(String.valueOf(e.getMessage()));
      }
      return verdict(line, probe, events, budgets, began, wrong);
    }
  }

  private void start(Line line, List<ChaosBudget> budgets) {
    try (TollgateClient client = line.governance()) {
      new ChaosTenancy(client).setUp(budgets);
    }
    progress.accept("tenants, prices and budgets are set up");
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    for (int i = 1; i <= FaultPlan.STAYING; i++) {
      String instance = Line.streams(i);
      String landing = Line.landing(i);
      streams.add(instance);
      starts.add(inBackground(() -> line.serveStreams(instance)));
      starts.add(inBackground(() -> line.serveLanding(landing)));
    }
    starts.forEach(ChaosRun::join);
    progress.accept(
        "%d streams instances and %d landings are up"
            .formatted(FaultPlan.STAYING, FaultPlan.STAYING));
  }

  private void faults(Line line, LineProbe probe, Instant began) {
    FaultPlan plan = new FaultPlan(settings.seed());
    Inflictor inflictor = new Inflictor(line, probe, clock);
    while (reports.size() < settings.leastFaults()
        || Duration.between(began, clock.instant()).compareTo(settings.least()) < 0) {
      FaultReport done = one(plan.next(), line, probe, inflictor);
      reports.add(done);
      report.accept(done);
    }
  }

  private FaultReport one(Fault fault, Line line, LineProbe probe, Inflictor inflictor) {
    Injury injury = inflictor.inflict(fault);
    CommitWatch watch = new CommitWatch(probe, line.ledger());
    boolean atOnce = injury.atLeast().isZero();
    CompletableFuture<Void> mending =
        atOnce ? inBackground(injury.mend()) : CompletableFuture.completedFuture(null);
    Set<String> untouched = new TreeSet<>(streams);
    untouched.removeAll(injury.hit());
    Expected survivors =
        new Expected(
            members(untouched), FaultPlan.STAYING - injury.hitLandings(), !injury.hitGateway());
    await(
        line,
        BOUND,
        "survivors' commits after " + fault.describe(),
        () -> {
          watch.look();
          List<String> missing = new ArrayList<>(watch.missing(survivors));
          if (injury.taken()) {
            missing.addAll(watch.unowned(survivors));
          }
          return missing;
        });
    Duration survived = inflictor.since(injury.at());
    if (!atOnce) {
      Duration left = injury.atLeast().minus(survived);
      LockSupport.parkNanos(Math.max(0, left.toNanos()));
      injury.mend().run();
    }
    join(mending);
    switch (fault) {
      case Fault.JoinStreams join -> streams.addAll(injury.hit());
      case Fault.LeaveStreams leave -> streams.removeAll(injury.hit());
      default -> {}
    }
    injury.hit().forEach(name -> watch.forget(Line.member(name)));
    await(
        line,
        BOUND,
        "everybody's commits after " + fault.describe(),
        () -> {
          watch.look();
          return watch.missingOfAll(all());
        });
    return new FaultReport(
        reports.size() + 1,
        injury.at(),
        fault.describe(),
        injury.pid(),
        injury.found(),
        survived,
        inflictor.since(injury.at()));
  }

  private Supplier<List<String>> allCommitted(Line line, LineProbe probe) {
    CommitWatch watch = new CommitWatch(probe, line.ledger());
    return () -> {
      watch.look();
      return watch.missingOfAll(all());
    };
  }

  private Expected all() {
    return new Expected(members(streams), FaultPlan.STAYING, true);
  }

  private static Set<String> members(Set<String> instances) {
    Set<String> members = new TreeSet<>();
    instances.forEach(instance -> members.add(Line.member(instance)));
    return members;
  }

  private Verdict verdict(
      Line line,
      LineProbe probe,
      NumberedEvents events,
      List<ChaosBudget> budgets,
      Instant began,
      List<String> wrong) {
    boolean ended = line.endGateway(END);
    Duration length = Duration.between(began, clock.instant());
    long sendings = line.ledger().begun();
    progress.accept(sendings + " sendings; waiting until all is landed");
    if (!ended) {
      wrong.add("the gateway did not get everything acknowledged within " + END);
    }
    try {
      await(line, END, "the end of the line", whenEmpty(probe));
    } catch (LineStuck | BrokerSilent e) {
      wrong.add(String.valueOf(e.getMessage()));
    }
    LineTotals totals =
        new LineTotals(
            line.stack().kafka().bootstrapServers(),
            RegistryClient.at(line.stack().registry().url()),
            line.stack().clickHouse());
    Audit audit = new Audit(events, budgets, line.ledger(), totals);
    awaitTrue(ALERTS, audit::hasAllAlerts);
    wrong.addAll(audit.differences());
    wrong.addAll(live(line, events.totals(sendings), clock.instant()));
    return new Verdict(reports, sendings, length, Total.sum(totals.landed()).toString(), wrong);
  }

  /** Every instance that is there must know the totals of all. */
  private List<String> live(Line line, Map<String, Total> wanted, Instant now) {
    List<String> differences = new ArrayList<>();
    for (String instance : streams) {
      try (TollgateClient client = line.streamsClient(instance)) {
        LiveAudit live = new LiveAudit(instance, client);
        awaitTrue(LIVE, () -> live.isCompleteThrough(now.getEpochSecond()));
        if (live.isCompleteThrough(now.getEpochSecond())) {
          differences.addAll(live.differences(wanted));
        } else {
          differences.add("live usage of " + instance + " is not complete within " + LIVE);
        }
      }
    }
    return differences;
  }

  private static Supplier<List<String>> whenEmpty(LineProbe probe) {
    return () -> {
      List<String> left = new ArrayList<>();
      long events = probe.lag(Topics.USAGE_EVENTS);
      long uncommitted = probe.uncommittedRated();
      long rated = probe.lag(Topics.USAGE_RATED);
      int plans = probe.openPlans().size();
      if (events + uncommitted + rated + plans > 0) {
        left.add(
            "lag %d, %d uncommitted; %d to land, %d plans open"
                .formatted(events, uncommitted, rated, plans));
      }
      return left;
    };
  }

  /** Waits until nothing is missing. */
  private static void await(
      Line line, Duration bound, String what, Supplier<List<String>> missing) {
    long deadline = System.nanoTime() + bound.toNanos();
    while (true) {
      List<String> left = missing.get();
      if (left.isEmpty()) {
        return;
      }
      if (!line.dead().isEmpty()) {
        throw new LineStuck(what + ": ended by themselves: " + line.dead());
      }
      if (System.nanoTime() > deadline) {
        throw new LineStuck(what + " took longer than " + bound.toSeconds() + " s: " + left);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static void awaitTrue(Duration bound, BooleanSupplier condition) {
    long deadline = System.nanoTime() + bound.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static CompletableFuture<Void> inBackground(Runnable task) {
    return CompletableFuture.runAsync(
        task, work -> Thread.ofPlatform().daemon().name("chaos").start(work));
  }

  private static void join(CompletableFuture<Void> task) {
    try {
      task.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : e;
    }
  }
}
