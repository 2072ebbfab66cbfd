package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Holds JSON against a schema, as far as {@link ShapeNotation} and {@link BodySchema} write them.
 *
 * @param shapes what {@code $ref} names
 */
record ShapeCheck(Map<String, Map<String, Object>> shapes) {
  /** Where and how a value does not fit; empty if it does. */
  Optional<String> misfit(JsonNode value, Map<?, ?> schema) {
    return misfit("", value, schema);
  }

  private Optional<String> misfit(String at, JsonNode value, Map<?, ?> schema) {
    if (schema.get("$ref") instanceof String reference) {
      String name = reference.substring(ShapeNotation.REFERENCE.length());
      return misfit(at, value, Objects.requireNonNull(shapes.get(name), reference));
    }
    if (schema.get("anyOf") instanceof List<?> any) {
      List<String> misfits =
          any.stream()
              .flatMap(one -> one instanceof Map<?, ?> of ? Stream.of(of) : Stream.of())
              .map(one -> misfit(at, value, one).orElse(""))
              .toList();
      return misfits.contains("") ? Optional.empty() : Optional.of(String.join(" or ", misfits));
    }
    if (schema.containsKey("type") && !isOf(schema.get("type"), value)) {
      return wrong(at, value, "is not of the type " + schema.get("type"));
    }
    if (schema.containsKey("const") && !schema.get("const").equals(value.asText())) {
      return wrong(at, value, "is not \"" + schema.get("const") + "\"");
    }
    if (schema.get("enum") instanceof List<?> texts && !texts.contains(value.asText())) {
      return wrong(at, value, "is none of " + texts);
    }
    return value.isObject() ? fields(at, value, schema) : items(at, value, schema);
  }

  private static Optional<String> wrong(String at, JsonNode value, String how) {
    return Optional.of((at.isEmpty() ? "the whole" : at) + " = " + value + " " + how);
  }

  private static boolean isOf(Object type, JsonNode value) {
    if (type instanceof List<?> types) {
      return types.stream().anyMatch(one -> isOf(one, value));
    }
    return switch (String.valueOf(type)) {
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      default -> throw new IllegalStateException("no type of JSON: " + type);
    };
  }

  private Optional<String> fields(String at, JsonNode value, Map<?, ?> schema) {
    Map<?, ?> fields = schema.get("properties") instanceof Map<?, ?> all ? all : Map.of();
    if (schema.get("required") instanceof List<?> required) {
      for (Object name : required) {
        if (!value.has(String.valueOf(name))) {
          return Optional.of(at + "." + name + " is missing");
        }
      }
    }
    return value.properties().stream()
        .map(
            field -> {
              String where = at + "." + field.getKey();
              return switch (fields.get(field.getKey())) {
                case Map<?, ?> known -> misfit(where, field.getValue(), known);
                case null, default ->
                    switch (schema.get("additionalProperties")) {
                      case Map<?, ?> other -> misfit(where, field.getValue(), other);
                      case Boolean more when !more ->
                          Optional.of(where + " = " + field.getValue() + " is not declared");
                      case null, default -> Optional.<String>empty();
                    };
              };
            })
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> items(String at, JsonNode value, Map<?, ?> schema) {
    if (!value.isArray() || !(schema.get("items") instanceof Map<?, ?> each)) {
      return Optional.empty();
    }
    return IntStream.range(0, value.size())
        .mapToObj(i -> misfit(at + "[" + i + "]", value.get(i), each))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
