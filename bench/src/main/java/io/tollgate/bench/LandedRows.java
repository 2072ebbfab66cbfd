package io.tollgate.bench;

import io.tollgate.embedded.LocalClickHouse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/** What has landed, asked with SQL. */
final class LandedRows {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final LocalClickHouse clickHouse;

  LandedRows(LocalClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /** Waits until so many rows are there. */
  void await(long rows, Duration bound) {
    long deadline = System.nanoTime() + bound.toNanos();
    long found = count();
    while (found < rows) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "only %d of %d rows landed within %s".formatted(found, rows, bound));
      }
      LockSupport.parkNanos(LOOK.toNanos());
      found = count();
    }
  }

  /** Keys are not counted here. */
  Sums sums() {
    return ask("SELECT count(), sum(arraySum(units)) FROM usage_rated");
  }

  private long count() {
    // From the parts, which are there before the table is: zero.
    return ask("SELECT toInt64(sum(rows)), toInt64(0) FROM system.parts"
            + " WHERE active AND database = 'default' AND table = 'usage_rated'")
        .events();
  }

  private Sums ask(String sql) {
    Properties login = new Properties();
    login.setProperty("user", LocalClickHouse.USER);
    login.setProperty("password", clickHouse.password());
    login.setProperty("compress", "false");
    try (Connection connection = DriverManager.getConnection(clickHouse.jdbcUrl("default"), login);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return new Sums(rows.getLong(1), rows.getLong(2), 0);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
