package io.tollgate.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The named shapes of what roles read and answer, from the resources {@code openapi/<role>.shapes}:
 * {@code name = shape} in {@link ShapeNotation}; a line that begins with a space goes on with the
 * one above. A shape names only shapes above it, of its own role's or a role's before.
 */
final class Shapes {
  private static final Pattern DEFINITION = Pattern.compile("([a-z][a-z0-9_]*) = (.*)");

  private final Map<String, Map<String, Object>> byName = new LinkedHashMap<>();

  /** Adds those of a role; a role without the resource has none. */
  void add(HttpRole role) {
    String resource = "/openapi/" + role.name() + ".shapes";
    try (InputStream in = role.getClass().getResourceAsStream(resource)) {
      if (in != null) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        text.replaceAll("(?m)^#.*\n", "")
            .replaceAll("\n +", " ")
            .lines()
            .filter(line -> !line.isBlank())
            .forEach(line -> define(resource, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
  }

  private void define(String resource, String line) {
    Matcher definition = DEFINITION.matcher(line);
    if (!definition.matches()) {
      throw new IllegalStateException(resource + ": must be \"name = shape\": " + line);
    }
    Map<String, Object> schema = parse(definition.group(2));
    if (byName.put(definition.group(1), schema) != null) {
      throw new IllegalStateException(
          resource + ": there is a shape " + definition.group(1) + " already");
    }
  }

  Map<String, Object> parse(String notation) {
    return ShapeNotation.parse(notation, byName);
  }

  Map<String, Map<String, Object>> byName() {
    return byName;
  }
}
