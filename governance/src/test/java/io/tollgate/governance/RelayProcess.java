package io.tollgate.governance;

import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.OutboxRelay;
import io.tollgate.governance.store.RelayStep;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.RegistryClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A relay in a process of its own, that stops at one place of its n-th batch and waits to be
 * killed.
 */
final class RelayProcess implements AutoCloseable {
  private static final String REACHED = "reached";

  private final Process process;

  private RelayProcess(Process process) {
    this.process = process;
  }

  static RelayProcess start(GovernanceConfig config, RelayStep.Place place, int batch)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(RelayProcess.class.getName());
    command.addAll(
        List.of(
            config.database().jdbcUrl(),
            config.database().user(),
            config.kafka().bootstrapServers(),
            config.kafka().registry().toString(),
            place.name(),
            Integer.toString(batch)));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(Map.of("RELAY_PASSWORD", config.database().password()));
    return new RelayProcess(builder.start());
  }

  /** Returns when the relay stands where it was told to stop. */
  void awaitPlace() throws IOException {
    try (var lines = process.inputReader()) {
      String line = lines.readLine();
      while (line != null && !line.equals(REACHED)) {
        line = lines.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("the relay ended before it reached its place");
      }
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the relay survived SIGKILL");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * Arguments: JDBC URL, user, bootstrap servers, registry, place, batch; the password by
   * environment.
   */
  public static void main(String[] args) throws InterruptedException {
    GovernanceConfig config =
        GovernanceConfig.of(
            args[0],
            args[1],
            System.getenv("RELAY_PASSWORD"),
            new Endpoints(args[2], URI.create(args[3])),
            Path.of("."));
    RelayStep.Place place = RelayStep.Place.valueOf(args[4]);
    AtomicInteger batches = new AtomicInteger(Integer.parseInt(args[5]));
    RelayStep step =
        at -> {
          if (at == place && batches.decrementAndGet() == 0) {
            System.out.println(REACHED);
            System.out.flush();
            standStill();
          }
        };
    OutboxRelay.start(config, RegistryClient.at(config.kafka().registry()), step);
    standStill();
  }

  private static void standStill() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
