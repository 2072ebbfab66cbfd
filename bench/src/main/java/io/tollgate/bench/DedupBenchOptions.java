package io.tollgate.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a run of {@link DedupBench} measures. */
final class DedupBenchOptions {
  enum Part {
    ALL,
    FEED,
    RESTART
  }

  @Option(
      names = "--ids",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Ids that are fed (default: ${DEFAULT-VALUE}).")
  long ids;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "34",
      description = "Days over which they are appended (default: ${DEFAULT-VALUE}).")
  int days;

  @Option(
      names = "--duplicates",
      paramLabel = "PERCENT",
      defaultValue = "1",
      description = "Ids of any age that are met again, beside (default: ${DEFAULT-VALUE}).")
  int duplicates;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "2g",
      description = "Of the process that is fed (default: ${DEFAULT-VALUE}).")
  String heap = "2g";

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "Where the files are put, and deleted afterwards (default: a new one).")
  @Nullable Path folder;

  @Option(names = "--part", hidden = true, defaultValue = "ALL")
  Part part = Part.ALL;
}
