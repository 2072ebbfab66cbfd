package io.tollgate.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON schema of a record as {@link StrictJson} reads and writes it: names in snake_case,
 * unknown fields refused; of a body that is read a component is required unless it is
 * {@code @Nullable}. Of a type that it does not know it says nothing rather than something wrong.
 * What the record's constructor checks it cannot say.
 */
final class BodySchema {
  private static final PropertyNamingStrategies.SnakeCaseStrategy NAMES =
      new PropertyNamingStrategies.SnakeCaseStrategy();

  private BodySchema() {}

  /** Of a body that is read. A record must not hold itself, which none that is read can. */
  static Map<String, Object> of(Class<?> type) {
    return of(type, false);
  }

  /** Of an answer, which has every component, if only as null. */
  static Map<String, Object> ofAnswer(Class<?> type) {
    return of(type, true);
  }

  private static Map<String, Object> of(Class<?> type, boolean answer) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      properties.put(name(component), of(component.getGenericType(), nullable, answer));
      if (answer || !nullable) {
        required.add(name(component));
      }
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("additionalProperties", false);
    return schema;
  }

  private static String name(RecordComponent component) {
    JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
    return property == null || property.value().isEmpty()
        ? NAMES.translate(component.getName())
        : property.value();
  }

  private static Map<String, Object> of(Type type, boolean nullable, boolean answer) {
    Map<String, Object> schema = of(type, answer);
    if (nullable && schema.get("type") instanceof String one) {
      schema.put("type", List.of(one, "null"));
    }
    return schema;
  }

  private static Map<String, Object> of(Type type, boolean answer) {
    Map<String, Object> schema = new LinkedHashMap<>();
    switch (type) {
      case Class<?> known when known == String.class -> schema.put("type", "string");
      case Class<?> known when known == int.class || known == Integer.class ->
          integer(schema, "int32");
      case Class<?> known when known == long.class || known == Long.class ->
          integer(schema, "int64");
      case Class<?> known when known == boolean.class || known == Boolean.class ->
          schema.put("type", "boolean");
      case Class<?> known when known == BigDecimal.class ->
          schema.put("type", answer ? "string" : "number");
      case Class<?> known when known.isRecord() -> schema.putAll(of(known, answer));
      case ParameterizedType of
          when of.getRawType() instanceof Class<?> raw
              && Collection.class.isAssignableFrom(raw) -> {
        schema.put("type", "array");
        schema.put("items", of(of.getActualTypeArguments()[0], answer));
      }
      case ParameterizedType of
          when of.getRawType() instanceof Class<?> raw && Map.class.isAssignableFrom(raw) -> {
        schema.put("type", "object");
        schema.put("additionalProperties", of(of.getActualTypeArguments()[1], answer));
      }
      default -> {
        // Any value: a type with a form of its own.
      }
    }
    return schema;
  }

  private static void integer(Map<String, Object> schema, String format) {
    schema.put("type", "integer");
    schema.put("format", format);
  }
}
