package io.tollgate.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a role's declarations do not say of its routes, from the resource {@code
 * openapi/<role>.txt}: a line per route, {@code METHOD /path | what it does | what it reads | what
 * it answers}. Each of the last two is the binary name of a record, from the role's package on, one
 * of the {@link Shapes}, or nothing; what is not JSON is named by its media types, divided by
 * commas, in an answer also beside JSON.
 */
final class RouteNotes {
  private static final Pattern CELLS = Pattern.compile(" *\\| *");
  private static final Pattern LIST = Pattern.compile(" *, *");
  private static final int CELLS_AT_MOST = 4;

  /**
   * What is sent or answered.
   *
   * @param mediaTypes none if nothing is
   * @param json the schema of what is JSON; empty if nothing is known of it
   */
  record Content(List<String> mediaTypes, Map<String, Object> json) {
    static final Content NOTHING = new Content(List.of(), Map.of());
  }

  /** Of one route. */
  record Note(String summary, Content body, Content answer) {}

  private final Map<String, Note> notes = new LinkedHashMap<>();

  /** The notes of a role; a role without the resource has none. */
  static RouteNotes of(HttpRole role, Shapes shapes) {
    RouteNotes notes = new RouteNotes();
    String resource = "/openapi/" + role.name() + ".txt";
    try (InputStream in = role.getClass().getResourceAsStream(resource)) {
      if (in != null) {
        new String(in.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .forEach(line -> notes.add(role, shapes, resource, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
    return notes;
  }

  private void add(HttpRole role, Shapes shapes, String resource, String line) {
    List<String> cells = List.of(CELLS.split(line.strip(), -1));
    if (cells.size() < 2 || cells.size() > CELLS_AT_MOST || cells.get(1).isEmpty()) {
      throw new IllegalStateException(resource + ": must have two to four cells: " + line);
    }
    String body = cells.size() > 2 ? cells.get(2) : "";
    String answer = cells.size() > 3 ? cells.get(3) : "";
    Note note =
        new Note(
            cells.get(1),
            read(role, shapes, resource, body),
            answered(role, shapes, resource, answer));
    if (notes.put(cells.getFirst(), note) != null) {
      throw new IllegalStateException(resource + ": " + cells.getFirst() + " is there twice");
    }
  }

  private static Content read(HttpRole role, Shapes shapes, String resource, String cell) {
    if (cell.isEmpty()) {
      return Content.NOTHING;
    }
    if (cell.contains("/")) {
      return new Content(List.of(LIST.split(cell, -1)), Map.of());
    }
    return new Content(
        List.of(Answer.JSON),
        shapes.find(cell).orElseGet(() -> BodySchema.of(record(role, resource, cell))));
  }

  /** JSON first, if it answers any, then the media types that it can answer instead. */
  private static Content answered(HttpRole role, Shapes shapes, String resource, String cell) {
    if (cell.isEmpty()) {
      return Content.NOTHING;
    }
    List<String> all = new ArrayList<>(List.of(LIST.split(cell, -1)));
    if (all.getFirst().contains("/")) {
      return new Content(all, Map.of());
    }
    String json = all.removeFirst();
    all.addFirst(Answer.JSON);
    return new Content(
        all,
        Character.isUpperCase(json.charAt(json.lastIndexOf('.') + 1))
            ? BodySchema.ofAnswer(record(role, resource, json))
            : shapes.parse(json));
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
