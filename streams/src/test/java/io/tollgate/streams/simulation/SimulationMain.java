package io.tollgate.streams.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs seeds by hand: {@code SimulationMain first last}, or one seed with its steps. */
final class SimulationMain {
  private SimulationMain() {}

  public static void main(String[] args) throws IOException {
    long first = Long.parseLong(args[0]);
    long last = args.length > 1 ? Long.parseLong(args[1]) : first;
    Path folder = Files.createTempDirectory("simulation");
    SimulatedSeeds seeds = new SimulatedSeeds(folder, Mutant.NONE);
    long start = System.nanoTime();
    if (first == last) {
      System.out.println(seeds.run(first, System.out::println));
    } else {
      seeds.run(first, last);
    }
    System.out.println(seeds.occurred());
    SimulatedSeeds.Failure failure = seeds.failure();
    if (failure != null) {
      System.out.println(failure);
      failure.cause().printStackTrace(System.out);
    }
    System.out.printf("%d ms%n", (System.nanoTime() - start) / 1_000_000);
  }
}
