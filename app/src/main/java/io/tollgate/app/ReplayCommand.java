package io.tollgate.app;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.run.RunResult;
import io.tollgate.app.run.WorkloadRun;
import io.tollgate.app.stack.PortCheck;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.app.terminal.Screen;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.app.workload.Trace;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.UsageEventRules;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The whole line on a recorded trace. */
@Command(
    name = "replay",
    description = {
      "Runs the whole line on a recorded trace, and balances the books.",
      "",
      "FILE is CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens, plain or gzip; times"
          + " are UTC. Each request is booked on an organization, workspace, key and model by a"
          + " rule that depends on the seed and the line number alone. The whole file is checked"
          + " before anything is published. Without --data or --url the stack is a fresh one in a"
          + " temporary folder; with one of them it is that running stack, where the same replay"
          + " again changes nothing: each event is counted as a duplicate.",
      ""
    })
final class ReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Connection connection;

  @Parameters(paramLabel = "FILE", description = "The trace.")
  private Path file;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Any whole number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--shift",
      paramLabel = "DURATION",
      defaultValue = "PT0S",
      description = "Added to every time, such as PT1H or P30D or -P1D (default: none).")
  private Duration shift;

  @Option(names = "--skip-bad-lines", description = "Count bad lines and go on.")
  private boolean skipBadLines;

  @Option(
      names = "--keep",
      description = "Leave the fresh stack up at the end, and say how to reach and stop it.")
  private boolean keep;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    TenantPlan plan = TenantPlan.bundled();
    Screen screen = Screen.standardError(spec.commandLine().getErr());
    Trace trace = Trace.open(file, plan, seed, shift, skipBadLines);
    InvalidInput.unless(
        trace.to().isBefore(InstantSource.system().instant().plus(UsageEventRules.MOST_AHEAD)),
        "--shift",
        shift,
        "must not move a request into the future; the last one would be at " + trace.to());
    if (trace.skippedLines() > 0) {
      screen.line("Bad lines skipped: " + trace.skippedLines() + ", among them:");
      trace.faults().forEach(fault -> screen.line("  " + fault));
    }
    if (connection.isGiven()) {
      InvalidInput.unless(
          !keep, "--keep", "given", "is for a fresh stack, not with --data or --url");
      ServerRecord server = connection.server();
      try (TollgateClient client = connection.client()) {
        return replay(trace, plan, server, client, screen);
      }
    }
    try (FreshStack stack = FreshStack.start(PortCheck.usualOrAny(), screen);
        TollgateClient client = stack.client()) {
      int status = replay(trace, plan, stack.record(), client, screen);
      if (keep) {
        stack.keep();
        spec.commandLine()
            .getErr()
            .print(
                Welcome.kept(
                    stack.folder(),
                    stack.record(),
                    YearMonth.from(trace.from().atOffset(ZoneOffset.UTC))));
        spec.commandLine().getErr().flush();
      }
      return status;
    }
  }

  private int replay(
      Trace trace, TenantPlan plan, ServerRecord server, TollgateClient client, Screen screen) {
    Endpoints endpoints = new Endpoints(server.bootstrapServers(), server.registry());
    RunResult result =
        new WorkloadRun(client, endpoints, screen, InstantSource.system())
            .run(trace, plan, PriceList.bundled(), false);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ReplayJson.of(result, trace, file, seed, shift).toPrettyString());
    } else {
      Report report = new Report(out, client);
      report.usage(result.after());
      report.verdict(result);
    }
    out.flush();
    return result.isGood() ? ExitCode.OK : ExitCode.NOT_GOOD;
  }
}
