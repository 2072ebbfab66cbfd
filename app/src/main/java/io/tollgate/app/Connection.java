package io.tollgate.app;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.schemas.InvalidInput;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command finds the running stack and proves who asks. */
final class Connection {
  private static final String KEY = "TOLLGATE_KEY";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of the stack (default: ~/.local/share/tollgate).")
  private @Nullable Path data;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = {
        "Where the stack listens (default: as its data folder says). The operator's key is read"
            + " from the data folder, or another key from the variable TOLLGATE_KEY."
      })
  private @Nullable URI url;

  DataFolder folder() {
    return folder(data);
  }

  static DataFolder folder(@Nullable Path data) {
    return data == null ? DataFolder.usual(System.getenv()) : new DataFolder(data);
  }

  boolean isGiven() {
    return data != null || url != null;
  }

  /**
   * The stack of the data folder, whose Kafka a command needs too.
   *
   * @throws InvalidInput if {@code --url} names another one
   */
  ServerRecord server() {
    ServerRecord server = folder().require();
    InvalidInput.unless(
        url == null || url.equals(server.url()),
        "--url",
        String.valueOf(url),
        "is not the stack in "
            + folder().path()
            + ", which is at "
            + server.url()
            + "; name its folder with --data");
    return server;
  }

  TollgateClient client() {
    Map<String, String> environment = System.getenv();
    URI base = url == null ? folder().require().url() : url;
    String key = environment.getOrDefault(KEY, "");
    return new TollgateClient(base, key.isEmpty() ? folder().readOperatorKey() : key);
  }
}
