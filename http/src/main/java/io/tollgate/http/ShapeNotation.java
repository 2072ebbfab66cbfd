package io.tollgate.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A short notation of JSON schemas, as a role's {@code openapi/<role>.shapes} has them:
 *
 * <pre>{@code
 * text, integer, number, boolean, any     a value; any is one that the document says nothing of
 * "x"                                     that text and no other
 * [project]                               an array
 * {id: text, note?: text|null, ...owner}  an object with these fields and those of another shape;
 *                                         a field with ? may be missing, others are refused
 * {id: text, *: text}                     an object that may have fields of other names as well
 * text|null                               either of them
 * project                                 the shape of that name
 * page(project)                           a list of the API, of which this is a page
 * }</pre>
 */
final class ShapeNotation {
  static final String REFERENCE = "#/components/schemas/";
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\\.\\.\\.|[A-Za-z_][A-Za-z0-9_]*|\"[^\"]*\"|[\\[\\]{}()?:,|*])");
  private static final Map<String, String> VALUES =
      Map.of(
          "text", "string",
          "integer", "integer",
          "number", "number",
          "boolean", "boolean",
          "null", "null");

  private final String text;
  private final Map<String, Map<String, Object>> known;
  private final Matcher tokens;
  private String token = "";

  private ShapeNotation(String text, Map<String, Map<String, Object>> known) {
    this.text = text;
    this.known = known;
    this.tokens = TOKEN.matcher(text);
    next();
  }

  /**
   * The schema.
   *
   * @param known shapes above, which this one may name
   * @throws IllegalStateException quoting the text where it is wrong
   */
  static Map<String, Object> parse(String text, Map<String, Map<String, Object>> known) {
    ShapeNotation notation = new ShapeNotation(text, known);
    Map<String, Object> schema = notation.either();
    notation.expect("");
    return schema;
  }

  /** The schema that stands for the shape of that name. */
  static Map<String, Object> reference(String name) {
    return Map.of("$ref", REFERENCE + name);
  }

  private IllegalStateException wrong(String what) {
    return new IllegalStateException(what + " in the shape: " + text);
  }

  private void next() {
    int at = token.isEmpty() ? 0 : tokens.end();
    if (text.substring(at).isBlank()) {
      token = "";
    } else if (tokens.region(at, text.length()).lookingAt()) {
      token = tokens.group(1);
    } else {
      throw wrong("unknown sign at \"" + text.substring(at).strip() + "\"");
    }
  }

  private boolean take(String wanted) {
    boolean there = token.equals(wanted);
    if (there) {
      next();
    }
    return there;
  }

  private void expect(String wanted) {
    if (!token.equals(wanted)) {
      throw wrong("\"" + token + "\" where \"" + wanted + "\" must be");
    }
    if (!wanted.isEmpty()) {
      next();
    }
  }

  private String name() {
    String name = token;
    if (name.isEmpty() || (!Character.isLetter(name.charAt(0)) && name.charAt(0) != '_')) {
      throw wrong("\"" + name + "\" where a name must be");
    }
    next();
    return name;
  }

  private Map<String, Object> either() {
    List<Map<String, Object>> all = new ArrayList<>();
    do {
      all.add(one());
    } while (take("|"));
    return all.size() == 1 ? all.getFirst() : either(all);
  }

  private static Map<String, Object> either(List<Map<String, Object>> all) {
    Map<String, Object> schema = new LinkedHashMap<>();
    if (all.stream().allMatch(one -> one.keySet().equals(Set.of("type")))) {
      schema.put("type", all.stream().map(one -> one.get("type")).toList());
    } else if (all.stream().allMatch(one -> one.containsKey("const"))) {
      schema.put("type", "string");
      schema.put("enum", all.stream().map(one -> one.get("const")).toList());
    } else {
      schema.put("anyOf", all);
    }
    return schema;
  }

  private Map<String, Object> one() {
    Map<String, Object> schema = new LinkedHashMap<>();
    if (token.startsWith("\"")) {
      schema.put("type", "string");
      schema.put("const", token.substring(1, token.length() - 1));
      next();
    } else if (take("[")) {
      schema.put("type", "array");
      schema.put("items", either());
      expect("]");
    } else if (take("{")) {
      schema.putAll(object());
    } else {
      schema.putAll(named(name()));
    }
    return schema;
  }

  private Map<String, Object> named(String name) {
    if (name.equals("any")) {
      return Map.of();
    }
    if (name.equals("page")) {
      expect("(");
      Map<String, Object> of = either();
      expect(")");
      return page(of);
    }
    String value = VALUES.get(name);
    if (value != null) {
      return Map.of("type", value);
    }
    if (!known.containsKey(name)) {
      throw wrong("no shape above is called " + name);
    }
    return reference(name);
  }

  private static Map<String, Object> page(Map<String, Object> of) {
    Map<String, Object> id = Map.of("type", List.of("string", "null"));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("object", Map.of("type", "string", "const", "list"));
    fields.put("data", Map.of("type", "array", "items", of));
    fields.put("first_id", id);
    fields.put("last_id", id);
    fields.put("has_more", Map.of("type", "boolean"));
    return object(fields, List.copyOf(fields.keySet()), false);
  }

  private Map<String, Object> object() {
    Map<String, Object> fields = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    Object others = false;
    while (!token.equals("}")) {
      if (take("...")) {
        include(name(), fields, required);
      } else if (take("*")) {
        expect(":");
        others = either();
      } else {
        field(fields, required);
      }
      if (!token.equals("}")) {
        expect(",");
      }
    }
    expect("}");
    return object(fields, required, others);
  }

  private void field(Map<String, Object> fields, List<String> required) {
    String name = name();
    boolean optional = take("?");
    expect(":");
    put(name, either(), fields);
    if (!optional) {
      required.add(name);
    }
  }

  private void put(String name, Object schema, Map<String, Object> fields) {
    if (fields.put(name, schema) != null) {
      throw wrong("the field " + name + " is there twice");
    }
  }

  private void include(String name, Map<String, Object> fields, List<String> required) {
    Map<String, Object> other = known.get(name);
    if (other == null
        || !(other.get("properties") instanceof Map<?, ?> properties)
        || !(other.get("required") instanceof List<?> names)) {
      throw wrong("no object above is called " + name);
    }
    properties.forEach((field, schema) -> put(String.valueOf(field), schema, fields));
    names.forEach(field -> required.add(String.valueOf(field)));
  }

  /**
   * The schema of an object.
   *
   * @param others the schema of fields of other names, or false if there are none
   */
  private static Map<String, Object> object(
      Map<String, Object> fields, List<String> required, Object others) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    if (!fields.isEmpty()) {
      schema.put("properties", fields);
      schema.put("required", required);
    }
    schema.put("additionalProperties", others);
    return schema;
  }
}
