package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictJsonTest {
  record Line(String meter, @Nullable Long contextOver) {
    Line {
      InvalidInput.unless(!meter.equals("bad"), "meter", meter, "must be known");
    }
  }

  record Body(String name, int count, boolean hard, @Nullable List<Line> lines) {
    Body {
      InvalidInput.unless(!name.equals("bad"), "name", name, "must be good");
    }
  }

  private static Body read(String json) {
    return StrictJson.read(json.getBytes(StandardCharsets.UTF_8), Body.class);
  }

  @Test
  void readsSnakeCase() {
    Body body =
        read(
            "{'name':'x','count':3,'hard':true,'lines':[{'meter':'input','context_over':200000}]}"
                .replace('\'', '"'));

    assertThat(body).isEqualTo(new Body("x", 3, true, List.of(new Line("input", 200_000L))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"name":"x","count":3,"hard":true,"extra":1}            | extra                 | extra | not a field here
          {"name":"x","count":"3","hard":true}                    | count                 | 3     | whole number
          {"name":"x","count":3.5,"hard":true}                    | count                 | *     | whole number
          {"name":"x","count":99999999999,"hard":true}            | count                 | *     | 32
          {"name":7,"count":3,"hard":true}                        | name                  | *     | text
          {"name":"x","count":3,"hard":"true"}                    | hard                  | true  | true or false
          {"name":"x","count":null,"hard":true}                   | count                 | *     | null
          {"name":"bad","count":3,"hard":true}                    | name                  | bad   | must be good
          {"name":"x","count":3,"hard":true,"lines":{}}           | lines                 | *     | a list
          {"name":"x","count":3,"hard":true,"lines":[{"meter":"input"},{"meter":"bad"}]} | lines[1].meter | bad | must be known
          {"name":"x","count":3,"hard":true,"lines":[{"meter":"input","x":1}]} | lines[0].x | x     | not a field here
          {"name":"x","count":3,"hard":true,"lines":[{}]}         | lines[0].meter        | *     | required
          {"count":3,"hard":true}                                 | name                  | *     | required
          {"name":"x","hard":true}                                | count                 | *     | required
          {"name":null,"count":3,"hard":true}                     | name                  | null  | null
          {"name":"x","count":1e400000000,"hard":true}            | count                 | *     | *
          {"name":"x","name":"y","count":3,"hard":true}           | *                     | *     | Duplicate field
          {"name":"x","count":3,"hard":true} {}                   | body                  | *     | *
          {"name":"x",                                            | body                  | *     | well-formed
          not json                                                | body                  | *     | well-formed
          []                                                      | body                  | *     | a JSON object
          null                                                    | body                  | null  | a JSON object
          """)
  void namesFieldValueAndRule(String json, String field, String value, String rule) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(
            InvalidInput.class,
            e -> {
              if (!field.equals("*")) {
                assertThat(e.field()).isEqualTo(field);
              }
              if (!value.equals("*")) {
                assertThat(e.value()).isEqualTo(value);
              }
              if (!rule.equals("*")) {
                assertThat(e.rule()).contains(rule);
              }
              assertThat(e.rule()).doesNotContain("io.tollgate").doesNotContain("java.");
            });
  }

  @Test
  void boundsNesting() {
    assertThatThrownBy(() -> read("[".repeat(100_000))).isInstanceOf(InvalidInput.class);
    assertThatThrownBy(
            () ->
                StrictJson.read(
                    ("{\"a\":".repeat(40) + "1" + "}".repeat(40)).getBytes(StandardCharsets.UTF_8),
                    Map.class))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("nest at most 32");
  }

  @Test
  void boundsNumbers() {
    assertThatThrownBy(() -> read("{\"count\":" + "9".repeat(1_000) + "}"))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("64");
  }

  @Test
  void writesDecimalsAsText() {
    byte[] json = StrictJson.write(Map.of("amount", new BigDecimal("0.1")));

    assertThat(new String(json, StandardCharsets.UTF_8)).isEqualTo("{\"amount\":\"0.1\"}");
  }
}
