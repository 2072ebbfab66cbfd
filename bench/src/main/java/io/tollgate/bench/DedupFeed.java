package io.tollgate.bench;

import io.tollgate.streams.DedupTrial;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** One process of {@link DedupBench}: feeds, or takes up what another left. */
final class DedupFeed {
  static final String SEGMENTS = "segments";
  static final String DONE = "done";

  private static final long MICROS = 1_000;
  private static final String CHANGELOG = "changelog";
  private static final int PER_COMMIT = 20_000;
  private static final int PARTS = 10;
  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  /** 2026-06-15. */
  private static final long FIRST_DAY = 20_619;

  private static final long WARM_UP = 1_000_000;
  private static final int SAMPLE = 200_000;

  private final DedupBenchOptions options;

  DedupFeed(DedupBenchOptions options) {
    this.options = options;
  }

  void run() throws IOException, InterruptedException {
    Path folder = Objects.requireNonNull(options.folder, "--folder");
    Path segments = folder.resolve(SEGMENTS);
    Path changelog = folder.resolve(CHANGELOG);
    switch (options.part) {
      case FEED -> feed(folder, segments, changelog);
      case RESTART -> restart(segments, changelog);
      case ALL -> throw new IllegalStateException("not a part");
    }
    System.out.println(DONE);
    // To be killed.
    Thread.currentThread().join();
  }

  private void feed(Path folder, Path segments, Path changelog) throws IOException {
    Path warmUp = Files.createDirectories(folder.resolve("warm-up"));
    try (DedupTrial trial = DedupTrial.open(warmUp.resolve("s"), warmUp.resolve("c"))) {
      feed(trial, 0, Math.min(WARM_UP, options.ids), options.ids);
    }
    DedupBench.delete(warmUp);
    DedupTrial trial = DedupTrial.open(segments, changelog);
    long[] nanos = new long[PARTS];
    long[] cpus = new long[PARTS];
    for (int part = 0; part < PARTS; part++) {
      long from = options.ids * part / PARTS;
      long to = options.ids * (part + 1) / PARTS;
      long start = System.nanoTime();
      long cpu = cpuNanos();
      feed(trial, from, to, options.ids);
      nanos[part] = System.nanoTime() - start;
      cpus[part] = cpuNanos() - cpu;
      System.out.printf(
          "%3d %%: %,11.0f ids/s, %.2f us CPU/id, %d segments%n",
          100 * (part + 1) / PARTS,
          perSecond(to - from, nanos[part]),
          cpus[part] / 1e3 / (to - from),
          trial.segmentCount());
    }
    System.out.printf(
        "last tenth / first tenth: %.2f of its ids/s, %.2f times its CPU per id%n",
        (double) nanos[0] / nanos[PARTS - 1], (double) cpus[PARTS - 1] / cpus[0]);
    memory(trial, Files.size(changelog));
    check(trial);
  }

  private void feed(DedupTrial trial, long from, long to, long all) {
    for (long number = from; number < to; number++) {
      long appendedAt = (FIRST_DAY + number * options.days / all) * DAY_MILLIS;
      if (!trial.accept("acme", "gateway", id(number), appendedAt)) {
        throw new IllegalStateException("id " + number + " is new");
      }
      if (mixed(number) % 100 < options.duplicates
          && trial.accept("acme", "gateway", id(mixed(~number) % (number + 1)), appendedAt)) {
        throw new IllegalStateException("an id was met again, after " + number);
      }
      if (number % PER_COMMIT == PER_COMMIT - 1) {
        trial.commit();
      }
    }
    trial.commit();
  }

  private void restart(Path segments, Path changelog) throws IOException {
    long start = System.nanoTime();
    DedupTrial trial = DedupTrial.open(segments, changelog);
    long opened = System.nanoTime();
    boolean known = trial.knows("acme", "gateway", id(0));
    long answered = System.nanoTime();
    for (int i = 0; i < SAMPLE / 10; i++) {
      known &= trial.knows("acme", "gateway", id(mixed(i) % options.ids));
    }
    long warm = System.nanoTime();
    System.out.printf(
        "takes up after %,.0f ms, first answer %,.1f ms later; %,d answers and with them the whole"
            + " filter after %,.0f ms%n",
        millis(opened - start), millis(answered - opened), SAMPLE / 10, millis(warm - start));
    if (!known) {
      throw new IllegalStateException("an id was forgotten");
    }
    memory(trial, Files.size(changelog));
    check(trial);
  }

  private void memory(DedupTrial trial, long changelogBytes) throws IOException {
    System.gc();
    long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    double ids = options.ids;
    System.out.printf(
        "per id: disk %.1f bytes (changelog %.1f), heap %.2f, beside the heap %.1f; heap in all"
            + " %,d MiB%n",
        trial.diskBytes() / ids,
        changelogBytes / ids,
        heap / ids,
        trial.offHeapBytes() / ids,
        heap >> 20);
  }

  /** A sample of the known and of the unknown. */
  private void check(DedupTrial trial) {
    long start = System.nanoTime();
    for (int i = 0; i < SAMPLE; i++) {
      if (!trial.knows("acme", "gateway", id(mixed(i + 1_000_000L) % options.ids))) {
        throw new IllegalStateException("an id was forgotten");
      }
    }
    long known = System.nanoTime();
    for (int i = 0; i < SAMPLE; i++) {
      if (trial.knows("acme", "gateway", id(options.ids + i))) {
        throw new IllegalStateException("an id was met that never came");
      }
    }
    System.out.printf(
        "a known id takes %.2f us, a new one %.2f us, SHA-256 included%n",
        (known - start) / (double) MICROS / SAMPLE,
        (System.nanoTime() - known) / (double) MICROS / SAMPLE);
  }

  /** Of this thread, which does all the work. Steadier than the clock on a busy machine. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static String id(long number) {
    return "event-" + number;
  }

  /** Not negative. */
  private static long mixed(long number) {
    long x = (number ^ (number >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return (x ^ (x >>> 31)) >>> 1;
  }

  private static double perSecond(long count, long nanos) {
    return count * 1e9 / nanos;
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
