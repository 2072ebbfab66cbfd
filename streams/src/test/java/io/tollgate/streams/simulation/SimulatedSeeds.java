package io.tollgate.streams.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Runs many seeds, on as many threads as there are processors. */
final class SimulatedSeeds {
  private final Path folder;
  private final Mutant mutant;
  private final AtomicLong runs = new AtomicLong();
  private final Map<EventKind, Integer> occurred = new EnumMap<>(EventKind.class);
  private @Nullable Failure failure;

  /** Where a seed failed. */
  record Failure(long seed, int step, RuntimeException cause) {
    @Override
    public String toString() {
      return "seed %d, step %d: %s (replay it with -Dseed=%d)"
          .formatted(seed, step, cause.getMessage() == null ? cause : cause.getMessage(), seed);
    }
  }

  SimulatedSeeds(Path folder, Mutant mutant) {
    this.folder = folder;
    this.mutant = mutant;
    // What the topologies say of each alert would be more than the test's own output.
    for (String quiet : new String[] {"io.tollgate.streams", "org.apache.kafka"}) {
      ((Logger) LoggerFactory.getLogger(quiet)).setLevel(Level.OFF);
    }
  }

  /** Runs seeds until the last, or the first that fails. */
  void run(long first, long last) {
    AtomicLong next = new AtomicLong(first);
    Thread[] threads = new Thread[Runtime.getRuntime().availableProcessors()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          Thread.ofPlatform()
              .name("seeds-" + i)
              .start(
                  () -> {
                    for (long seed = next.getAndIncrement();
                        seed <= last && failure() == null;
                        seed = next.getAndIncrement()) {
                      run(seed, step -> {});
                    }
                  });
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while seeds run", e);
      }
    }
  }

  /** Runs one seed; null if it fails. */
  Simulation.@Nullable Result run(long seed, Consumer<String> trace) {
    Path ofSeed = folder.resolve("seed-" + runs.incrementAndGet());
    Simulation simulation = new Simulation(seed, mutant, ofSeed, trace);
    try {
      Simulation.Result result = simulation.run();
      synchronized (this) {
        result.occurred().forEach((kind, count) -> occurred.merge(kind, count, Integer::sum));
      }
      return result;
    } catch (RuntimeException e) {
      synchronized (this) {
        failure = new Failure(seed, simulation.step(), e);
      }
      return null;
    } finally {
      delete(ofSeed);
    }
  }

  private static void delete(Path ofSeed) {
    try {
      Utils.delete(ofSeed.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized @Nullable Failure failure() {
    return failure;
  }

  /** How often each kind of event occurred in the seeds that ran to their end. */
  synchronized Map<EventKind, Integer> occurred() {
    return new EnumMap<>(occurred);
  }
}
