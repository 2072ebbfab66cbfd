package io.tollgate.governance.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigDocumentTest {
  static ObjectNode json(String text) {
    return StrictJson.read(
        text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), ObjectNode.class);
  }

  private static ConfigDocument document(String text) {
    return ConfigDocument.EMPTY.with(json(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                              | {'rate_limiting':{'rpm':100}}                  | {'rate_limiting':{'enabled':true,'rpm':100}}
          {'rate_limiting':{'rpm':100,'tpm':5}}           | {'rate_limiting':{'tpm':null}}                 | {'rate_limiting':{'enabled':true,'rpm':100}}
          {'rate_limiting':{'rpm':100}}                   | {'rate_limiting':{'rpm':null}}                 | {}
          {'rate_limiting':{'rpm':100}}                   | {'rate_limiting':{'enabled':false}}            | {}
          {'rate_limiting':{'rpm':100}}                   | {'rate_limiting':null}                         | {}
          {'rate_limiting':{'rpm':100}}                   | {'models':{'denied':['o1*']}}                  | {'rate_limiting':{'enabled':true,'rpm':100},'models':{'denied':['o1*']}}
          {'models':{'allowed':['a'],'denied':['b']}}     | {'models':{'allowed':null}}                    | {'models':{'denied':['b']}}
          {'models':{'allowed':['a']}}                    | {'models':{'allowed':null}}                    | {}
          {}                                              | {'budgets':{'limit':'100.50'}}                 | {'budgets':{'limit':'100.5','period':'monthly'}}
          {}                                              | {'budgets':{'limit':500.00,'period':'monthly'}} | {'budgets':{'limit':'500','period':'monthly'}}
          {}                                              | {'budgets':{'limit':0.1}}                      | {'budgets':{'limit':'0.1','period':'monthly'}}
          {}                                              | {'budgets':{'limit':5e2}}                      | {'budgets':{'limit':'500','period':'monthly'}}
          {'budgets':{'limit':'100'}}                     | {'budgets':{'limit':70}}                       | {'budgets':{'limit':'70','period':'monthly'}}
          {'budgets':{'limit':'100'}}                     | {'budgets':{'period':'daily'}}                 | {'budgets':{'limit':'100','period':'daily'}}
          {'budgets':{'limit':'100'}}                     | {'budgets':null}                               | {}
          {'routing':{'a':{'b':1,'c':2}}}                 | {'routing':{'a':{'b':null}}}                   | {'routing':{'a':{'c':2}}}
          {'caching':{'ttl':60}}                          | {'caching':null}                               | {}
          {'providers':{'x':{'key_ref':'vault:1'}}}       | {'mcp':{'servers':['s']}}                      | {'mcp':{'servers':['s']},'providers':{'x':{'key_ref':'vault:1'}}}
          """)
  void aPatchMergesNullRemovesAndAbsentStays(String before, String patch, String after) {
    ObjectNode shown = document(before).with(json(patch)).json();

    assertThat(shown).hasToString(json(after).toString());
    assertThat(ConfigDocument.EMPTY.with(shown).json())
        .as("reads back")
        .hasToString(shown.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'colour':'red'}                              | colour
          {'colour':null}                               | colour
          {'rate_limiting':{'rps':1}}                   | rate_limiting.rps
          {'rate_limiting':{'rps':null}}                | rate_limiting.rps
          {'rate_limiting':{'rpm':0}}                   | rate_limiting.rpm
          {'rate_limiting':{'rpm':'1'}}                 | rate_limiting.rpm
          {'rate_limiting':{'rpm':1.5}}                 | rate_limiting.rpm
          {'rate_limiting':{'enabled':true}}            | rate_limiting.enabled
          {'rate_limiting':5}                           | rate_limiting
          {'budgets':{'period':'monthly'}}              | budgets.limit
          {'budgets':{'limit':'0'}}                     | budgets.limit
          {'budgets':{'limit':0}}                       | budgets.limit
          {'budgets':{'limit':-0.5}}                    | budgets.limit
          {'budgets':{'limit':1e-13}}                   | budgets.limit
          {'budgets':{'limit':1e900}}                   | budgets.limit
          {'budgets':{'limit':true}}                    | budgets.limit
          {'budgets':{'limit':'1','period':'month'}}    | budgets.period
          {'models':{'allowed':[]}}                     | models.allowed
          {'models':{'denied':['a','a']}}               | models.denied[1]
          {'models':['a']}                              | models
          {'routing':'fast'}                            | routing
          {'routing':{'a':{'b':{'c':{'d':{'e':{'f':{'g':{'h':{}}}}}}}}}} | routing
          """)
  void refusesByName(String patch, String field) {
    assertThatThrownBy(() -> document(patch))
        .isInstanceOfSatisfying(
            InvalidInput.class, refused -> assertThat(refused.field()).isEqualTo(field));
  }

  @Test
  void whatIsHandedOnIsBounded() {
    String most = "x".repeat(ConfigDocument.MOST_BYTES - 20);

    assertThat(document("{'routing':{'a':'" + most + "'}}").handedOn()).isNotEmpty();
    assertThatThrownBy(() -> document("{'routing':{'a':'" + most + "','b':'" + most + "'}}"))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("at most 32768 bytes");
  }
}
