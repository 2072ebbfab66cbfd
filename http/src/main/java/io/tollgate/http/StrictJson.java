package io.tollgate.http;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one way that JSON is read and written. Reading refuses what it does not understand: unknown
 * and repeated fields, text where a number belongs and the reverse, anything after the end, deep
 * nesting and very long tokens. Names are in snake_case. A decimal is written as text, because many
 * readers would make it a binary fraction.
 */
public final class StrictJson {
  /** Deeper than any body we know; a bound on the reader's stack. */
  static final int DEEPEST = 32;

  /** Digits of one number; longer ones are slow to parse and mean nothing here. */
  static final int LONGEST_NUMBER = 64;

  static final int LONGEST_NAME = 512;

  private static final ObjectMapper MAPPER = build();

  private StrictJson() {}

  /** The shared mapper; it is thread-safe and must not be configured further. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  private static ObjectMapper build() {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(LONGEST_NUMBER)
                    .maxNameLength(LONGEST_NAME)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // An error must name the caller's value, not quote bytes of the body.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    JsonMapper mapper =
        JsonMapper.builder(factory)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .annotationIntrospector(new NullMarkedRecords())
            .build();
    for (CoercionInputShape shape :
        List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
      mapper.coercionConfigFor(LogicalType.Textual).setCoercion(shape, CoercionAction.Fail);
    }
    mapper
        .configOverride(BigDecimal.class)
        .setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.STRING));
    return mapper;
  }

  /**
   * Reads a value.
   *
   * @throws InvalidInput naming the field (a path such as {@code rates[3].rate}), its value and the
   *     rule
   */
  public static <T> T read(byte[] json, Class<T> type) {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new InvalidInput("body", "null", "must be a JSON object");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw invalid(json, e);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory cannot fail", e);
    }
  }

  /** Writes a value; what cannot be written is a bug here. */
  public static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass(), e);
    }
  }

  private static InvalidInput invalid(byte[] json, JsonProcessingException failure) {
    return switch (failure) {
      case UnrecognizedPropertyException e ->
          new InvalidInput(
              path(e), e.getPropertyName(), "is not a field here; known are " + known(e));
      case JsonMappingException e when e.getCause() instanceof InvalidInput cause ->
          within(path(e), cause);
      case JsonMappingException e when e.getCause() instanceof StreamConstraintsException cause ->
          tooMuch(cause);
      case JsonMappingException e when e.getCause() instanceof InputCoercionException cause ->
          new InvalidInput(path(e), text(node(json, e)), "must be " + shape(cause.getTargetType()));
      case MismatchedInputException e -> mismatched(e, node(json, e));
      case StreamConstraintsException e -> tooMuch(e);
      case JsonMappingException e when e.getCause() instanceof JsonParseException cause ->
          malformed(cause);
      case JsonMappingException e ->
          new InvalidInput(
              path(e), text(node(json, e)), "must be as the documentation of this route says");
      default -> malformed(failure);
    };
  }

  private static InvalidInput malformed(JsonProcessingException failure) {
    return new InvalidInput(
        "body",
        at(failure.getLocation()),
        "must be one well-formed JSON value: " + plain(failure.getOriginalMessage()));
  }

  /** Without what only a reader of the library's source could use. */
  private static String plain(String message) {
    int start = message.indexOf(" (start marker at");
    return start < 0 ? message : message.substring(0, start);
  }

  private static InvalidInput mismatched(MismatchedInputException e, JsonNode node) {
    if (e.getOriginalMessage().startsWith("Trailing token")) {
      return new InvalidInput(
          "body", at(e.getLocation()), "must be one JSON value with nothing after it");
    }
    if (node.isMissingNode()) {
      return new InvalidInput(path(e), "", "is required");
    }
    String rule = node.isNull() ? "must not be null" : "must be " + shape(e.getTargetType());
    return new InvalidInput(path(e), text(node), rule);
  }

  private static String text(JsonNode node) {
    return node.isValueNode() ? node.asText() : node.toString();
  }

  /** What the caller wrote at the place of the failure; nothing if that is not even JSON. */
  private static JsonNode node(byte[] json, JsonMappingException failure) {
    try {
      JsonNode node = MAPPER.readTree(json);
      for (JsonMappingException.Reference step : failure.getPath()) {
        node =
            step.getFieldName() == null
                ? node.path(step.getIndex())
                : node.path(step.getFieldName());
      }
      return node;
    } catch (IOException e) {
      return MAPPER.getNodeFactory().textNode("");
    }
  }

  private static InvalidInput tooMuch(StreamConstraintsException e) {
    return new InvalidInput(
        "body",
        at(e.getLocation()),
        "must nest at most "
            + DEEPEST
            + " deep, with numbers of at most "
            + LONGEST_NUMBER
            + " and names of at most "
            + LONGEST_NAME
            + " characters");
  }

  /** A record that checks itself names its own field; what encloses it is added here. */
  private static InvalidInput within(String path, InvalidInput cause) {
    boolean known =
        path.equals("body") || path.equals(cause.field()) || path.endsWith("." + cause.field());
    String field = path.equals("body") ? cause.field() : known ? path : path + "." + cause.field();
    return new InvalidInput(field, cause.value(), cause.rule());
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.isEmpty() ? "body" : path.toString();
  }

  private static String known(UnrecognizedPropertyException e) {
    return e.getKnownPropertyIds() == null
        ? "none"
        : new TreeSet<>(e.getKnownPropertyIds().stream().map(String::valueOf).toList())
            .stream().collect(Collectors.joining(", "));
  }

  private static String shape(@Nullable Class<?> type) {
    if (type == null) {
      return "another type of JSON value";
    }
    if (type.isEnum()) {
      return "one of the known names";
    }
    if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
      return "a whole number, not in quotes, in the range of "
          + (type.getSimpleName().startsWith("I") || type == int.class ? "32" : "64")
          + " bits";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "text in quotes";
    }
    if (Iterable.class.isAssignableFrom(type) && !JsonNode.class.isAssignableFrom(type)) {
      return "a list";
    }
    return type == BigDecimal.class ? "a number" : "a JSON object";
  }

  private static String at(JsonLocation location) {
    return location == null
        ? ""
        : "line " + location.getLineNr() + ", column " + location.getColumnNr();
  }
}
