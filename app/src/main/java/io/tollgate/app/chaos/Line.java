package io.tollgate.app.chaos;

import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.InstanceName;
import io.tollgate.app.stack.ReservedPort;
import io.tollgate.app.stack.RoleName;
import io.tollgate.app.stack.ServerProcess;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.embedded.LocalStack;
import io.tollgate.embedded.StartCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The line as processes of their own, each of which can be hit: services, governance, streams
 * instances, landings, and a gateway. Ends them all when it is closed; they end with this process
 * otherwise.
 */
final class Line implements AutoCloseable {
  private static final int HEAP_MIB = 384;
  private static final int GATEWAY_HEAP_MIB = 256;
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final Duration SIGNAL = Duration.ofSeconds(5);
  private static final String DATABASE = "tollgate";

  private final Path folder;
  private final LocalStack stack;
  private final NumberedEvents events;
  private final int perSecond;
  private final SendLedger ledger;
  private final StartCache cache = StartCache.of(Line.class);
  private final Map<String, ServerProcess> servers = new TreeMap<>();

  /** Of the streams instances, kept over restarts, so that they can be asked. */
  private final Map<String, Integer> ports = new HashMap<>();

  private Optional<Process> gateway = Optional.empty();

  private Line(
      Path folder, LocalStack stack, NumberedEvents events, int perSecond, SendLedger ledger) {
    this.folder = folder;
    this.stack = stack;
    this.events = events;
    this.perSecond = perSecond;
    this.ledger = ledger;
  }

  /** Starts the services alone. */
  static Line start(Path folder, NumberedEvents events, int perSecond, Consumer<String> progress) {
    LocalStack stack = LocalStack.in(folder).durable(false).progress(progress).start();
    try {
      stack.postgres().ensureDatabase(DATABASE);
      SendLedger ledger = SendLedger.in(Files.createDirectories(folder.resolve("gateway")));
      return new Line(folder, stack, events, perSecond, ledger);
    } catch (IOException e) {
      stack.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      stack.close();
      throw e;
    }
  }

  LocalStack stack() {
    return stack;
  }

  SendLedger ledger() {
    return ledger;
  }

  /** The static name of a streams instance without its thread's number, as its group shows it. */
  static String member(String streams) {
    return "tollgate-" + streams;
  }

  static String streams(int number) {
    return "s" + number;
  }

  static String landing(int number) {
    return "l" + number;
  }

  TollgateClient governance() {
    ServerRecord record = serve(RoleName.GOVERNANCE, "g");
    return new TollgateClient(record.url(), new DataFolder(folder).readOperatorKey());
  }

  void serveStreams(String name) {
    serve(RoleName.STREAMS, name);
  }

  /** As the operator asks a streams instance. */
  TollgateClient streamsClient(String name) {
    return new TollgateClient(
        URI.create("http://127.0.0.1:" + port(name)), new DataFolder(folder).readOperatorKey());
  }

  private int port(String streams) {
    synchronized (ports) {
      return ports.computeIfAbsent(
          streams, name -> ReservedPort.free(RandomGenerator.getDefault()));
    }
  }

  void serveLanding(String name) {
    serve(RoleName.LANDING, name);
  }

  /** Starts a process and returns when its role is well. */
  private ServerRecord serve(RoleName role, String name) {
    ServerProcess server = spawn(role, name);
    return server.awaitReady(step -> {});
  }

  private ServerProcess spawn(RoleName role, String name) {
    ServerProcess server =
        ServerProcess.spawn(
            new ServerProcess.Launch(
                    new DataFolder(folder),
                    role == RoleName.STREAMS ? port(name) : 0,
                    List.of(role),
                    new InstanceName(name),
                    HEAP_MIB,
                    false)
                .briefly());
    synchronized (servers) {
      servers.put(name, server);
    }
    return server;
  }

  long pid(String name) {
    return server(name).pid();
  }

  private ServerProcess server(String name) {
    synchronized (servers) {
      ServerProcess server = servers.get(name);
      if (server == null) {
        throw new IllegalStateException(name + " does not run");
      }
      return server;
    }
  }

  /** SIGKILL; returns when it is gone. */
  void kill(String name) {
    ServerProcess server = server(name);
    ProcessHandle.of(server.pid()).ifPresent(Line::kill);
    synchronized (servers) {
      servers.remove(name);
    }
  }

  /** SIGTERM; returns when it is gone. */
  void stop(String name) {
    server(name).stop(STOP);
    synchronized (servers) {
      servers.remove(name);
    }
  }

  /** SIGSTOP: it stands still, and does not know it. */
  void freeze(String name) {
    signal("STOP", pid(name));
  }

  /** SIGCONT. */
  void thaw(String name) {
    signal("CONT", pid(name));
  }

  private static void signal(String signal, long pid) {
    try {
      // Java itself sends SIGTERM and SIGKILL only.
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + pid)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(SIGNAL.toMillis(), TimeUnit.MILLISECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("SIG" + signal + " did not reach the process " + pid);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending SIG" + signal, e);
    }
  }

  private static void kill(ProcessHandle process) {
    process.destroyForcibly();
    process.onExit().orTimeout(SIGNAL.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  /** Starts the gateway; it goes on where its ledger ends. */
  void send() {
    try {
      gateway =
          Optional.of(
              new ProcessBuilder(gatewayCommand())
                  .redirectErrorStream(true)
                  .redirectOutput(
                      ProcessBuilder.Redirect.appendTo(folder.resolve("gateway.log").toFile()))
                  .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> gatewayCommand() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(cache.using());
    command.addAll(
        List.of(
            "-Xmx" + GATEWAY_HEAP_MIB + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            cache.classPath(),
            SendingProgram.class.getName(),
            folder.resolve("gateway").toString(),
            stack.kafka().bootstrapServers(),
            stack.registry().url().toString(),
            Long.toString(events.seed()),
            events.base().toString(),
            Integer.toString(perSecond)));
    return List.copyOf(command);
  }

  long gatewayPid() {
    return gateway.orElseThrow().pid();
  }

  void freezeGateway() {
    signal("STOP", gatewayPid());
  }

  void thawGateway() {
    signal("CONT", gatewayPid());
  }

  void killGateway() {
    kill(gateway.orElseThrow().toHandle());
  }

  /**
   * Tells the gateway to end once all it has begun is acknowledged, and waits for that.
   *
   * @return whether it ended well within the bound
   */
  boolean endGateway(Duration bound) {
    try {
      Files.createFile(folder.resolve("gateway").resolve("stop"));
      Process process = gateway.orElseThrow();
      return process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Names of the servers whose process has ended although nobody ended it. */
  List<String> dead() {
    synchronized (servers) {
      return servers.entrySet().stream()
          .filter(entry -> !entry.getValue().isAlive())
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  @Override
  public void close() {
    Collection<ServerProcess> left;
    synchronized (servers) {
      left = List.copyOf(servers.values());
      servers.clear();
    }
    left.forEach(server -> ProcessHandle.of(server.pid()).ifPresent(Line::kill));
    gateway.ifPresent(Process::destroyForcibly);
    stack.close();
  }
}
