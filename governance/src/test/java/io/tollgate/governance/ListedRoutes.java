package io.tollgate.governance;

import io.tollgate.http.Endpoint;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;
import java.util.Set;

/** Writes down what a role declares. */
record ListedRoutes(Set<String> names) implements Routes {
  @Override
  public Routes get(String path, Guard guard, Endpoint endpoint, String... query) {
    return add("GET", path);
  }

  @Override
  public Routes post(String path, Guard guard, Endpoint endpoint, String... query) {
    return add("POST", path);
  }

  @Override
  public Routes put(String path, Guard guard, Endpoint endpoint, String... query) {
    return add("PUT", path);
  }

  @Override
  public Routes patch(String path, Guard guard, Endpoint endpoint, String... query) {
    return add("PATCH", path);
  }

  @Override
  public Routes delete(String path, Guard guard, Endpoint endpoint, String... query) {
    return add("DELETE", path);
  }

  private Routes add(String method, String path) {
    names.add(method + " " + path);
    return this;
  }
}
