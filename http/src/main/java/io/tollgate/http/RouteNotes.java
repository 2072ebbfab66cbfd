package io.tollgate.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a role's declarations do not say of its routes, from the resource {@code
 * openapi/<role>.txt}: a line per route, {@code METHOD /path | what it does | what it reads}. The
 * last cell is the binary name of the record of the body, from the role's package on, {@code *} for
 * a body that is not one record's, media types for one that is not plain JSON, or nothing.
 */
final class RouteNotes {
  private static final Pattern CELLS = Pattern.compile(" *\\| *");
  private static final String FREE = "*";

  /**
   * Of one route.
   *
   * @param mediaTypes of the body; none if none is read
   * @param body the record that the body is read as; empty if it is not one's
   */
  record Note(String summary, List<String> mediaTypes, Optional<Class<?>> body) {}

  private final Map<String, Note> notes = new LinkedHashMap<>();

  /** The notes of a role; a role without the resource has none. */
  static RouteNotes of(HttpRole role) {
    RouteNotes notes = new RouteNotes();
    String resource = "/openapi/" + role.name() + ".txt";
    try (InputStream in = role.getClass().getResourceAsStream(resource)) {
      if (in != null) {
        new String(in.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .forEach(line -> notes.add(role, resource, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
    return notes;
  }

  private void add(HttpRole role, String resource, String line) {
    List<String> cells = CELLS.splitAsStream(line.strip()).toList();
    if (cells.size() < 2 || cells.size() > 3 || cells.get(1).isEmpty()) {
      throw new IllegalStateException(resource + ": must have two or three cells: " + line);
    }
    String body = cells.size() == 3 ? cells.get(2) : "";
    Note note =
        switch (body) {
          case "" -> new Note(cells.get(1), List.of(), Optional.empty());
          case FREE -> new Note(cells.get(1), List.of(Answer.JSON), Optional.empty());
          case String types when types.contains("/") ->
              new Note(cells.get(1), List.of(types.split(", ", -1)), Optional.empty());
          default ->
              new Note(
                  cells.get(1), List.of(Answer.JSON), Optional.of(record(role, resource, body)));
        };
    if (notes.put(cells.getFirst(), note) != null) {
      throw new IllegalStateException(resource + ": " + cells.getFirst() + " is there twice");
    }
  }

  private static Class<?> record(HttpRole role, String resource, String name) {
    String full = role.getClass().getPackageName() + "." + name;
    try {
      Class<?> type = Class.forName(full, false, role.getClass().getClassLoader());
      if (type.isRecord()) {
        return type;
      }
      throw new IllegalStateException(resource + ": " + full + " is no record");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(resource + ": there is no " + full, e);
    }
  }

  Optional<Note> find(DeclaredRoute route) {
    return Optional.ofNullable(notes.get(route.name()));
  }
}
