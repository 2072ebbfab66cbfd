package io.tollgate.app.stack;

import io.tollgate.embedded.StartCache;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of ours as a child process in a session of its own, so that the terminal's Ctrl-C
 * reaches only the command, which decides what becomes of the server. Bound to the command by a
 * pipe, it ends when the command is gone, however that ended; released, it stays.
 */
public final class ServerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);

  /** A first start unpacks PostgreSQL and formats every store. */
  private static final Duration START = Duration.ofSeconds(120);

  /** Some 15 s on two idle cores. */
  private static final Duration LEARN = Duration.ofSeconds(120);

  private static final Duration LOOK = Duration.ofMillis(30);

  /** After SIGKILL only the kernel is waited for. */
  private static final Duration AFTER_KILL = Duration.ofSeconds(1);

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  /** The command tells its child by this that it may stay. */
  static final int STAY = 's';

  private final Process process;
  private final DataFolder data;
  private final Path log;
  private final StartLog startLog;
  private final StartCache cache;

  private ServerProcess(
      Process process, DataFolder data, Path log, StartLog startLog, StartCache cache) {
    this.process = process;
    this.data = data;
    this.log = log;
    this.startLog = startLog;
    this.cache = cache;
  }

  /** What a server is started for. */
  public enum Life {
    /** As long as it can: made as fast as it can be. */
    LASTING,
    /** Minutes at most: it starts at half the cost, and is not made faster after that. */
    BRIEF,
    /** As {@link #BRIEF}, and the JVM writes down what it learned, for all starts to come. */
    LEARNING
  }

  /**
   * What is run.
   *
   * @param port of the HTTP listener; 0 for any free one
   * @param instance the process among those that run the same roles on the folder
   * @param heapMib of the server, without the services
   * @param withServices whether it brings Kafka and the rest up itself, and ends them with itself
   * @param environment variables besides those of this process
   * @param life what it is started for
   * @param installation what all processes of it have in common
   */
  public record Launch(
      DataFolder data,
      int port,
      List<RoleName> roles,
      InstanceName instance,
      int heapMib,
      boolean withServices,
      Map<String, String> environment,
      Life life,
      Installation installation) {
    public Launch {
      roles = List.copyOf(roles);
      environment = Map.copyOf(environment);
    }

    public Launch(
        DataFolder data,
        int port,
        List<RoleName> roles,
        InstanceName instance,
        int heapMib,
        boolean withServices) {
      this(
          data,
          port,
          roles,
          instance,
          heapMib,
          withServices,
          Map.of(),
          Life.LASTING,
          Installation.USUAL);
    }

    /** The same with variables of its own. */
    public Launch with(Map<String, String> variables) {
      return new Launch(
          data, port, roles, instance, heapMib, withServices, variables, life, installation);
    }

    /** The same for minutes at most. */
    public Launch briefly() {
      return living(Life.BRIEF);
    }

    /** The same, to be ended with {@link ServerProcess#stopLearned}. */
    public Launch learning() {
      return living(Life.LEARNING);
    }

    private Launch living(Life other) {
      return new Launch(
          data, port, roles, instance, heapMib, withServices, environment, other, installation);
    }

    /** The same of another installation. */
    public Launch as(Installation other) {
      return new Launch(
          data, port, roles, instance, heapMib, withServices, environment, life, other);
    }

    /** Everything, services included. */
    public static Launch whole(DataFolder data, int port) {
      return new Launch(data, port, List.of(RoleName.values()), InstanceName.FIRST, 640, true);
    }

    List<String> command(Path startLog, StartCache cache) {
      List<String> command = new ArrayList<>();
      if (Files.isExecutable(SETSID)) {
        command.add(SETSID.toString());
      }
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx" + heapMib + "m",
              "-XX:+UseSerialGC",
              "-XX:+ExitOnOutOfMemoryError",
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow",
              "-Dfile.encoding=UTF-8",
              "-Dtollgate.log=INFO",
              // Native libraries are unpacked there, and a killed process leaves them behind.
              "-Djava.io.tmpdir=" + data.temporary(),
              "-cp",
              cache.classPath(),
              "io.tollgate.app.Tollgate",
              "serve",
              "--bound",
              "--start-log=" + startLog,
              "--data=" + data.path(),
              "--instance=" + instance.value(),
              "--port=" + port,
              "--roles=" + String.join(",", roles.stream().map(RoleName::wireName).toList())));
      command.addAll(installation.options());
      if (withServices) {
        command.add("--with-services");
      }
      // What checks itself in a test does so in the servers that the test starts.
      if (ServerProcess.class.desiredAssertionStatus()) {
        command.add(command.indexOf("-cp"), "-ea:io.tollgate...");
      }
      if (life != Life.LASTING) {
        command.add(command.indexOf("-cp"), "-XX:TieredStopAtLevel=1");
      }
      command.addAll(
          command.indexOf("-cp"), life == Life.LEARNING ? cache.learning() : cache.using());
      return List.copyOf(command);
    }
  }

  /** Starts the process; {@link #awaitReady} waits for it. */
  public static ServerProcess spawn(Launch launch) {
    DataFolder data = launch.data();
    try {
      Path file = data.startLog(ProcessHandle.current().pid(), launch.instance());
      StartLog startLog = new StartLog(file);
      startLog.clear();
      Files.createDirectories(data.temporary());
      Path log = data.serverLog(launch.instance());
      StartCache cache = StartCache.of(ServerProcess.class);
      ProcessBuilder builder =
          new ProcessBuilder(launch.command(file, cache))
              .directory(data.path().toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(launch.environment());
      Process process = builder.start();
      return new ServerProcess(process, data, log, startLog, cache);
    } catch (IOException e) {
      throw new StackProblem("the server could not be started: " + e.getMessage(), e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until it is ready.
   *
   * @param progress told each step
   * @throws StackProblem with the server's own line when it fails or takes longer than two minutes
   */
  public ServerRecord awaitReady(Consumer<String> progress) {
    try {
      return follow(progress);
    } finally {
      startLog.delete();
    }
  }

  private ServerRecord follow(Consumer<String> progress) {
    long deadline = System.nanoTime() + START.toNanos();
    int seen = 0;
    while (System.nanoTime() < deadline) {
      boolean alive = process.isAlive();
      for (StartLog.Line line : startLog.lines(seen)) {
        seen++;
        switch (line) {
          case StartLog.Line.Step(var text) -> progress.accept(text);
          case StartLog.Line.Ready() -> {
            return data.require();
          }
          case StartLog.Line.Failed(var text) -> throw new StackProblem(text);
        }
      }
      if (!alive) {
        throw new StackProblem(
            "the server ended with status " + process.exitValue() + " while starting; see " + log);
      }
      pause();
    }
    throw new StackProblem(
        "the server was not ready within " + START.toSeconds() + " s; see " + log);
  }

  private void pause() {
    try {
      boolean ended = process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      LOG.trace("server ended: {}", ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackProblem("interrupted while the server was starting", e);
    }
  }

  /** Lets it live on when this process ends. */
  public void release() {
    try (OutputStream pipe = process.getOutputStream()) {
      pipe.write(STAY);
    } catch (IOException e) {
      throw new StackProblem("the server has ended; see " + log, e);
    }
  }

  /** SIGTERM, and SIGKILL to it and all below it after the bound. */
  public void stop(Duration bound) {
    end(process.toHandle(), bound);
  }

  /**
   * Ends one that was learned from; it is waited for until the JVM has written that down.
   *
   * @throws StackProblem when it wrote nothing
   */
  public void stopLearned() {
    stop(LEARN);
    if (!cache.keep()) {
      throw new StackProblem("the JVM did not write down what it learned; see " + log);
    }
  }

  /**
   * Ends a server found by its record, and all that runs below it.
   *
   * @return whether all of it went by itself
   */
  static boolean end(ProcessHandle server, Duration bound) {
    long deadline = System.nanoTime() + bound.toNanos();
    List<ProcessHandle> all = new ArrayList<>(List.of(server));
    server.descendants().forEach(all::add);
    server.destroy();
    boolean wentByItself = true;
    // Services outlive a server that was told to end while it was starting them, by the moment
    // their guards need.
    for (ProcessHandle process : all) {
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      if (!hasEnded(process, left)) {
        LOG.info("process {} did not end within {}; it is killed", process.pid(), bound);
        process.destroyForcibly();
        wentByItself = false;
      }
    }
    for (ProcessHandle process : all) {
      wentByItself &= hasEnded(process, AFTER_KILL);
    }
    return wentByItself;
  }

  private static boolean hasEnded(ProcessHandle process, Duration bound) {
    try {
      process.onExit().get(bound.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException stillThere) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    } catch (ExecutionException e) {
      throw new StackProblem("cannot wait for the process " + process.pid(), e);
    }
  }
}
