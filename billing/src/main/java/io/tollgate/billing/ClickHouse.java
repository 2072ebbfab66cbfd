package io.tollgate.billing;

import com.clickhouse.client.api.ClickHouseException;
import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import com.clickhouse.jdbc.DataSourceImpl;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge to ClickHouse: inserts by its own client, which is several times as fast as JDBC for
 * rows that are encoded already, queries by JDBC. Thread-safe; every call is bounded in time;
 * nothing is tried twice here, because only the caller knows whether that is safe.
 */
final class ClickHouse implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(ClickHouse.class);

  private final Client client;
  private final DataSourceImpl queries;
  private final ClickHouseSettings settings;

  ClickHouse(ClickHouseSettings settings) {
    this.settings = settings;
    this.client =
        new Client.Builder()
            .addEndpoint(settings.url().toString())
            .setUsername(settings.user())
            .setPassword(settings.password())
            .setDefaultDatabase(settings.database())
            .setConnectTimeout(CONNECT.toMillis())
            .setSocketTimeout(ANSWER.toMillis())
            .setExecutionTimeout(ANSWER.toMillis(), ChronoUnit.MILLIS)
            .compressClientRequest(false)
            .compressServerResponse(false)
            .setMaxRetries(0)
            .build();
    Properties properties = new Properties();
    properties.setProperty("user", settings.user());
    properties.setProperty("password", settings.password());
    properties.setProperty("database", settings.database());
    properties.setProperty("compress", "false");
    properties.setProperty("connection_timeout", Long.toString(CONNECT.toMillis()));
    properties.setProperty("socket_timeout", Long.toString(ANSWER.toMillis()));
    properties.setProperty("retry", "0");
    this.queries = new DataSourceImpl("jdbc:clickhouse:" + settings.url(), properties);
  }

  /**
   * Creates the tables where they are missing, and the columns that those of an earlier version
   * lack.
   */
  void createTables() {
    for (LandedTable table : List.of(UsageRatedTable.TABLE, UsageRejectedTable.TABLE)) {
      query(new SqlStatement(table.createStatement(), List.of()), row -> true);
      for (String statement : table.migrations()) {
        query(new SqlStatement(statement, List.of()), row -> true);
      }
    }
  }

  /**
   * Inserts rows as one block, which lands whole or not at all. An insert whose token the table
   * remembers changes nothing and succeeds.
   *
   * @throws ClickHouseUnavailable if it is not known that the rows have landed
   */
  void insert(LandedTable table, String token, RowBinary rows) {
    InsertSettings options =
        new InsertSettings()
            .setDeduplicationToken(token)
            .serverSetting("async_insert", "0")
            .serverSetting("insert_deduplicate", "1")
            // A second partition in a batch would be a second block, and atomic no more.
            .serverSetting("max_partitions_per_insert_block", "1")
            .serverSetting("throw_on_max_partitions_per_insert_block", "1");
    try (InsertResponse response =
        client
            .insert(
                table.name(),
                table.columnNames(),
                rows::writeTo,
                ClickHouseFormat.RowBinary,
                options)
            .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.debug("{}: {} rows written", token, response.getWrittenRows());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("insert " + token, e);
    } catch (ExecutionException e) {
      throw unavailable("insert " + token, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException | ClickHouseException e) {
      throw unavailable("insert " + token, e);
    }
  }

  /** Turns a row of a result into a value. */
  @FunctionalInterface
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Runs a query and reads all its rows; queries bound their results themselves.
   *
   * @throws ClickHouseUnavailable if there is no result
   */
  <T> List<T> query(SqlStatement statement, RowReader<T> reader) {
    try (Connection connection = queries.getConnection();
        PreparedStatement prepared = connection.prepareStatement(statement.sql())) {
      int index = 1;
      for (Object parameter : statement.parameters()) {
        prepared.setObject(index++, parameter);
      }
      List<T> rows = new ArrayList<>();
      if (prepared.execute()) {
        try (ResultSet result = prepared.getResultSet()) {
          while (result.next()) {
            rows.add(reader.read(result));
          }
        }
      }
      return rows;
    } catch (SQLException e) {
      throw unavailable("query", e);
    }
  }

  private ClickHouseUnavailable unavailable(String what, Throwable cause) {
    return new ClickHouseUnavailable(
        settings + ": " + what + " failed: " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    client.close();
  }
}
