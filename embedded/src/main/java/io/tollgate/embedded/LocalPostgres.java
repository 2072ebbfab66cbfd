package io.tollgate.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/** A PostgreSQL server, with the superuser {@code postgres} and a password. */
public final class LocalPostgres extends LocalService {
  /** The only user. */
  public static final String USER = "postgres";

  static final String NAME = "postgres";
  private static final String PROBE_SECONDS = "2";
  private static final long INITDB_SECONDS = 40;

  private final Config config;

  /**
   * @param port 0 for a free one
   * @param password fixed when the data is first created; a later start needs the same
   * @param durable whether a commit waits for the disk; false only where losing data at a power cut
   *     is no harm
   * @param sharedBuffersMib the server's page cache; it takes some 60 MiB more
   */
  public record Config(
      Placement placement, int port, String password, boolean durable, int sharedBuffersMib) {
    public Config {
      if (!password.matches("[A-Za-z0-9_-]{1,64}")) {
        throw new IllegalArgumentException("password must match [A-Za-z0-9_-]{1,64}");
      }
      if (sharedBuffersMib < 1) {
        throw new IllegalArgumentException(
            "sharedBuffersMib must be at least 1, not " + sharedBuffersMib);
      }
    }

    /** A free port, durable, 64 MiB of page cache, in {@code <data>/postgres}. */
    public static Config in(Path data, String password) {
      return new Config(Placement.in(data, NAME), 0, password, true, 64);
    }

    @Override
    public String toString() {
      return "Config[%s, port=%d, durable=%s]".formatted(placement, port, durable);
    }
  }

  private LocalPostgres(ServiceProcess process, Config config) {
    super(process);
    this.config = config;
  }

  /**
   * Creates the data where there is none, starts the server and returns when it answers a query.
   */
  public static LocalPostgres start(Config wanted) {
    Config config =
        new Config(
            wanted.placement(),
            FreePorts.OF_THIS_PROCESS.resolve(wanted.port()),
            wanted.password(),
            wanted.durable(),
            wanted.sharedBuffersMib());
    Path binaries = PostgresBinaries.unpacked(Engines.of(System.getenv())).resolve("bin");
    ServiceProcess process =
        ServiceProcess.claim(
            new ServiceProcess.Launch(
                NAME, config.placement(), serverCommand(binaries, config), Map.of(), "INT"));
    try {
      initialize(binaries, config);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    LocalPostgres postgres = new LocalPostgres(process, config);
    postgres.startOrRelease();
    return postgres;
  }

  /** With the port that was chosen. */
  public Config config() {
    return config;
  }

  /** Without user and password. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(config.port(), database);
  }

  /** Of {@link #USER}. */
  public String password() {
    return config.password();
  }

  /** Creates a database unless it is there. */
  public void ensureDatabase(String database) {
    if (!database.matches("[a-z_][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException(
          "A database is named [a-z_][a-z0-9_]{0,62}, not " + database);
    }
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement()) {
      boolean exists;
      try (ResultSet found =
          statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + database + "'")) {
        exists = found.next();
      }
      if (!exists) {
        statement.executeUpdate("CREATE DATABASE " + database);
      }
    } catch (SQLException e) {
      throw process.failed("could not create the database " + database, e);
    }
  }

  /** It answers a query. */
  @Override
  public boolean isHealthy() {
    if (!isAlive()) {
      return false;
    }
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet one = statement.executeQuery("SELECT 1")) {
      return one.next();
    } catch (SQLException notYet) {
      return false;
    }
  }

  private Connection connect(String database) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", USER);
    properties.put("password", config.password());
    properties.put("connectTimeout", PROBE_SECONDS);
    properties.put("loginTimeout", PROBE_SECONDS);
    // Not by DriverManager, which would first load every other driver there is.
    Connection connection = new Driver().connect(jdbcUrl(database), properties);
    if (connection == null) {
      throw new SQLException("Not a URL of PostgreSQL's driver: " + jdbcUrl(database));
    }
    return connection;
  }

  private static Path data(Config config) {
    return config.placement().folder().resolve("data");
  }

  private static List<String> serverCommand(Path binaries, Config config) {
    List<String> command = new ArrayList<>(ChildJvm.ownSession());
    command.addAll(asOrdinaryUser());
    command.addAll(List.of(binaries.resolve("postgres").toString(), "-D", data(config).toString()));
    command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(config.port()), "-k", ""));
    String flush = config.durable() ? "on" : "off";
    for (String setting :
        List.of(
            "fsync=" + flush,
            // On in any case: off would acknowledge what only this process's memory has, and a
            // SIGKILL would lose it.
            "synchronous_commit=on",
            "full_page_writes=" + flush,
            "shared_buffers=" + config.sharedBuffersMib() + "MB",
            "max_connections=100",
            "timezone=UTC",
            "log_timezone=UTC")) {
      command.addAll(List.of("-c", setting));
    }
    return List.copyOf(command);
  }

  // PostgreSQL refuses to run as root. In a user namespace of its own root is nobody to it, and the
  // files stay ours.
  private static List<String> asOrdinaryUser() {
    try {
      Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return uid.equals(0) ? List.of("unshare", "--user") : List.of();
    } catch (IOException | UnsupportedOperationException e) {
      return List.of();
    }
  }

  private static void initialize(Path binaries, Config config) {
    Path data = data(config);
    if (Files.exists(data)) {
      return;
    }
    Path partial = config.placement().folder().resolve("data.part");
    Path passwordFile = config.placement().folder().resolve("password.part");
    try {
      PostgresBinaries.delete(partial);
      Files.deleteIfExists(passwordFile);
      Files.createFile(
          passwordFile,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(passwordFile, config.password());
      runInitdb(binaries, config, partial, passwordFile);
      Files.delete(passwordFile);
      Files.move(partial, data, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot create PostgreSQL's data in " + data, e);
    }
  }

  private static void runInitdb(Path binaries, Config config, Path partial, Path passwordFile)
      throws IOException {
    List<String> command = new ArrayList<>(asOrdinaryUser());
    command.addAll(
        List.of(
            binaries.resolve("initdb").toString(),
            "--pgdata=" + partial,
            "--username=" + USER,
            "--auth=scram-sha-256",
            "--pwfile=" + passwordFile,
            "--encoding=UTF8",
            "--no-locale"));
    if (!config.durable()) {
      command.add("--no-sync");
    }
    Path log = config.placement().log();
    Files.createDirectories(log.getParent());
    Process initdb =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    try {
      if (!initdb.waitFor(INITDB_SECONDS, TimeUnit.SECONDS)) {
        Signals.kill(initdb.toHandle());
      }
      int status = initdb.waitFor();
      if (status != 0) {
        throw new ServiceFailedException(
            "postgres could not create its data (status %d). The end of %s:%n%s"
                .formatted(status, log, ServiceProcess.logTail(log)));
      }
    } catch (InterruptedException e) {
      initdb.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new ServiceFailedException("postgres was interrupted while creating its data", e);
    }
  }

  /**
   * Runs a server by hand: {@code LocalPostgres DATA_FOLDER [PORT]}, until Ctrl-C; the password is
   * {@code tollgate}.
   */
  public static void main(String[] args) {
    ByHand.run(
        args,
        (data, port) -> {
          LocalPostgres postgres =
              start(new Config(Placement.in(data, NAME), port, "tollgate", true, 64));
          return new ByHand.Running(
              "PostgreSQL on " + postgres.jdbcUrl("postgres") + " as " + USER + "/tollgate",
              postgres);
        });
  }
}
