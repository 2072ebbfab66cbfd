package io.tollgate.app;

import io.tollgate.app.workload.GeneratedTraffic;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.TraceWriter;
import io.tollgate.app.workload.Workload;
import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a trace file that {@code replay} reads. */
@Command(
    name = "generate",
    description = {
      "Writes a made-up trace that replay reads.",
      "",
      "A CSV file with the columns TIMESTAMP, ContextTokens, GeneratedTokens: one month of traffic"
          + " (June 2026, UTC) with log-normal token counts, busy hours and bursts. The same seed"
          + " gives the same bytes.",
      ""
    })
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "30000",
      description = "Requests, 1 to 10,000,000 (default: ${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Any whole number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The file to write; gzip if its name ends in .gz.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    InvalidInput.unless(
        folder != null && Files.isDirectory(folder), "--out", out, "must be in an existing folder");
    InvalidInput.unless(!Files.isDirectory(out), "--out", out, "must be a file, not a folder");
    Workload traffic = new GeneratedTraffic(TenantPlan.bundled(), events, seed);
    TraceWriter.write(traffic, out);
    spec.commandLine().getOut().printf("%s: %,d requests, seed %d%n", out, events, seed);
    return ExitCode.OK;
  }
}
