package io.tollgate.governance.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkspaceTermsTest {
  private static ObjectNode json(String text) {
    return StrictJson.read(
        text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), ObjectNode.class);
  }

  @Test
  void aPatchChangesWhatItNamesAndNullRemoves() {
    WorkspaceTerms before =
        WorkspaceTerms.named("Chat")
            .with(
                json(
                    "{'owner':'ada','expected_monthly_spend':'1200.50',"
                        + "'labels':{'product_line':'chat','cost_center':'42'}}"));
    WorkspaceTerms after =
        before.with(json("{'owner':null,'labels':{'cost_center':null,'team':'blue'}}"));

    assertThat(before.expectedMonthlySpend()).isEqualTo("1200.5");
    assertThat(after.name()).isEqualTo("Chat");
    assertThat(after.owner()).isNull();
    assertThat(after.expectedMonthlySpend()).isEqualTo("1200.5");
    assertThat(after.labelsOrNone()).hasToString("{product_line=chat, team=blue}");
    assertThat(after.with(json("{}"))).isEqualTo(after);
  }

  @Test
  void labelsAreBounded() {
    String many =
        IntStream.rangeClosed(0, WorkspaceTerms.MOST_LABELS)
            .mapToObj(i -> "'l" + i + "':'x'")
            .collect(Collectors.joining(",", "{'labels':{", "}}"));

    assertThatThrownBy(() -> WorkspaceTerms.named("x").with(json(many)))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("at most 32");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'name':null}                        | name
          {'name':''}                          | name
          {'colour':'red'}                     | colour
          {'owner':7}                          | owner
          {'labels':'x'}                       | labels
          {'labels':{'Cost':'x'}}              | labels
          {'labels':{'a':''}}                  | labels.a
          {'labels':{'a':1}}                   | labels.a
          {'expected_monthly_spend':'-1'}      | expected_monthly_spend
          {'expected_monthly_spend':12}        | expected_monthly_spend
          {'environment':'a\\u0000b'}          | environment
          """)
  void refusesWrongTermsByName(String patch, String field) {
    assertThatThrownBy(() -> WorkspaceTerms.named("x").with(json(patch)))
        .isInstanceOfSatisfying(
            InvalidInput.class, refused -> assertThat(refused.field()).isEqualTo(field));
  }
}
