package io.tollgate.governance;

import io.tollgate.governance.notify.NotifyStep;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.Endpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A notifier in a process of its own, that stops at one place and waits to be killed. */
final class NotifierProcess implements AutoCloseable {
  private static final String REACHED = "reached";

  private final Process process;

  private NotifierProcess(Process process) {
    this.process = process;
  }

  static NotifierProcess start(GovernanceConfig config, NotifyStep.Place place) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(NotifierProcess.class.getName());
    command.addAll(
        List.of(
            config.database().jdbcUrl(),
            config.database().user(),
            config.kafka().bootstrapServers(),
            config.kafka().registry().toString(),
            config.sealingKeyFile().toString(),
            place.name()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(Map.of("NOTIFIER_PASSWORD", config.database().password()));
    return new NotifierProcess(builder.start());
  }

  /** Returns when the notifier stands where it was told to stop; kills it after a minute. */
  void awaitPlace() throws IOException {
    CompletableFuture<Void> late =
        CompletableFuture.runAsync(
            process::destroyForcibly, CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS));
    try (var lines = process.inputReader()) {
      String line = lines.readLine();
      while (line != null && !line.equals(REACHED)) {
        line = lines.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("the notifier ended before it reached its place");
      }
    } finally {
      late.cancel(false);
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the notifier survived SIGKILL");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * Arguments: JDBC URL, user, bootstrap servers, registry, sealing keys, place; the password by
   * environment.
   */
  public static void main(String[] args) throws InterruptedException {
    NotifyStep.Place place = NotifyStep.Place.valueOf(args[5]);
    NotifyStep step =
        at -> {
          if (at == place) {
            System.out.println(REACHED);
            System.out.flush();
            standStill();
          }
        };
    AlertRig.notifier(
        GovernanceConfig.of(
                args[0],
                args[1],
                System.getenv("NOTIFIER_PASSWORD"),
                new Endpoints(args[2], URI.create(args[3])),
                Path.of("."))
            .withSealingKeys(Path.of(args[4])),
        step);
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
