package io.tollgate.embedded;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Apicurio's schema registry, asked through Confluent's API.
 *
 * <p>It keeps its schemas in PostgreSQL: its own file-based store writes commits a moment after it
 * has acknowledged them, and a killed registry that forgets an id leaves records nobody can read.
 */
public final class LocalRegistry extends LocalService {
  static final String NAME = "registry";
  private static final int STORE_CONNECTIONS = 8;
  private static final int PROBE_MILLIS = 2_000;

  private final Config config;

  /**
   * @param port of the API; 0 for a free one
   * @param managementPort 0 for a free one
   * @param heapMib the JVM's -Xmx; the process takes as much again
   * @param storeUrl the JDBC URL of an existing PostgreSQL database of its own
   */
  public record Config(
      Placement placement,
      int port,
      int managementPort,
      int heapMib,
      String storeUrl,
      String storeUser,
      String storePassword) {
    public Config {
      if (heapMib < 128) {
        throw new IllegalArgumentException("heapMib must be at least 128, not " + heapMib);
      }
    }

    /**
     * Free ports, 192 MiB of heap, in {@code <data>/registry}, with the database {@code registry}
     * of that server.
     */
    public static Config in(Path data, LocalPostgres postgres) {
      return new Config(
          Placement.in(data, NAME),
          0,
          0,
          192,
          postgres.jdbcUrl(NAME),
          LocalPostgres.USER,
          postgres.password());
    }

    @Override
    public String toString() {
      return "Config[%s, port=%d, heapMib=%d, storeUrl=%s]"
          .formatted(placement, port, heapMib, storeUrl);
    }
  }

  private LocalRegistry(ServiceProcess process, Config config) {
    super(process);
    this.config = config;
  }

  /** Starts a registry and returns when its API answers. */
  public static LocalRegistry start(Config wanted) {
    FreePorts ports = FreePorts.OF_THIS_PROCESS;
    Config config =
        new Config(
            wanted.placement(),
            ports.resolve(wanted.port()),
            ports.resolve(wanted.managementPort()),
            wanted.heapMib(),
            wanted.storeUrl(),
            wanted.storeUser(),
            wanted.storePassword());
    ServiceProcess process =
        ServiceProcess.claim(
            new ServiceProcess.Launch(
                NAME,
                config.placement(),
                command(config),
                Map.of("APICURIO_DATASOURCE_PASSWORD", config.storePassword()),
                "TERM"));
    LocalRegistry registry = new LocalRegistry(process, config);
    registry.startOrRelease();
    return registry;
  }

  private static List<String> command(Config config) {
    return ChildJvm.jar(
        config.heapMib(),
        List.of(
            // Halves the work of its start; it is asked a few times and cached ever after.
            "-XX:TieredStopAtLevel=1",
            "-Dtollgate.folder=" + config.placement().folder(),
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.port=" + config.port(),
            "-Dquarkus.http.access-log.enabled=false",
            "-Dquarkus.management.host=127.0.0.1",
            "-Dquarkus.management.port=" + config.managementPort(),
            "-Dapicurio.storage.sql.kind=postgresql",
            "-Dapicurio.datasource.url=" + config.storeUrl(),
            "-Dapicurio.datasource.username=" + config.storeUser(),
            "-Dapicurio.datasource.jdbc.initial-size=1",
            "-Dapicurio.datasource.jdbc.min-size=1",
            "-Dapicurio.datasource.jdbc.max-size=" + STORE_CONNECTIONS,
            // Else each connection from before a restart of PostgreSQL fails one request.
            "-Dquarkus.datasource.postgresql.jdbc.validate-on-borrow=true",
            "-Dapicurio.rules.global.compatibility=BACKWARD"),
        Engines.of(System.getenv()).registryJar());
  }

  /** With the ports that were chosen. */
  public Config config() {
    return config;
  }

  /** The base URL of Confluent's API. */
  public URI url() {
    return URI.create("http://127.0.0.1:%d/apis/ccompat/v7".formatted(config.port()));
  }

  /** It answers what its global compatibility level is, which it reads from its store. */
  @Override
  public boolean isHealthy() {
    if (!isAlive()) {
      return false;
    }
    try {
      HttpURLConnection question =
          (HttpURLConnection) URI.create(url() + "/config").toURL().openConnection();
      question.setConnectTimeout(PROBE_MILLIS);
      question.setReadTimeout(PROBE_MILLIS);
      try {
        return question.getResponseCode() == 200;
      } finally {
        question.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }

  /**
   * Runs a registry and the PostgreSQL under it by hand: {@code LocalRegistry DATA_FOLDER [PORT]},
   * until Ctrl-C.
   */
  public static void main(String[] args) {
    ByHand.run(
        args,
        (data, port) -> {
          LocalPostgres postgres = LocalPostgres.start(LocalPostgres.Config.in(data, "tollgate"));
          postgres.ensureDatabase(NAME);
          Config usual = Config.in(data, postgres);
          LocalRegistry registry =
              start(
                  new Config(
                      usual.placement(),
                      port,
                      usual.managementPort(),
                      usual.heapMib(),
                      usual.storeUrl(),
                      usual.storeUser(),
                      usual.storePassword()));
          return new ByHand.Running(
              "Schema registry on " + registry.url(),
              () -> {
                registry.close();
                postgres.close();
              });
        });
  }
}
