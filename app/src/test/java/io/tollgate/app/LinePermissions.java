package io.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What may be expected of the routes of the roles beside governance, as two checked-in files say
 * it, and what {@code /openapi.json} says of the same routes.
 */
final class LinePermissions {
  private static final String TABLE = "governance/src/test/resources/permissions/table.md";

  private LinePermissions() {}

  /**
   * A route and who may call it.
   *
   * @param who a permission, or operator, api_key or anyone
   * @param somewhere whether the permission in one workspace is enough
   * @param scope of an API key that opens it; empty if none does
   * @param marks of the table by role; empty without a permission
   */
  record Route(
      String method, String path, String who, boolean somewhere, String scope, List<String> marks) {
    String name() {
      return method + " " + path;
    }

    /** As the served document says it too. */
    String told() {
      return name() + " | " + who + (somewhere ? " somewhere" : "") + " | " + scope;
    }

    /** Whether a role in the organization lets in. */
    boolean letsIn(OrganizationRole role) {
      return Set.of("Y", "names").contains(marks.get(role.ordinal()));
    }

    /** Whether a role in one workspace lets in. */
    boolean letsIn(WorkspaceRole role) {
      String mark = marks.get(OrganizationRole.values().length + role.ordinal());
      return somewhere && !mark.isEmpty();
    }
  }

  static List<Route> read() {
    Map<String, List<String>> table = table();
    List<Route> routes = new ArrayList<>();
    for (String line : lines()) {
      String[] cells = (line + " | ").split("\\|", -1);
      String[] name = cells[0].strip().split(" ");
      String row = cells[3].strip();
      String who = cells[1].strip();
      routes.add(
          new Route(
              name[0],
              name[1],
              who.replace(" somewhere", ""),
              who.endsWith(" somewhere"),
              cells[2].strip(),
              row.isEmpty() ? List.of() : Objects.requireNonNull(table.get(row), line)));
    }
    return routes;
  }

  private static List<String> lines() {
    try (InputStream in = LinePermissions.class.getResourceAsStream("/permissions.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The marks of each permission, in the order of the roles; a dash is none. */
  private static Map<String, List<String>> table() {
    try {
      Map<String, List<String>> table = new HashMap<>();
      for (String line : Files.readAllLines(Repository.root().resolve(TABLE))) {
        List<String> cells =
            Arrays.stream(line.strip().replaceAll("^\\||\\|$", "").split("\\|", -1))
                .map(cell -> cell.strip().replace("\u2013", ""))
                .toList();
        if (cells.size() == 9) {
          table.put(cells.getFirst(), cells.subList(1, 9));
        }
      }
      return table;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the served document says of the routes of the roles beside governance. */
  static Set<String> told(JsonNode document) {
    Set<String> told = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        one -> {
                          if (!one.getValue().at("/tags/0").asText().equals("governance")) {
                            told.add(
                                one.getKey().toUpperCase(Locale.ROOT)
                                    + " "
                                    + path.getKey()
                                    + " | "
                                    + who(one.getValue()));
                          }
                        }));
    return told;
  }

  private static String who(JsonNode operation) {
    JsonNode security = operation.get("security");
    String permission = operation.path("x-tollgate-permission").asText();
    if (!permission.isEmpty()) {
      return permission
          + (operation.get("x-tollgate-somewhere").asBoolean() ? " somewhere" : "")
          + " | "
          + scopes(security).filter(scope -> !scope.equals(permission)).orElse("");
    }
    if (security.isEmpty()) {
      return "anyone | ";
    }
    String key = security.get(0).fieldNames().next();
    return key.equals("operator_key") ? "operator | " : key + " | " + scopes(security).orElse("");
  }

  /** What an API key must have, as the last word on it says. */
  private static Optional<String> scopes(JsonNode security) {
    Optional<String> found = Optional.empty();
    for (JsonNode one : security) {
      if (one.has("api_key")) {
        found = Optional.of(one.get("api_key").get(0).asText());
      }
    }
    return found;
  }
}
