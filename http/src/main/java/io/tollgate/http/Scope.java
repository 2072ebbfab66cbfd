package io.tollgate.http;

import java.util.Arrays;
import java.util.Optional;

/** What an API key may do. */
public enum Scope {
  EVENTS_WRITE("events:write"),
  ADMISSION("admission"),
  USAGE_READ("usage:read");

  private final String wireName;

  Scope(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  public static Optional<Scope> find(String wireName) {
    return Arrays.stream(values()).filter(scope -> scope.wireName.equals(wireName)).findFirst();
  }
}
