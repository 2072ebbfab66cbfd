package io.tollgate.app;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.run.TenancySetup;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.Installation;
import io.tollgate.app.stack.PortCheck;
import io.tollgate.app.stack.ServerProcess;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.app.stack.StackProblem;
import io.tollgate.app.terminal.Screen;
import io.tollgate.app.workload.PriceList;
import io.tollgate.governance.store.GovernanceConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts a stack and leaves it up. */
@Command(
    name = "up",
    description = {
      "Starts the whole stack and leaves it up.",
      "",
      "That is Kafka, a schema registry, PostgreSQL and ClickHouse on this machine, and every role."
          + " The data folder survives stop, kill -9 and reboot: run up again. One HTTP port is"
          + " fixed; the ports inside are free ones, recorded in the folder. Prints commands to try"
          + " that work word for word.",
      ""
    })
final class UpCommand implements Callable<Integer> {
  private static final Duration CLEAN_UP = Duration.ofSeconds(8);

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder (default: ~/.local/share/tollgate).")
  private @Nullable Path data;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8787",
      description = "HTTP port on 127.0.0.1 (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private InstallationOptions options;

  @Override
  public Integer call() throws IOException {
    DataFolder folder = Connection.folder(data);
    Optional<ServerRecord> running = folder.running();
    if (running.isPresent()) {
      throw new StackProblem(
          "the folder "
              + folder.path()
              + " is in use by the process "
              + running.get().pid()
              + ", which serves "
              + running.get().url()
              + "; ./tollgate stop ends it");
    }
    Ports.check(port);
    Installation installation = options.installation();
    PortCheck.requireFree(port);
    Files.createDirectories(folder.path());
    Screen screen = Screen.standardError(spec.commandLine().getErr());
    screen.line("Starting in " + folder.path());
    ServerProcess server =
        ServerProcess.spawn(ServerProcess.Launch.whole(folder, port).as(installation));
    ServerRecord record;
    try {
      record = server.awaitReady(step -> screen.line("  " + step));
      try (TollgateClient client = new TollgateClient(record.url(), folder.readOperatorKey())) {
        PriceList prices = PriceList.bundled();
        if (new TenancySetup(client, InstantSource.system()).pricesIfNone(prices)) {
          screen.line("  published the product's own price list as price book " + prices.id());
        }
      }
    } catch (RuntimeException e) {
      server.stop(CLEAN_UP);
      throw e;
    }
    server.release();
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        installation.operator() == GovernanceConfig.Operator.APART
            ? Welcome.apart(folder, record)
            : Welcome.text(folder, record));
    out.flush();
    return ExitCode.OK;
  }
}
