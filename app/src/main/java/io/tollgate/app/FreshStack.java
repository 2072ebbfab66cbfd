package io.tollgate.app;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.ServerProcess;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.app.terminal.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A whole stack in a temporary folder, for one run. However the run ends, by Ctrl-C too, the stack
 * is stopped and the folder removed, unless it was kept.
 */
final class FreshStack implements AutoCloseable {
  /** With the kill after it still below the 10 s that Ctrl-C may take. */
  private static final Duration STOP = Duration.ofSeconds(7);

  private enum State {
    RUNNING,
    KEPT,
    CLOSED,
    INTERRUPTED
  }

  private final DataFolder folder;
  private final ServerProcess server;
  private final ServerRecord record;
  private final AtomicReference<State> state;

  private FreshStack(
      DataFolder folder, ServerProcess server, ServerRecord record, AtomicReference<State> state) {
    this.folder = folder;
    this.server = server;
    this.record = record;
    this.state = state;
  }

  /**
   * Starts it and returns when every role is well.
   *
   * @param port 0 for any free one
   */
  static FreshStack start(int port, Screen screen) throws IOException {
    DataFolder folder = new DataFolder(Files.createTempDirectory("tollgate-"));
    screen.line("Starting a stack in " + folder.path());
    AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
    ServerProcess server = ServerProcess.spawn(ServerProcess.Launch.whole(folder, port).briefly());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> end(server, folder, state, State.INTERRUPTED), "stop-stack"));
    try {
      ServerRecord record = server.awaitReady(step -> screen.line("  " + step));
      return new FreshStack(folder, server, record, state);
    } catch (RuntimeException e) {
      awaitEndIfInterrupted(state);
      screen.line("The end of the server's log:\n" + tail(folder.serverLog()));
      end(server, folder, state, State.CLOSED);
      throw e;
    }
  }

  DataFolder folder() {
    return folder;
  }

  ServerRecord record() {
    return record;
  }

  TollgateClient client() {
    return new TollgateClient(record.url(), folder.readOperatorKey());
  }

  /** Leaves it up for good. */
  void keep() {
    if (state.compareAndSet(State.RUNNING, State.KEPT)) {
      server.release();
    }
  }

  @Override
  public void close() {
    awaitEndIfInterrupted(state);
    end(server, folder, state, State.CLOSED);
  }

  private static void end(
      ServerProcess server, DataFolder folder, AtomicReference<State> state, State how) {
    if (state.compareAndSet(State.RUNNING, how)) {
      server.stop(STOP);
      folder.remove();
    }
  }

  /**
   * Once Ctrl-C has begun to end everything, whatever fails then fails because of that: not a word
   * about it, the process ends by itself.
   */
  private static void awaitEndIfInterrupted(AtomicReference<State> state) {
    while (state.get() == State.INTERRUPTED) {
      LockSupport.park(state);
    }
  }

  private static String tail(Path log) {
    try {
      var lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
