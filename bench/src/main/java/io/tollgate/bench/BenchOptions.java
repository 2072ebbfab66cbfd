package io.tollgate.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a run measures. */
@Command(
    name = "tollgate bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the line on this machine, in one run: raw consume + decode + sum, the meter"
          + " topology on the same bytes, and the whole line from the SDK into ClickHouse.",
      "Ratios are what to quote: machines are noisy. Exit status 0 only if all totals are equal."
    })
final class BenchOptions {
  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Events per measured stretch (default: ${DEFAULT-VALUE}).")
  long events;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "1200000",
      description = "Events metered before the clock starts (default: ${DEFAULT-VALUE}).")
  long warmUp;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "10000",
      description = "API keys (default: ${DEFAULT-VALUE}).")
  int keys;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Of the workload (default: ${DEFAULT-VALUE}).")
  long seed;
}
