package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapeNotationTest {
  private static final Map<String, Map<String, Object>> KNOWN = new LinkedHashMap<>();

  static {
    KNOWN.put("named", ShapeNotation.parse("{id: text, name?: text|null}", KNOWN));
    KNOWN.put("thing", ShapeNotation.parse("{...named, of?: named, kind: \"a\"|\"b\"}", KNOWN));
  }

  private static String misfit(String notation, String json) throws IOException {
    return new ShapeCheck(KNOWN)
        .misfit(
            StrictJson.mapper().readTree(json.replace('\'', '"')),
            ShapeNotation.parse(notation, KNOWN))
        .orElse("fits");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "text | 'x' | fits",
        "text | 1 | the whole = 1 is not of the type string",
        "integer | 1 | fits",
        "integer | 1.5 | the whole = 1.5 is not of the type integer",
        "number | 1.5 | fits",
        "boolean | true | fits",
        "any | [1, {}] | fits",
        "[integer] | [1, 'x'] | [1] = \"x\" is not of the type integer",
        "{*: integer} | {'a': 1, 'b': 2} | fits",
        "{*: integer} | {'a': 1, 'b': '2'} | .b = \"2\" is not of the type integer",
        "{a: text} | {'a': 'x', 'b': 1} | .b = 1 is not declared",
        "{a: text, b?: text} | {'b': 'x'} | .a is missing",
        "{a: text, *: integer} | {'a': 'x', 'b': 1} | fits",
        "{a: text, *: integer} | {'a': 'x', 'b': 'y'} | .b = \"y\" is not of the type integer",
        "\"1\" | 1 | the whole = 1 is not of the type string",
        "named | {'id': 'x', 'name': null} | fits",
        "thing | {'id': 'x', 'kind': 'b', 'of': {'id': 'y'}} | fits",
        "thing | {'id': 'x', 'kind': 'c'} | .kind = \"c\" is none of [a, b]",
        "thing | {'id': 'x', 'kind': 'a', 'of': {}} | .of.id is missing",
        "{object: \"list\"} | {'object': 'page'} | .object = \"page\" is not \"list\"",
        "page(named) | {'object':'list','data':[{'id':1}],'first_id':null,'last_id':null,"
            + "'has_more':false} | .data[0].id = 1 is not of the type string",
      })
  void saysWhereAValueDoesNotFit(String notation, String json, String misfit) throws IOException {
    assertThat(misfit(notation, json)).isEqualTo(misfit);
  }

  @Test
  void takesEitherOfSeveral() throws IOException {
    assertThat(misfit("[text]|null", "null")).isEqualTo("fits");
    assertThat(misfit("[text]|null", "['a']")).isEqualTo("fits");
    assertThat(misfit("[text]|null", "1"))
        .isEqualTo(
            "the whole = 1 is not of the type array or the whole = 1 is not of the type null");
    assertThat(ShapeNotation.parse("text|null", KNOWN).toString())
        .isEqualTo("{type=[string, null]}");
    assertThat(ShapeNotation.parse("thing", KNOWN).toString())
        .isEqualTo("{$ref=#/components/schemas/thing}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{a: text | \"\" where \",\" must be",
        "{a text} | \"text\" where \":\" must be",
        "{a: text, a: text} | the field a is there twice",
        "{...named, id: text} | the field id is there twice",
        "{id: text, ...named} | the field id is there twice",
        "unheard | no shape above is called unheard",
        "{...unheard} | no object above is called unheard",
        "text text | \"text\" where \"\" must be",
        "te$t | unknown sign at \"$t\"",
      })
  void saysWhatIsWrongWithANotation(String notation, String rule) {
    assertThatThrownBy(() -> ShapeNotation.parse(notation, KNOWN))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(rule)
        .hasMessageContaining("in the shape: " + notation);
  }
}
