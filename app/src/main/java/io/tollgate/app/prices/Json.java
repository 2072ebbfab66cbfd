package io.tollgate.app.prices;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * JSON in which every number is the text that stands in the file: a price must not pass through a
 * binary fraction on its way, and a report shows it as it was written.
 */
sealed interface Json {
  /** Deeper than either file; a bound on the reader's stack. */
  int DEEPEST = 32;

  record Fields(Map<String, Json> values) implements Json {
    Optional<Json> get(String name) {
      return Optional.ofNullable(values.get(name));
    }

    /** The text of a field; empty if it is missing or no text. */
    Optional<String> text(String name) {
      return values.get(name) instanceof Text text ? Optional.of(text.value()) : Optional.empty();
    }

    @Override
    public String toString() {
      return values.entrySet().stream()
          .map(field -> field.getKey() + ": " + field.getValue())
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  record Items(List<Json> values) implements Json {
    @Override
    public String toString() {
      return values.toString();
    }
  }

  record Text(String value) implements Json {
    @Override
    public String toString() {
      return value;
    }
  }

  /** A number as it was written. */
  record Digits(String text) implements Json {
    @Override
    public String toString() {
      return text;
    }
  }

  /** true, false or null. */
  record Word(String text) implements Json {
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Reads one value.
   *
   * @throws IOException if the input cannot be read or is not well-formed, or repeats a field
   */
  static Json read(InputStream in) throws IOException {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    try (JsonParser parser = factory.createParser(in)) {
      parser.nextToken();
      return value(parser);
    }
  }

  private static Json value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("the JSON ends too early");
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Json> values = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          values.put(name, value(parser));
        }
        yield new Fields(values);
      }
      case START_ARRAY -> {
        List<Json> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          values.add(value(parser));
        }
        yield new Items(values);
      }
      case VALUE_STRING -> new Text(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Digits(parser.getText());
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> new Word(parser.getText());
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IOException("a JSON value was expected, not " + token);
    };
  }
}
