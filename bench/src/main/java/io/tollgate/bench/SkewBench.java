package io.tollgate.bench;

import io.tollgate.bench.Workload.Shape;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What uneven traffic costs the streams role: one loud key, one loud organization, each relative to
 * the even case of its round; and one organization with very many active keys.
 */
final class SkewBench {
  private static final int MOST_ROUNDS = 2;
  private static final int MANY_KEYS = 100_000;
  private static final int FEW_KEYS = 1_000;
  private static final List<Shape> SHAPES =
      List.of(Shape.EVEN, Shape.LOUD_KEY, Shape.LOUD_ORGANIZATION);

  private final Rig rig;
  private final BenchOptions options;
  private final Passes passes;
  private final Workload usual;
  private boolean equal = true;

  SkewBench(Rig rig, BenchOptions options) {
    this.rig = rig;
    this.options = options;
    this.passes = new Passes(rig);
    this.usual = Workload.usual(options, "skew");
  }

  boolean run() throws IOException {
    Map<Shape, List<Pass>> measured = new EnumMap<>(Shape.class);
    for (int round = 1; round <= Math.min(options.rounds, MOST_ROUNDS); round++) {
      for (Shape shape : SHAPES) {
        Workload workload = usual.shaped("skew-" + shape + "-" + round, shape);
        measured
            .computeIfAbsent(shape, s -> new ArrayList<>())
            .add(pass(shape + ", round " + round, workload, options.events).pass());
      }
    }
    Report report =
        new Report(
            "Uneven traffic through (g), per round relative to the even case (wanted ≥ 0.8)",
            "traffic",
            "events/s",
            "relative to even");
    List<Pass> even = measured.getOrDefault(Shape.EVEN, List.of());
    for (Shape shape : SHAPES) {
      List<Pass> passesOfShape = measured.getOrDefault(shape, List.of());
      report.row(
          switch (shape) {
            case EVEN -> "even over %,d keys".formatted(options.keys);
            case LOUD_KEY -> "one key has 52 %";
            case LOUD_ORGANIZATION -> "one organization has 90 %";
            case LONG_TAIL -> throw new IllegalStateException("not measured here");
          },
          Spread.of(passesOfShape, Pass::eventsPerSecond).whole(),
          Spread.ofRatios(passesOfShape, even, Pass::eventsPerSecond).fine());
    }
    report.print();
    manyKeys();
    System.out.println("All totals are " + (equal ? "equal." : "NOT EQUAL: no figure counts."));
    return equal;
  }

  /** What a pass took, and what it had in memory and on disk at its end. */
  private record Weighed(Pass pass, Gauge gauge, int parts) {}

  private Weighed pass(String name, Workload workload, long events) throws IOException {
    Report.say("skew: publishing %,d events, %s".formatted(events, name));
    Section section = rig.log().publish(workload, events);
    List<Gauge> gauges = new ArrayList<>();
    Pass pass = passes.run(Contender.WHOLE_ROLE, section, process -> gauges.add(process.gauge()));
    // RocksDB keeps what is new in memory: only what a stopped role leaves behind can be weighed.
    Gauge gauge =
        new Gauge(gauges.getFirst().heapBytes(), rig.process(Contender.WHOLE_ROLE).left().stores());
    if (gauge.diskBytes(Gauge.COMMITTED) == 0) {
      throw new IllegalStateException("no store was found on disk: " + gauge.stores());
    }
    Report.say("skew: bytes on disk: " + gauge.stores());
    equal &= pass.equal();
    Report.say("skew: %s: %,d events/s".formatted(name, pass.eventsPerSecond()));
    return new Weighed(pass, gauge, passes.mostParts());
  }

  private void manyKeys() throws IOException {
    long events = Math.max(options.events, MANY_KEYS);
    Gauge empty = rig.process(Contender.WHOLE_ROLE).gauge();
    Workload base = usual.shaped("few", Shape.EVEN);
    Weighed few = pass("few keys", one(base, "few", FEW_KEYS), events);
    Weighed many = pass("many keys", one(base, "many", MANY_KEYS), events);
    Report report =
        new Report(
            "One organization with very many active keys, through (g)",
            "active keys",
            "events/s",
            "relative to %,d keys".formatted(FEW_KEYS),
            "parts of the largest delta",
            "heap after a collection",
            "state on disk");
    for (Weighed one : List.of(few, many)) {
      report.row(
          String.format(Locale.ROOT, "%,d", one == few ? FEW_KEYS : MANY_KEYS),
          String.format(Locale.ROOT, "%,d", one.pass().eventsPerSecond()),
          String.format(
              Locale.ROOT,
              "%.2f",
              (double) one.pass().eventsPerSecond() / few.pass().eventsPerSecond()),
          Integer.toString(one.parts()),
          mib(one.gauge().heapBytes()),
          mib(one.gauge().diskBytes()));
    }
    report.print();
    long ids = Contender.WHOLE_ROLE.deduplicates() ? events - events / 100 : events;
    int keys = MANY_KEYS - FEW_KEYS;
    Report weights =
        new Report(
            "Memory and disk, by difference of the passes above", "per million", "heap", "disk");
    weights.row(
        "remembered ids (few keys against nothing)",
        mib(scaled(few.gauge().heapBytes() - empty.heapBytes(), ids)),
        mib(scaled(few.gauge().diskBytes(Gauge.DEDUP) - empty.diskBytes(Gauge.DEDUP), ids)));
    weights.row(
        "active keys with their tallies (many against few)",
        mib(scaled(many.gauge().heapBytes() - few.gauge().heapBytes(), keys)),
        mib(
            scaled(
                many.gauge().diskBytes(Gauge.COMMITTED) - few.gauge().diskBytes(Gauge.COMMITTED),
                keys)));
    weights.print();
  }

  private static Workload one(Workload base, String epoch, int keys) {
    return new Workload(
        base.seed(), "one-" + epoch, Shape.EVEN, 1, 1, keys, base.anyUser(), base.base());
  }

  private static long scaled(long bytes, long count) {
    return bytes * 1_000_000 / count;
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MiB", bytes / (double) (1 << 20));
  }

  /** Lets the streams role work until it is warm, where nothing else did. */
  void warmUp() throws IOException {
    Duration wanted = Duration.ofSeconds(options.warmUp);
    Duration worked = Duration.ZERO;
    for (int pass = 0; worked.compareTo(wanted) < 0; pass++) {
      Workload workload = usual.shaped("warm-up-" + pass, Shape.LONG_TAIL);
      worked = worked.plus(pass("warm-up", workload, options.events).pass().worked());
    }
  }
}
