package io.tollgate.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a role's declarations do not say of its routes, from the resource {@code
 * openapi/<role>.txt}: a line per route, {@code METHOD /path | what it does | what it reads | what
 * it answers}, the last two in {@link NotedWords}. The third is empty where no body is read; a
 * {@code ?} at its end says that the body may be left out.
 */
final class RouteNotes {
  private static final Pattern CELLS = Pattern.compile(" *\\| *");
  private static final int CELLS_OF_LINE = 4;
  private static final String OPTIONAL = "?";

  /**
   * Of one route.
   *
   * @param body what it reads; empty if it reads none
   * @param answers by status, {@link NotedWords#DONE} for all that are well
   */
  record Note(
      String summary, NotedContent body, boolean mustHaveBody, Map<String, NotedContent> answers) {
    /** What an answer with that status holds, if it is not how all refusals are told. */
    Optional<NotedContent> answer(int status) {
      NotedContent own = answers.get(Integer.toString(status));
      return Optional.ofNullable(
          own == null && status / 100 == 2 ? answers.get(NotedWords.DONE) : own);
    }
  }

  private final Map<String, Note> notes = new LinkedHashMap<>();

  /** The notes of a role; a role without the resource has none. */
  static RouteNotes of(HttpRole role, Shapes shapes) {
    String resource = "/openapi/" + role.name() + ".txt";
    try (InputStream in = role.getClass().getResourceAsStream(resource)) {
      String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return read(new NotedWords(role, shapes), text);
    } catch (IOException | IllegalStateException e) {
      throw new IllegalStateException(resource + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the text of notes.
   *
   * @throws IllegalStateException quoting the line that cannot be understood
   */
  static RouteNotes read(NotedWords words, String text) {
    RouteNotes notes = new RouteNotes();
    text.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .forEach(line -> notes.add(words, line));
    return notes;
  }

  private void add(NotedWords words, String line) {
    String[] cells = CELLS.split(line.strip(), -1);
    if (cells.length != CELLS_OF_LINE || cells[1].isEmpty() || cells[3].isEmpty()) {
      throw new IllegalStateException("must say what the route does, reads and answers: " + line);
    }
    boolean optional = cells[2].endsWith(OPTIONAL);
    String body = optional ? cells[2].substring(0, cells[2].length() - 1) : cells[2];
    try {
      Note note =
          new Note(
              cells[1], words.body(body), !optional && !body.isEmpty(), words.answers(cells[3]));
      if (notes.put(cells[0], note) != null) {
        throw new IllegalStateException("the route is there twice");
      }
    } catch (IllegalStateException e) {
      throw new IllegalStateException(e.getMessage() + ": " + line, e);
    }
  }

  /**
   * Of a route; empty only if the role has no notes at all.
   *
   * @throws IllegalStateException if it has notes, and none of this route
   */
  Optional<Note> find(DeclaredRoute route) {
    Note note = notes.get(route.name());
    if (note == null && !notes.isEmpty()) {
      throw new IllegalStateException(
          "openapi/" + route.role() + ".txt has no line of " + route.name());
    }
    return Optional.ofNullable(note);
  }
}
