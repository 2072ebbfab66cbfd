package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalPostgresIT {
  @Test
  void committedRowsSurviveSigkill(@TempDir Path data) throws SQLException {
    try (LocalPostgres postgres = LocalPostgres.start(LocalPostgres.Config.in(data, "secret"))) {
      postgres.ensureDatabase("tollgate");
      postgres.ensureDatabase("tollgate");
      try (Connection connection = connect(postgres);
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE things (name text)");
        statement.execute("INSERT INTO things VALUES ('kept')");
        assertThat(setting(statement, "fsync")).isEqualTo("on");
        assertThat(setting(statement, "synchronous_commit")).isEqualTo("on");
        postgres.kill();
      }
      assertThat(postgres.isHealthy()).isFalse();

      postgres.restart();

      try (Connection connection = connect(postgres);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT name FROM things")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getString(1)).isEqualTo("kept");
      }
    }
  }

  private static String setting(Statement statement, String name) throws SQLException {
    try (ResultSet row = statement.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  private static Connection connect(LocalPostgres postgres) throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl("tollgate"), LocalPostgres.USER, postgres.password());
  }
}
