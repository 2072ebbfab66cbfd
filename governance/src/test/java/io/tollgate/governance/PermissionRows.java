package io.tollgate.governance;

import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.WorkspaceRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What may be expected: the table of permissions and the endpoints, as two files say it. */
record PermissionRows(List<Row> rows, List<Endpoint> endpoints) {
  /** A row of the table: a mark per role, empty where it may nothing. */
  record Row(String permission, List<String> marks) {
    String mark(OrganizationRole role) {
      return marks.get(role.ordinal());
    }

    /** In the role's own workspace. */
    String mark(WorkspaceRole role) {
      return marks.get(OrganizationRole.values().length + role.ordinal());
    }

    boolean isTightenOnly(WorkspaceRole role) {
      return mark(role).contains("\u00b3") || mark(role).startsWith("tighten");
    }
  }

  /**
   * A route.
   *
   * @param row of the table; none for what is the operator's, a person's own or open to anyone
   * @param somewhere whether the permission in one workspace is enough
   * @param loosening a body that loosens something, * if the request always does
   */
  record Endpoint(
      String method,
      String path,
      String who,
      @Nullable Row row,
      boolean somewhere,
      String body,
      String loosening) {
    String name() {
      return method + " " + path;
    }

    boolean isInWorkspace() {
      return path.contains("/projects/{id}");
    }

    boolean isOne() {
      return path.matches(".*\\{[a-z_]+}.*");
    }
  }

  private static final String FOLDER = "/permissions/";

  static PermissionRows read() {
    List<Row> rows = new ArrayList<>();
    for (String line : lines("table.md")) {
      List<String> cells =
          Arrays.stream(line.strip().replaceAll("^\\||\\|$", "").split("\\|", -1))
              .map(cell -> cell.strip().replace("\u2013", ""))
              .toList();
      if (cells.size() == 9
          && !cells.getFirst().equals("permission")
          && !cells.getFirst().startsWith("---")) {
        rows.add(new Row(cells.getFirst(), cells.subList(1, 9)));
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String line : lines("endpoints.txt")) {
      if (!line.isBlank() && !line.startsWith("#")) {
        endpoints.add(endpoint(line, rows));
      }
    }
    return new PermissionRows(rows, endpoints);
  }

  private static Endpoint endpoint(String line, List<Row> rows) {
    String[] cells = (line + "||").split("\\|", -1);
    String[] route = cells[0].strip().split(" ");
    boolean somewhere = cells[1].strip().endsWith(" somewhere");
    String who = cells[1].strip().replace(" somewhere", "");
    List<Row> found = rows.stream().filter(row -> row.permission().startsWith(who)).toList();
    boolean isRow = !List.of("operator", "person", "anyone").contains(who);
    if (isRow != (found.size() == 1)) {
      throw new IllegalStateException(line + ": names " + found.size() + " rows of the table");
    }
    return new Endpoint(
        route[0],
        route[1],
        who,
        isRow ? found.getFirst() : null,
        somewhere,
        cells[2].strip(),
        cells[3].strip());
  }

  Row row(String permission) {
    return rows.stream()
        .filter(row -> row.permission().startsWith(permission))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> lines(String file) {
    try (InputStream in = PermissionRows.class.getResourceAsStream(FOLDER + file)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
