package io.tollgate.embedded;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * ClickHouse: its real engine, behind an HTTP interface to which its JDBC driver and client-v2 talk
 * unchanged.
 *
 * <p>Not there: replicated tables, users beside {@link #USER}, sessions over several requests,
 * several statements in one request, {@code system.query_log}.
 */
public final class LocalClickHouse extends LocalService {
  /** The only user. */
  public static final String USER = "default";

  static final String NAME = "clickhouse";
  private static final int HEAP_MIB = 128;
  private static final int PROBE_MILLIS = 2_000;

  private final Config config;

  /**
   * @param port 0 for a free one
   * @param memoryMib the engine's own cap; the process takes some 150 MiB more
   * @param connections how many requests the engine works on at a time; others wait a little, then
   *     get 503
   * @param durable whether an insert waits for the disk; a killed process loses nothing either way
   */
  public record Config(
      Placement placement,
      int port,
      String password,
      int memoryMib,
      int connections,
      boolean durable) {
    public Config {
      if (password.isEmpty()) {
        throw new IllegalArgumentException("password must not be empty");
      }
      if (memoryMib < 256) {
        throw new IllegalArgumentException("memoryMib must be at least 256, not " + memoryMib);
      }
      if (connections < 1) {
        throw new IllegalArgumentException("connections must be at least 1, not " + connections);
      }
    }

    /** A free port, 1 GiB, 16 connections, durable, in {@code <data>/clickhouse}. */
    public static Config in(Path data, String password) {
      return new Config(Placement.in(data, NAME), 0, password, 1024, 16, true);
    }

    @Override
    public String toString() {
      return "Config[%s, port=%d, memoryMib=%d, connections=%d, durable=%s]"
          .formatted(placement, port, memoryMib, connections, durable);
    }
  }

  private LocalClickHouse(ServiceProcess process, Config config) {
    super(process);
    this.config = config;
  }

  /** Starts the server and returns when it answers. */
  public static LocalClickHouse start(Config wanted) {
    Config config =
        new Config(
            wanted.placement(),
            FreePorts.OF_THIS_PROCESS.resolve(wanted.port()),
            wanted.password(),
            wanted.memoryMib(),
            wanted.connections(),
            wanted.durable());
    List<String> command =
        ChildJvm.main(
            HEAP_MIB,
            List.of(),
            ClickHouseServer.class,
            List.of(
                config.placement().folder().toString(),
                Engines.of(System.getenv()).chdbLibrary().toString(),
                Integer.toString(config.port()),
                Integer.toString(config.memoryMib()),
                Integer.toString(config.connections()),
                Boolean.toString(config.durable())));
    ServiceProcess process =
        ServiceProcess.claim(
            new ServiceProcess.Launch(
                NAME,
                config.placement(),
                command,
                Map.of(ClickHouseServer.PASSWORD_VARIABLE, config.password()),
                "TERM"));
    LocalClickHouse clickHouse = new LocalClickHouse(process, config);
    clickHouse.startOrRelease();
    return clickHouse;
  }

  /** With the port that was chosen. */
  public Config config() {
    return config;
  }

  /** For client-v2's {@code addEndpoint}. */
  public String endpoint() {
    return "http://127.0.0.1:" + config.port();
  }

  /** Without user and password; uncompressed, which on the loopback address is the quicker. */
  public String jdbcUrl(String database) {
    return "jdbc:clickhouse://127.0.0.1:%d/%s?compress=false".formatted(config.port(), database);
  }

  /** Of {@link #USER}. */
  public String password() {
    return config.password();
  }

  /** It answers {@code /ping}. */
  @Override
  public boolean isHealthy() {
    if (!isAlive()) {
      return false;
    }
    try {
      HttpURLConnection ping =
          (HttpURLConnection) URI.create(endpoint() + "/ping").toURL().openConnection();
      ping.setConnectTimeout(PROBE_MILLIS);
      ping.setReadTimeout(PROBE_MILLIS);
      try {
        return ping.getResponseCode() == 200
            && new String(ping.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .equals("Ok.\n");
      } finally {
        ping.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }

  /**
   * Runs a server by hand: {@code LocalClickHouse DATA_FOLDER [PORT]}, until Ctrl-C; the password
   * is {@code tollgate}.
   */
  public static void main(String[] args) {
    ByHand.run(
        args,
        (data, port) -> {
          Config usual = Config.in(data, "tollgate");
          LocalClickHouse clickHouse =
              start(
                  new Config(
                      usual.placement(),
                      port,
                      usual.password(),
                      usual.memoryMib(),
                      usual.connections(),
                      usual.durable()));
          return new ByHand.Running(
              "ClickHouse on " + clickHouse.endpoint() + " as default/tollgate", clickHouse);
        });
  }
}
