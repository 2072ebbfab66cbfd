package io.tollgate.governance;

import io.tollgate.embedded.LocalPostgres;
import io.tollgate.governance.store.GovernanceConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * A PostgreSQL that one class of tests may kill, as durable as the product starts it. Kafka and the
 * registry are the shared ones.
 */
final class OwnPostgres implements AutoCloseable {
  private static final long REACHED_SECONDS = 60;

  private final LocalPostgres postgres;
  private final AtomicReference<Armed> armed = new AtomicReference<>(Armed.at("nowhere"));

  /** Where it is killed next. */
  private record Armed(Object place, AtomicBoolean isTaken, CountDownLatch killed) {
    static Armed at(Object place) {
      return new Armed(place, new AtomicBoolean(), new CountDownLatch(1));
    }
  }

  private OwnPostgres(LocalPostgres postgres) {
    this.postgres = postgres;
  }

  static OwnPostgres in(Path data) {
    return new OwnPostgres(LocalPostgres.start(LocalPostgres.Config.in(data, "killed-often")));
  }

  GovernanceConfig config(String database, Path folder) {
    postgres.ensureDatabase(database);
    return GovernanceConfig.of(
        postgres.jdbcUrl(database),
        LocalPostgres.USER,
        postgres.password(),
        SharedStack.endpoints(),
        folder);
  }

  /** SIGKILL to the server and every process it started. */
  void kill() {
    postgres.kill();
  }

  /** Starts it on the data that the killed one left; it recovers from its log. */
  void restart() {
    postgres.restart();
  }

  /** Stops every process of it where it is: connections stand, and nothing is answered. */
  void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    ProcessHandle server = ProcessHandle.of(postgres.pid()).orElseThrow();
    List<String> command = new ArrayList<>(List.of("kill", signal));
    Stream.concat(Stream.of(server), server.descendants())
        .forEach(one -> command.add(Long.toString(one.pid())));
    new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /** Has it killed when something is next at this place, on the thread that is there. */
  void killAt(Object place) {
    armed.set(Armed.at(place));
  }

  /** To be called by what is at a place. */
  void at(Object place) {
    Armed now = armed.get();
    if (now.place().equals(place) && now.isTaken().compareAndSet(false, true)) {
      postgres.kill();
      now.killed().countDown();
    }
  }

  /** Returns when it was killed where it was to be. */
  void awaitKilled() throws InterruptedException {
    Armed now = armed.get();
    if (!now.killed().await(REACHED_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("nothing was at " + now.place());
    }
  }

  @Override
  public void close() {
    postgres.close();
  }
}
