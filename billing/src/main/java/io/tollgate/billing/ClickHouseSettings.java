package io.tollgate.billing;

import java.net.URI;
import java.util.Objects;

/**
 * How to reach ClickHouse.
 *
 * @param url of its HTTP interface, such as {@code http://127.0.0.1:8123}
 * @param database that exists
 * @param password never printed
 */
public record ClickHouseSettings(URI url, String database, String user, String password) {
  public ClickHouseSettings {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(password, "password");
    if (!database.matches("[A-Za-z_][A-Za-z0-9_]{0,63}")) {
      throw new IllegalArgumentException("not the name of a database: " + database);
    }
  }

  @Override
  public String toString() {
    return "ClickHouse at " + url + "/" + database + " as " + user;
  }
}
