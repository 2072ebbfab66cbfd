package io.tollgate.app;

import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.InstanceName;
import io.tollgate.app.stack.RoleName;
import io.tollgate.app.stack.Server;
import io.tollgate.schemas.InvalidInput;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What {@code up}, {@code demo} and {@code replay} start; also by hand, to run roles in processes
 * of their own.
 */
@Command(
    name = "serve",
    hidden = true,
    description = {
      "Runs roles in this process until it is told to end.",
      "",
      "Finds the services by the record in the data folder, or brings them up itself.",
      ""
    })
final class ServeCommand implements Callable<Integer> {
  private static final int MOST_STANDBYS = 3;
  private static final int SHORTEST_SESSION = 6;
  private static final int LONGEST_SESSION = 300;

  @Option(names = "--data", paramLabel = "DIR", required = true, description = "Data folder.")
  private Path data;

  @Option(
      names = "--roles",
      paramLabel = "ROLES",
      defaultValue = "governance,ingest,streams,landing,billing",
      description = "Which, separated by commas (default: ${DEFAULT-VALUE}).")
  private String roles;

  @Option(
      names = "--instance",
      paramLabel = "NAME",
      defaultValue = "0",
      description =
          "Tells this process from others that run the same roles on the same folder; keep it over"
              + " restarts (default: ${DEFAULT-VALUE}).")
  private String instance;

  @Option(
      names = "--standbys",
      paramLabel = "N",
      description =
          "Copies of the streams role's state that other instances keep, 0 to 3 (default: 1 if"
              + " --instance is given, for then there are others; else 0).")
  private @Nullable Integer standbys;

  @Option(
      names = "--session",
      paramLabel = "SECONDS",
      defaultValue = "6",
      description =
          "How long the other instances of the streams role wait for this one to be back after it"
              + " ended, until they take its work over, 6 to 300 (default: ${DEFAULT-VALUE}).")
  private int session;

  @Option(
      names = "--node-rates",
      description = "Measure the rate of every node of the topologies, at some cost.")
  private boolean nodeRates;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "HTTP port on 127.0.0.1; 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--with-services",
      description = "Bring up Kafka and the rest, and end them with this process.")
  private boolean withServices;

  @Option(names = "--bound", description = "End when standard input does.")
  private boolean bound;

  @Option(
      names = "--start-log",
      paramLabel = "FILE",
      description = "Where to tell how far the start is.")
  private @Nullable Path startLog;

  @Option(
      names = "--streams-url",
      paramLabel = "URL",
      description = "Where the streams role listens, if billing runs here and streams elsewhere.")
  private @Nullable URI streams;

  @Mixin private InstallationOptions options;

  @Override
  public Integer call() {
    List<RoleName> wanted = Arrays.stream(roles.split(",", -1)).map(RoleName::of).toList();
    InstanceName name = new InstanceName(instance);
    Server.Settings settings =
        new Server.Settings(
            new DataFolder(data),
            options.installation(),
            port,
            wanted,
            name,
            standbys(name),
            nodeRates,
            session(),
            withServices,
            bound,
            Optional.ofNullable(streams),
            Optional.ofNullable(startLog));
    return new Server(settings, InstantSource.system()).run() ? ExitCode.OK : ExitCode.STACK;
  }

  private Duration session() {
    InvalidInput.unless(
        session >= SHORTEST_SESSION && session <= LONGEST_SESSION,
        "--session",
        session,
        "must be 6 to 300");
    return Duration.ofSeconds(session);
  }

  private int standbys(InstanceName name) {
    int wanted = standbys == null ? (name.equals(InstanceName.FIRST) ? 0 : 1) : standbys;
    InvalidInput.unless(
        wanted >= 0 && wanted <= MOST_STANDBYS, "--standbys", wanted, "must be 0 to 3");
    return wanted;
  }
}
