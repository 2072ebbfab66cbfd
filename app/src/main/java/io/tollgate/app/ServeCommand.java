package io.tollgate.app;

import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.InstanceName;
import io.tollgate.app.stack.RoleName;
import io.tollgate.app.stack.Server;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

  @Override
  public Integer call() {
    List<RoleName> wanted = Arrays.stream(roles.split(",", -1)).map(RoleName::of).toList();
    Server.Settings settings =
        new Server.Settings(
            new DataFolder(data),
            port,
            wanted,
            new InstanceName(instance),
            withServices,
            bound,
            Optional.ofNullable(streams),
            Optional.ofNullable(startLog));
    return new Server(settings, InstantSource.system()).run() ? ExitCode.OK : ExitCode.STACK;
  }
}
