package io.tollgate.bench;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What a run measures. */
final class BenchOptions {
  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "400000",
      description = "Events per pass (default: ${DEFAULT-VALUE}).")
  long events;

  @Option(
      names = "--warm-up",
      paramLabel = "S",
      defaultValue = "60",
      description =
          "Seconds each contender works before it is measured (default: ${DEFAULT-VALUE}).")
  int warmUp;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Passes of each contender, taking turns (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "10000",
      description = "API keys (default: ${DEFAULT-VALUE}).")
  int keys;

  @Option(
      names = "--any-user",
      paramLabel = "PERCENT",
      defaultValue = "" + Workload.USUAL_ANY_USER,
      description =
          "Events that name any of 50,000 users; the others name one of their key's"
              + " (default: ${DEFAULT-VALUE}).")
  int anyUser;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Of the workload (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--latency",
      paramLabel = "S",
      defaultValue = "30",
      description = "Seconds over which alerts are timed (default: ${DEFAULT-VALUE}).")
  int latencySeconds;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "1",
      description = "SIGKILLs of the streams role (default: ${DEFAULT-VALUE}).")
  int kills;

  @Option(
      names = "--budgets",
      paramLabel = "N",
      defaultValue = "200",
      description = "Hard budgets that are crossed (default: ${DEFAULT-VALUE}).")
  int budgets;

  @Option(
      names = "--gateways",
      paramLabel = "N",
      defaultValue = "4",
      description = "Gateways that serve their keys (default: ${DEFAULT-VALUE}).")
  int gateways;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Requests per second over all gateways (default: ${DEFAULT-VALUE}).")
  int rate;

  @Option(
      names = "--only",
      paramLabel = "LETTERS",
      defaultValue = "abcdefg",
      description = "Contenders to measure, by letter (default: ${DEFAULT-VALUE}).")
  String only;

  /** In the order of their letters in {@code --only}. */
  List<Contender> contenders() {
    List<Contender> wanted = new ArrayList<>();
    for (String letter : only.split("", -1)) {
      Contender.of(letter).ifPresent(wanted::add);
    }
    return wanted;
  }
}
