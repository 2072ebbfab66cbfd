package io.tollgate.governance.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tollgate.http.Refusal;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/**
 * The connection to PostgreSQL: a bounded pool, the schema brought up to date at the start, and
 * transactions that end by commit or leave nothing.
 */
public final class Database implements AutoCloseable {
  public static final String SCHEMA = "governance";
  private static final Duration WAIT_FOR_CONNECTION = Duration.ofSeconds(2);
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final Duration STATEMENT = Duration.ofSeconds(5);

  /** Longer than any statement: a server that is silent for that long is not there. */
  private static final String SILENCE_SECONDS = "15";

  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private Database(HikariDataSource pool, Jdbi jdbi) {
    this.pool = pool;
    this.jdbi = jdbi;
  }

  /** Connects and migrates. Fails if the database does not answer. */
  public static Database open(GovernanceConfig.Database config) {
    Flyway.configure()
        .dataSource(config.jdbcUrl(), config.user(), config.password())
        .schemas(SCHEMA)
        .createSchemas(true)
        .locations("classpath:db/migration/governance")
        .load()
        .migrate();
    return connect(config);
  }

  /** Connects to a database that is up to date already. */
  public static Database connect(GovernanceConfig.Database config) {
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName("governance");
    hikari.setJdbcUrl(config.jdbcUrl());
    hikari.setUsername(config.user());
    hikari.setPassword(config.password());
    hikari.setSchema(SCHEMA);
    hikari.setMaximumPoolSize(config.connections());
    hikari.setMinimumIdle(1);
    hikari.setConnectionTimeout(WAIT_FOR_CONNECTION.toMillis());
    hikari.addDataSourceProperty("ApplicationName", "tollgate-governance");
    hikari.addDataSourceProperty("socketTimeout", SILENCE_SECONDS);
    hikari.addDataSourceProperty("tcpKeepAlive", "true");
    // A lock or a statement that takes longer is stuck, and the caller should hear of it.
    hikari.addDataSourceProperty(
        "options",
        "-c statement_timeout="
            + STATEMENT.toMillis()
            + " -c lock_timeout="
            + STATEMENT.toMillis());
    HikariDataSource pool = new HikariDataSource(hikari);
    Jdbi jdbi =
        Jdbi.create(pool)
            .registerArrayType(String.class, "text")
            .registerArrayType(BigDecimal.class, "numeric");
    // What was bound to a statement that failed may be a secret, and messages are logged.
    jdbi.getConfig(StatementExceptions.class)
        .setMessageRendering(StatementExceptions.MessageRendering.SHORT_STATEMENT);
    return new Database(pool, jdbi);
  }

  /** Reads without a transaction: each statement sees what is committed. */
  public <T> T read(Function<Handle, T> work) {
    try {
      return jdbi.withHandle(work::apply);
    } catch (JdbiException e) {
      throw translated(e);
    }
  }

  /** Reads in one transaction of which every statement sees the same state. */
  public <T> T readSnapshot(Function<Handle, T> work) {
    try {
      return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, work::apply);
    } catch (JdbiException e) {
      throw translated(e);
    }
  }

  /** Runs work in one transaction; an exception rolls all of it back. */
  public <T> T write(Function<Handle, T> work) {
    try {
      return jdbi.inTransaction(work::apply);
    } catch (JdbiException e) {
      throw translated(e);
    }
  }

  private static RuntimeException translated(JdbiException failure) {
    if (failure instanceof ConnectionException || isOutOfReach(failure)) {
      return Refusal.tooBusy("the database does not answer now; try again", RETRY);
    }
    return failure;
  }

  /** SQL states 08 (connection), 53 (resources), 57 (shut down, cancelled), 55P03 (lock). */
  private static boolean isOutOfReach(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        String state = sql.getSQLState();
        return state.startsWith("08")
            || state.startsWith("53")
            || state.startsWith("57")
            || state.equals("55P03");
      }
    }
    return false;
  }

  @Override
  public void close() {
    pool.close();
  }
}
