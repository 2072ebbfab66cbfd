package io.tollgate.embedded;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * ClickHouse's process: the engine as a library, with its HTTP interface in front. {@code
 * ClickHouseServer FOLDER LIBRARY PORT MEMORY_MIB CONNECTIONS DURABLE}; the password is in the
 * environment.
 */
final class ClickHouseServer {
  static final String PASSWORD_VARIABLE = "TOLLGATE_CLICKHOUSE_PASSWORD";

  private static final long ENGINE_STACK_BYTES = 16L * 1024 * 1024;
  private static final int MAX_WAITING_REQUESTS = 64;
  private static final int STOP_SECONDS = 2;

  private ClickHouseServer() {}

  /** The engine runs on its caller's stack, and an ordinary thread's is too small for it. */
  static final class EngineThread extends Thread {
    EngineThread(Runnable task) {
      super(null, task, "engine", ENGINE_STACK_BYTES);
      setDaemon(true);
    }
  }

  public static void main(String[] args) throws Exception {
    // Set before the server's classes load. Without the first, small answers wait 40 ms for the
    // client's TCP.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.idleInterval", "300");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
    new EngineThread(() -> run(args)).start();
    // Every other thread is a daemon; the process ends by a signal.
    new CountDownLatch(1).await();
  }

  private static void run(String[] args) {
    try {
      start(args);
    } catch (IOException | ClickHouseError | RuntimeException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void start(String[] args) throws IOException, ClickHouseError {
    Path folder = Path.of(args[0]);
    Path library = Path.of(args[1]);
    int port = Integer.parseInt(args[2]);
    int memoryMib = Integer.parseInt(args[3]);
    int connections = Integer.parseInt(args[4]);
    boolean durable = Boolean.parseBoolean(args[5]);
    String password = System.getenv().getOrDefault(PASSWORD_VARIABLE, "");

    Path data = folder.resolve("data");
    Files.createDirectories(data);
    Path config = folder.resolve("config.xml");
    Files.writeString(config, configuration(durable));

    Chdb chdb = Chdb.load(library);
    // Open as long as the process lives: the engine stops with its last connection.
    Chdb.Connection anchor =
        chdb.connect(
            List.of(
                "--path=" + data,
                "--config-file=" + config,
                "--max_server_memory_usage=" + memoryMib * 1024L * 1024L));

    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            0,
            connections + MAX_WAITING_REQUESTS,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            EngineThread::new,
            // In the server's own thread, where the handler answers that there are too many
            // requests.
            new ThreadPoolExecutor.CallerRunsPolicy());
    server.setExecutor(threads);
    server.createContext("/", new ClickHouseHandler(chdb, data, password, connections));
    Runtime.getRuntime().addShutdownHook(new EngineThread(() -> stop(server, anchor)));
    server.start();
  }

  private static void stop(HttpServer server, Chdb.Connection anchor) {
    server.stop(STOP_SECONDS);
    anchor.close();
    // An ordinary exit runs the library's own destructors, which can crash once there were
    // MergeTree tables.
    Runtime.getRuntime().halt(0);
  }

  private static String configuration(boolean durable) {
    String merges =
        durable
            ? "<merge_tree><fsync_after_insert>1</fsync_after_insert>"
                + "<fsync_part_directory>1</fsync_part_directory></merge_tree>"
            : "";
    return """
    <clickhouse>
      <logger><level>warning</level></logger>
      <timezone>UTC</timezone>
      <mark_cache_size>67108864</mark_cache_size>
      <uncompressed_cache_size>0</uncompressed_cache_size>
      <background_pool_size>2</background_pool_size>
      <background_schedule_pool_size>8</background_schedule_pool_size>
      %s
    </clickhouse>
    """
        .formatted(merges);
  }
}
