package io.tollgate.bench;

import io.tollgate.embedded.LocalClickHouse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** What has landed, asked with SQL. */
final class LandedRows {
  private final LocalClickHouse clickHouse;

  LandedRows(LocalClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /** Keys are not counted here. */
  Sums sums() {
    return ask("SELECT count(), sum(arraySum(units)), sum(cost) FROM usage_rated");
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
      return new Sums(
          rows.getLong(1),
          rows.getLong(2),
          rows.getBigDecimal(3).setScale(12).unscaledValue().longValueExact(),
          0);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
