package io.tollgate.bench;

import io.tollgate.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Makes passes: each is a fresh application in the contender's warm JVM, begins at the section's
 * first record, and is followed by its committed offsets. Its totals are read back from its topics
 * once it has stopped; a pass whose totals are not the generator's is worth nothing.
 */
final class Passes {
  private static final Duration LOOK = Duration.ofMillis(10);
  private static final Duration BOUND = Duration.ofMinutes(4);
  private static final Duration KEEPS_UP = Duration.ofSeconds(1);

  /** The last transactions end with a marker in each partition, which nobody reads. */
  static final int MOST_MARKERS = 8;

  private static final Duration TOTALS_BOUND = Duration.ofSeconds(20);

  private final Rig rig;
  private final Totals totals;
  private int made;

  Passes(Rig rig) {
    this.rig = rig;
    this.totals = new Totals(rig.endpoints().bootstrapServers(), rig.ids());
  }

  Pass run(Contender contender, Section section) throws IOException {
    return run(contender, section, process -> {});
  }

  /** With something to look at when all is committed and the pass has not ended yet. */
  Pass run(Contender contender, Section section, Consumer<ContenderProcess> atEnd)
      throws IOException {
    ContenderProcess process = rig.process(contender);
    String application = "bench-" + contender.letter() + "-" + made++;
    String group = contender.group(application);
    UsageLog log = rig.log();
    log.begin(group, Topics.USAGE_EVENTS.name(), section.from());
    Map<Integer, Long> deltas = log.ends(Topics.USAGE_DELTAS.name());
    log.begin(application + "-budget", Topics.USAGE_DELTAS.name(), deltas);
    Map<Integer, Long> rated = log.ends(ratedTopic(contender));
    Map<Integer, Long> sums = log.ends(Totals.TOTALS_TOPIC);

    long began = System.nanoTime();
    process.start(application);
    Marks marks = follow(process, group, section);
    Stretch stretch = marks.first().to(marks.last());
    Sums expected = contender.expected(section);
    // Flink's sums come a moment after its offsets, and only while it runs.
    Sums flink = contender == Contender.FLINK ? awaitTotals(sums, expected) : expected;
    if (contender == Contender.WHOLE_ROLE) {
      awaitTallied(process, application + "-budget");
      // Its work is done when the last event is tallied and judged, not when it is metered.
      stretch = marks.first().to(mark(process, section.records()));
    }
    Duration worked = Duration.ofNanos(System.nanoTime() - began);
    atEnd.accept(process);
    Optional<Sums> told = process.stop();
    Sums found =
        switch (contender) {
          case RAW -> told.orElseThrow();
          case AGGREGATION, OURS, WHOLE_ROLE -> totals.ofDeltas(deltas);
          case DSL_AGGREGATE, STORE_PER_EVENT ->
              totals.ofNewest(application + "-" + DslAggregate.SUMS + "-changelog", Map.of());
          case FLINK -> flink;
        };
    boolean equal = same(contender, "sums", expected, found);
    if (contender.rates()) {
      equal &=
          same(contender, "rated output", expected, totals.ofRated(ratedTopic(contender), rated));
    }
    tidyUp(application, contender);
    return new Pass(
        contender,
        stretch.events,
        stretch.wall,
        stretch.cpuNanos,
        stretch.brokerNanos,
        worked,
        equal);
  }

  /**
   * Makes passes until they have worked for so long: what is done between them, reading back totals
   * above all, makes no JVM warm, and takes as long again.
   *
   * @param each is told of each of them
   */
  void warmUp(Contender contender, Section section, Duration wanted, Consumer<Pass> each)
      throws IOException {
    Duration worked = Duration.ZERO;
    while (worked.compareTo(wanted) < 0) {
      Pass pass = run(contender, section);
      worked = worked.plus(pass.worked());
      each.accept(pass);
    }
  }

  /** Into how many parts the largest delta so far was split. */
  int mostParts() {
    return totals.mostParts();
  }

  private static String ratedTopic(Contender contender) {
    return switch (contender) {
      case OURS, WHOLE_ROLE -> Topics.USAGE_RATED.name();
      case RAW, AGGREGATION, DSL_AGGREGATE, STORE_PER_EVENT, FLINK -> StorePerEvent.RATED_TOPIC;
    };
  }

  private record Stretch(long events, Duration wall, long cpuNanos, long brokerNanos) {}

  private record Mark(long events, long at, long cpuNanos, long brokerNanos) {
    Stretch to(Mark end) {
      return new Stretch(
          end.events - events,
          Duration.ofNanos(end.at - at),
          end.cpuNanos - cpuNanos,
          end.brokerNanos - brokerNanos);
    }
  }

  /** When a tenth was committed, and nine of them. */
  private record Marks(Mark first, Mark last) {}

  private Mark mark(ContenderProcess process, long events) {
    return new Mark(events, System.nanoTime(), process.cpuNanos(), rig.brokerCpuNanos());
  }

  /** Returns when everything is committed. */
  private Marks follow(ContenderProcess process, String group, Section section) {
    long deadline = System.nanoTime() + BOUND.toNanos();
    Mark first = mark(process, 0);
    boolean begun = false;
    Mark last = null;
    long before = 0;
    while (true) {
      long done = rig.log().committedSince(group, section.from());
      if (done > before) {
        before = done;
        if (!begun && done * 10 >= section.records() && done * 10 < section.records() * 9) {
          first = mark(process, done);
          begun = true;
        } else if (last == null && done * 10 >= section.records() * 9) {
          last = mark(process, done);
        }
      }
      if (last != null && done >= section.records()) {
        return new Marks(first, last);
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException(
            process.failure(
                "has committed %,d of %,d records and does not go on"
                    .formatted(done, section.records())));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** What is metered is tallied and judged a moment later, if the budget topology keeps up. */
  private void awaitTallied(ContenderProcess process, String group) {
    long began = System.nanoTime();
    while (rig.log().lag(group, Topics.USAGE_DELTAS.name()) > MOST_MARKERS) {
      if (!process.isAlive() || System.nanoTime() > began + BOUND.toNanos()) {
        throw new IllegalStateException(process.failure("has not tallied all that it metered"));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    Duration behind = Duration.ofNanos(System.nanoTime() - began);
    if (behind.compareTo(KEEPS_UP) > 0) {
      Report.say("tallied %,d ms after the last event was metered".formatted(behind.toMillis()));
    }
  }

  private Sums awaitTotals(Map<Integer, Long> from, Sums expected) {
    long deadline = System.nanoTime() + TOTALS_BOUND.toNanos();
    while (true) {
      Sums found = totals.ofNewest(Totals.TOTALS_TOPIC, from);
      if (found.equals(expected) || System.nanoTime() > deadline) {
        return found;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static boolean same(Contender contender, String what, Sums expected, Sums found) {
    if (expected.equals(found)) {
      return true;
    }
    System.out.printf(
        "NOT EQUAL: the %s of %s are %s, the generator's are %s%n",
        what, contender.label(), found, expected);
    return false;
  }

  private void tidyUp(String application, Contender contender) {
    rig.log().deleteInternal(application);
    if (contender.rates()) {
      rig.log().empty(ratedTopic(contender));
    }
    if (contender == Contender.FLINK) {
      rig.log().empty(Totals.TOTALS_TOPIC);
    }
  }
}
