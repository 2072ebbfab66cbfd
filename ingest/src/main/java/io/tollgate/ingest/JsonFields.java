package io.tollgate.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.ingest.RefusedBody.Kind;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object whose fields are all known: each is read once and with its type. Null is the same
 * as absent.
 *
 * @param path before a field's name in messages, such as {@code data.}; empty at the top
 */
record JsonFields(JsonNode object, String path) {
  JsonFields {
    if (!object.isObject()) {
      throw RefusedBody.of(Kind.INVALID, name(path), kindOf(object), "must be a JSON object");
    }
  }

  /**
   * Refuses every field that is not known.
   *
   * @param refused fields that are understood and not taken, with the reason
   */
  void expect(Set<String> known, Map<String, String> refused) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String name = field.getKey();
      if (known.contains(name) || (field.getValue().isNull() && refused.containsKey(name))) {
        continue;
      }
      String reason = refused.get(name);
      if (reason != null) {
        throw RefusedBody.of(Kind.INVALID, path + name, shown(field.getValue()), reason);
      }
      throw RefusedBody.of(
          Kind.MALFORMED, path + name, shown(field.getValue()), "is not a field of a usage event");
    }
  }

  String text(String name) {
    String text = optionalText(name);
    if (text == null) {
      throw RefusedBody.of(Kind.INVALID, path + name, "absent", "must be told");
    }
    return text;
  }

  @Nullable String optionalText(String name) {
    JsonNode value = optional(name);
    return value == null ? null : text(path + name, value);
  }

  /** The object in this field, or null if there is none. */
  @Nullable JsonFields optionalObject(String name) {
    JsonNode value = optional(name);
    return value == null ? null : new JsonFields(value, path + name + ".");
  }

  /** Every field as text; what is not text is refused. */
  void eachText(FieldConsumer<String> consumer) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      checkUnicode(name(path), field.getKey());
      consumer.accept(field.getKey(), text(path + field.getKey(), field.getValue()));
    }
  }

  /** Every field as a whole number; what is not a whole number of 64 bits is refused. */
  void eachWholeNumber(FieldConsumer<Long> consumer) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode value = field.getValue();
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw RefusedBody.of(
            Kind.INVALID, path + field.getKey(), shown(value), "must be a whole number of units");
      }
      consumer.accept(field.getKey(), value.longValue());
    }
  }

  private @Nullable JsonNode optional(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private static String text(String field, JsonNode value) {
    if (!value.isTextual()) {
      throw RefusedBody.of(Kind.INVALID, field, shown(value), "must be a string");
    }
    checkUnicode(field, value.textValue());
    return value.textValue();
  }

  /** Half a surrogate pair has no UTF-8: all such texts would become the same one in the log. */
  private static void checkUnicode(String field, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!pair) {
        throw RefusedBody.of(
            Kind.INVALID,
            field,
            "U+" + Integer.toHexString(c),
            "must be Unicode without half surrogate pairs");
      }
      i++;
    }
  }

  private static String shown(JsonNode value) {
    return value.isTextual() ? value.textValue() : value.toString();
  }

  private static String kindOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "an array";
      case NULL, MISSING -> "null";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
    };
  }

  private static String name(String path) {
    return path.isEmpty() ? "event" : path.substring(0, path.length() - 1);
  }

  /** Takes a field's name and value. */
  @FunctionalInterface
  interface FieldConsumer<T> {
    void accept(String name, T value);
  }
}
