package io.tollgate.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the cells of one role's {@link RouteNotes} that say what a route reads and answers: parts
 * divided by commas, each {@code status media/type shape}. Without a status a part is what is
 * answered when all is well; without a media type it is JSON; without a shape it is text. A shape
 * is the binary name of a record, from the role's package on, or in {@link ShapeNotation} without
 * commas.
 */
record NotedWords(HttpRole role, Shapes shapes) {
  /** The statuses of answers that are well, as OpenAPI writes them. */
  static final String DONE = "2XX";

  private static final Pattern PARTS = Pattern.compile(" *, *");
  private static final Pattern PART =
      Pattern.compile("(?:([1-5][0-9]{2}) )?(?:([a-z]+/\\S+)(?: |$))?(.*)");
  private static final Map<String, Object> TEXT = Map.of("type", "string");

  /**
   * What is read.
   *
   * @throws IllegalStateException if the cell cannot be understood
   */
  NotedContent body(String cell) {
    if (cell.isEmpty()) {
      return NotedContent.NOTHING;
    }
    Map<String, NotedContent> all = read(cell, BodySchema::of);
    if (!all.keySet().equals(Set.of(DONE))) {
      throw new IllegalStateException("what is read has no status");
    }
    return all.getOrDefault(DONE, NotedContent.NOTHING);
  }

  /**
   * What is answered, by status.
   *
   * @throws IllegalStateException if the cell cannot be understood
   */
  Map<String, NotedContent> answers(String cell) {
    Map<String, NotedContent> all = read(cell, BodySchema::ofAnswer);
    if (!all.containsKey(DONE)) {
      throw new IllegalStateException("what is answered when all is well is missing");
    }
    return all;
  }

  private Map<String, NotedContent> read(
      String cell, Function<Class<?>, Map<String, Object>> ofRecord) {
    Map<String, Map<String, Map<String, Object>>> read = new LinkedHashMap<>();
    for (String text : PARTS.split(cell, -1)) {
      Matcher part = PART.matcher(text);
      if (text.isEmpty() || !part.matches()) {
        throw new IllegalStateException("between two commas is nothing");
      }
      String status = part.group(1) == null ? DONE : part.group(1);
      String mediaType = part.group(2) == null ? Answer.JSON : part.group(2);
      String shape = part.group(3);
      read.computeIfAbsent(status, key -> new LinkedHashMap<>())
          .put(mediaType, shape.isEmpty() ? TEXT : schema(shape, ofRecord));
    }
    Map<String, NotedContent> byStatus = new LinkedHashMap<>();
    read.forEach((status, schemas) -> byStatus.put(status, new NotedContent(schemas)));
    return byStatus;
  }

  /** Names of records begin with a capital, those of shapes do not. */
  private Map<String, Object> schema(
      String shape, Function<Class<?>, Map<String, Object>> ofRecord) {
    return Character.isUpperCase(shape.charAt(shape.lastIndexOf('.') + 1))
        ? ofRecord.apply(record(shape))
        : shapes.parse(shape);
  }

  private Class<?> record(String name) {
    String full = role.getClass().getPackageName() + "." + name;
    try {
      Class<?> type = Class.forName(full, false, role.getClass().getClassLoader());
      if (type.isRecord()) {
        return type;
      }
      throw new IllegalStateException(full + " is no record");
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("there is no " + full, e);
    }
  }
}
