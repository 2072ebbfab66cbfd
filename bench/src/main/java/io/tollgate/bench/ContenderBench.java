package io.tollgate.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The same bytes through all contenders: each is warmed up in its own JVM, then they take turns, a
 * pass each per round.
 */
final class ContenderBench {
  private final Rig rig;
  private final BenchOptions options;
  private final List<Contender> contenders;
  private final Passes passes;
  private final Map<Contender, List<Pass>> measured = new EnumMap<>(Contender.class);
  private boolean equal = true;

  ContenderBench(Rig rig, BenchOptions options, List<Contender> contenders) {
    this.rig = rig;
    this.options = options;
    this.contenders = List.copyOf(contenders);
    this.passes = new Passes(rig);
  }

  /** Prints its table; true if all totals were equal. */
  boolean run() throws IOException {
    Report.say("publishing %,d events".formatted(options.events));
    Section section = rig.log().publish(Workload.usual(options, "contenders"), options.events);
    for (Contender contender : contenders) {
      warmUp(contender, section);
    }
    for (int round = 1; round <= options.rounds; round++) {
      for (Contender contender : contenders) {
        Pass pass = passes.run(contender, section);
        tell(pass, "round " + round);
        measured.computeIfAbsent(contender, c -> new ArrayList<>()).add(pass);
      }
    }
    report();
    return equal;
  }

  /** The median events per second of a contender. */
  double eventsPerSecond(Contender contender) {
    return Spread.of(of(contender), Pass::eventsPerSecond).median();
  }

  private void warmUp(Contender contender, Section section) throws IOException {
    if (rig.startLearning(contender)) {
      tell(passes.run(contender, section), "learning to start");
      rig.keepLearned(contender);
    }
    passes.warmUp(
        contender, section, Duration.ofSeconds(options.warmUp), pass -> tell(pass, "warm-up"));
  }

  private void tell(Pass pass, String when) {
    equal &= pass.equal();
    Report.say(
        "%s, %s: %,d events/s, %,d ns/event%s"
            .formatted(
                pass.contender().label(),
                when,
                pass.eventsPerSecond(),
                pass.cpuPerEvent(),
                pass.equal() ? "" : ", NOT EQUAL"));
  }

  private List<Pass> of(Contender contender) {
    return measured.getOrDefault(contender, List.of());
  }

  private void report() {
    Report report =
        new Report(
            "Contenders: %,d events, %d rounds, median (min – max)"
                .formatted(options.events, options.rounds),
            "contender",
            "events/s",
            "CPU ns/event",
            "+ broker's");
    for (Contender contender : contenders) {
      report.row(
          contender.label(),
          Spread.of(of(contender), Pass::eventsPerSecond).whole(),
          Spread.of(of(contender), Pass::cpuPerEvent).whole(),
          Spread.of(of(contender), Pass::brokerCpuPerEvent).whole());
    }
    report.print();
    Report ratios = new Report("Ratios, per round", "ratio", "wanted", "events/s", "CPU per event");
    ratio(ratios, Contender.AGGREGATION, Contender.DSL_AGGREGATE, "events/s ≥ 0.9");
    ratio(ratios, Contender.OURS, Contender.STORE_PER_EVENT, "events/s ≥ 2");
    ratio(ratios, Contender.OURS, Contender.FLINK, "events/s ≥ 2");
    ratio(ratios, Contender.OURS, Contender.RAW, "CPU ≤ 4, or 100,000 events/s");
    ratios.print();
    System.out.println("All totals are " + (equal ? "equal." : "NOT EQUAL: no figure counts."));
  }

  private void ratio(Report report, Contender one, Contender other, String wanted) {
    if (of(one).isEmpty() || of(other).isEmpty()) {
      return;
    }
    report.row(
        "(%s) / (%s)".formatted(one.letter(), other.letter()),
        wanted,
        paired(one, other, Pass::eventsPerSecond),
        paired(one, other, Pass::cpuPerEvent));
  }

  private String paired(Contender one, Contender other, ToDoubleFunction<Pass> value) {
    return Spread.ofRatios(of(one), of(other), value).fine();
  }
}
