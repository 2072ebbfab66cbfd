package io.tollgate.app;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.run.RunResult;
import io.tollgate.app.run.WorkloadRun;
import io.tollgate.app.stack.PortCheck;
import io.tollgate.app.terminal.Screen;
import io.tollgate.app.terminal.Shown;
import io.tollgate.app.workload.GeneratedTraffic;
import io.tollgate.app.workload.PriceList;
import io.tollgate.app.workload.TenantPlan;
import io.tollgate.schemas.Endpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything, once, on generated traffic. */
@Command(
    name = "demo",
    description = {
      "Runs the whole line on a month of generated traffic, and balances the books.",
      "",
      "Starts a stack in a temporary folder, sets up a company and an agency with two clients,"
          + " publishes the events through the publisher, and prints usage by workspace and model,"
          + " an invoice per organization, and the reconciliation. Ends with status 0 only if the"
          + " books balance and the totals are those that the generator counted itself. The same"
          + " seed gives the same figures on any day.",
      ""
    })
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "30000",
      description = "Events, 1 to 10,000,000 (default: ${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "42",
      description = "Any whole number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "HTTP port on 127.0.0.1 (default: 8787 if it is free, else any).")
  private int port;

  @Option(
      names = "--keep",
      description = "Leave the stack up at the end, and say how to reach and stop it.")
  private boolean keep;

  @Override
  public Integer call() throws IOException {
    long began = System.nanoTime();
    TenantPlan plan = TenantPlan.bundled();
    GeneratedTraffic traffic = new GeneratedTraffic(plan, events, seed);
    boolean portGiven = spec.commandLine().getParseResult().hasMatchedOption("--port");
    if (portGiven) {
      Ports.check(port);
      PortCheck.requireFree(port);
    }
    Screen screen = Screen.standardError(spec.commandLine().getErr());
    PrintWriter out = spec.commandLine().getOut();
    try (FreshStack stack = FreshStack.start(portGiven ? port : PortCheck.usualOrAny(), screen);
        TollgateClient client = stack.client()) {
      Endpoints endpoints =
          new Endpoints(stack.record().bootstrapServers(), stack.record().registry());
      RunResult result =
          new WorkloadRun(client, endpoints, screen, InstantSource.system())
              .run(traffic, plan, PriceList.bundled(), true);
      new Report(out, client).demo(result, GeneratedTraffic.MONTH);
      out.printf(
          "%n%s in %s s, seed %d.%n",
          result.isGood() ? "Good: all of it holds" : "NOT GOOD: see the lines marked NO",
          Shown.count((System.nanoTime() - began) / 1_000_000_000L),
          seed);
      out.flush();
      if (keep) {
        stack.keep();
        out.print(Welcome.kept(stack.folder(), stack.record(), GeneratedTraffic.MONTH));
        out.flush();
      }
      return result.isGood() ? ExitCode.OK : ExitCode.NOT_GOOD;
    }
  }
}
