package io.tollgate.streams.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs seeds by hand: {@code SimulationMain first last}, or one seed with its steps; a third
 * argument names a fault to put in.
 */
final class SimulationMain {
  private SimulationMain() {}

  private static Mutant mutant(String[] args) {
    return switch (args.length > 2 ? args[2] : "none") {
      case "dedup" -> Mutants.brokenDedup();
      case "rating" -> Mutants.brokenRating();
      case "alerting" -> Mutants.brokenAlerting();
      case "correction" -> Mutants.brokenCorrection();
      case "limits" -> Mutants.brokenLimits();
      case "wallet" -> Mutants.brokenWallet();
      default -> Mutant.NONE;
    };
  }

  public static void main(String[] args) throws IOException {
    long first = Long.parseLong(args[0]);
    long last = args.length > 1 ? Long.parseLong(args[1]) : first;
    Path folder = Files.createTempDirectory("simulation");
    SimulatedSeeds seeds = new SimulatedSeeds(folder, mutant(args));
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
