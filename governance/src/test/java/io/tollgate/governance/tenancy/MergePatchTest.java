package io.tollgate.governance.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.http.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {
  private static ObjectNode json(String text) {
    return StrictJson.read(
        text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), ObjectNode.class);
  }

  /** The examples of RFC 7396, appendix A, whose target and patch are objects. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':'b'}           | {'a':'c'}                    | {'a':'c'}
          {'a':'b'}           | {'b':'c'}                    | {'a':'b','b':'c'}
          {'a':'b'}           | {'a':null}                   | {}
          {'a':'b','b':'c'}   | {'a':null}                   | {'b':'c'}
          {'a':['b']}         | {'a':'c'}                    | {'a':'c'}
          {'a':'c'}           | {'a':['b']}                  | {'a':['b']}
          {'a':{'b':'c'}}     | {'a':{'b':'d','c':null}}     | {'a':{'b':'d'}}
          {'a':[{'b':'c'}]}   | {'a':[1]}                    | {'a':[1]}
          {'e':null}          | {'a':1}                      | {'e':null,'a':1}
          {}                  | {'a':{'bb':{'ccc':null}}}    | {'a':{'bb':{}}}
          {'a':'foo'}         | {'a':{'b':1}}                | {'a':{'b':1}}
          {'a':[1,2]}         | {'a':{'b':null}}             | {'a':{}}
          """)
  void doesWhatTheRfcShows(String target, String patch, String result) {
    ObjectNode before = json(target);
    ObjectNode merged = MergePatch.apply(before, json(patch));

    assertThat(merged).isEqualTo(json(result));
    assertThat(before).as("the target is not changed").isEqualTo(json(target));
  }
}
