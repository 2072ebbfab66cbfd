package io.tollgate.app.stack;

import java.time.Duration;
import java.util.Optional;

/** Ends the server of a data folder, whoever started it. */
public final class ServerStop {
  /** Kafka's and PostgreSQL's own bounds are 6 s each, side by side, after the roles'. */
  private static final Duration BOUND = Duration.ofSeconds(25);

  private ServerStop() {}

  /** How it went. */
  public enum Outcome {
    NOT_RUNNING,
    STOPPED,
    /** The next start repairs what a kill leaves behind. */
    KILLED
  }

  public static Outcome stop(DataFolder data) {
    Optional<ProcessHandle> server =
        data.running().flatMap(running -> ProcessHandle.of(running.pid()));
    if (server.isEmpty()) {
      return Outcome.NOT_RUNNING;
    }
    return ServerProcess.end(server.get(), BOUND) ? Outcome.STOPPED : Outcome.KILLED;
  }
}
