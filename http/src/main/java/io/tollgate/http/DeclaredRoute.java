package io.tollgate.http;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A route as its role declared it.
 *
 * @param role the name of the role
 * @param method such as {@code GET}
 * @param path with parameters in braces
 * @param query the names of the query parameters, sorted
 */
public record DeclaredRoute(
    String role, String method, String path, Guard guard, List<String> query) {
  private static final Pattern PARAMETER = Pattern.compile("\\{([a-z_]+)}");

  public DeclaredRoute {
    query = query.stream().sorted().toList();
  }

  /** Method and path: no two routes of a listener share both. */
  public String name() {
    return method + " " + path;
  }

  /** The names of the path's parameters, from left to right. */
  List<String> pathParameters() {
    return PARAMETER.matcher(path).results().map(found -> found.group(1)).toList();
  }
}
