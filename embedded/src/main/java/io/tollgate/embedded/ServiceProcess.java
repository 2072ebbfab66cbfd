package io.tollgate.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One child process: starts it in a folder it alone owns, waits until it is healthy, ends it. The
 * same command is run again at a restart, hence the same ports and data.
 *
 * <p>Invariants: the folder's lock is held from construction to {@link #close}; at most one process
 * of ours runs in the folder; what an earlier supervisor left behind there is ended before a new
 * one is started.
 */
final class ServiceProcess implements AutoCloseable {
  static final Duration START_BOUND = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int LOG_TAIL_LINES = 20;
  private static final int LOG_TAIL_BYTES = 8 * 1024;

  /**
   * What is run.
   *
   * @param stopSignal the signal's name without SIG that makes it end in an orderly way
   * @param environment added to ours; the place for secrets, for a command line can be read by
   *     everybody
   */
  record Launch(
      String name,
      Placement placement,
      List<String> command,
      Map<String, String> environment,
      String stopSignal) {
    Launch {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
      if (command.stream()
          .noneMatch(argument -> argument.contains(placement.folder().toString()))) {
        throw new IllegalArgumentException(
            "The command of " + name + " must name its folder, or its leftovers are not found");
      }
    }
  }

  private final Launch launch;
  private final FolderLock lock;
  private @Nullable Process process;
  private @Nullable Guard guard;
  private volatile Runnable whenStarted = () -> {};

  private ServiceProcess(Launch launch, FolderLock lock) {
    this.launch = launch;
    this.lock = lock;
  }

  /**
   * Takes the folder's lock and ends what an earlier supervisor left running there; starts nothing
   * yet.
   */
  static ServiceProcess claim(Launch launch) {
    FolderLock lock = FolderLock.acquire(launch.placement().folder());
    try {
      Leftover.end(launch.placement().folder());
      return new ServiceProcess(launch, lock);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  String name() {
    return launch.name();
  }

  Placement placement() {
    return launch.placement();
  }

  /** The pid of the running process, or of the last one. */
  synchronized long pid() {
    if (process == null) {
      throw new IllegalStateException(name() + " has not been started");
    }
    return process.pid();
  }

  synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /**
   * Starts the process and returns when it is healthy.
   *
   * @throws ServiceFailedException when it ends or is not healthy within {@link #START_BOUND}; it
   *     is killed then
   */
  void start(BooleanSupplier healthy) {
    long deadline = System.nanoTime() + START_BOUND.toNanos();
    Process started = spawn();
    while (!healthy.getAsBoolean()) {
      if (!started.isAlive()) {
        throw failed("ended with status " + started.exitValue() + " while starting", null);
      }
      if (System.nanoTime() > deadline) {
        kill();
        throw failed("was not ready within " + START_BOUND.toSeconds() + " s", null);
      }
      pause(started);
    }
    whenStarted.run();
  }

  /** Run after each start from now on. */
  void whenStarted(Runnable action) {
    whenStarted = action;
  }

  private synchronized Process spawn() {
    if (isAlive()) {
      throw new IllegalStateException(name() + " is running already");
    }
    Placement placement = launch.placement();
    try {
      Files.createDirectories(placement.log().getParent());
      ProcessBuilder builder = new ProcessBuilder(launch.command());
      builder.environment().putAll(launch.environment());
      builder.directory(placement.folder().toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(placement.log().toFile()));
      Process started = builder.start();
      process = started;
      started.getOutputStream().close();
      Leftover.record(placement.folder(), started.pid(), launch.stopSignal());
      if (placement.endsWithSupervisor()) {
        guard = Guard.over(started.pid(), placement.folder(), launch.stopSignal());
      }
      return started;
    } catch (IOException e) {
      throw failed("could not be started", e);
    }
  }

  private void pause(Process started) {
    try {
      started.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw failed("was interrupted while starting", e);
    }
  }

  /**
   * Ends it in an orderly way, within {@link Signals#STOP_BOUND}, by SIGKILL after that; nothing
   * when it is not running.
   */
  synchronized void stop() {
    if (process != null && process.isAlive()) {
      Signals.end(process.toHandle(), launch.stopSignal(), Signals.STOP_BOUND);
    }
    releaseGuard();
  }

  /** SIGKILL, and returns when it is gone. */
  synchronized void kill() {
    if (process != null && process.isAlive()) {
      Signals.kill(process.toHandle());
    }
    releaseGuard();
  }

  @Override
  public void close() {
    try {
      stop();
    } finally {
      lock.close();
    }
  }

  private void releaseGuard() {
    if (guard != null) {
      guard.close();
      guard = null;
    }
  }

  ServiceFailedException failed(String what, @Nullable Throwable cause) {
    return new ServiceFailedException(
        "%s %s. The end of %s:%n%s"
            .formatted(name(), what, launch.placement().log(), logTail(launch.placement().log())),
        cause);
  }

  static String logTail(Path log) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - LOG_TAIL_BYTES);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
