package io.tollgate.governance.spending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetEditTest {
  private static final Budget BEFORE =
      Budget.newBuilder()
          .setBudgetId("b")
          .setOrganizationId("acme")
          .setScope(ScopeKind.ORGANIZATION)
          .setName("Monthly")
          .setAmount(new BigDecimal("100.000000000000"))
          .setCurrency("USD")
          .setPeriod("month")
          .setThresholds(List.of(new BigDecimal("0.800000"), new BigDecimal("1.000000")))
          .setHard(false)
          .setAnchorDay(15)
          .setVersion(4)
          .build();

  private static BudgetEdit edit(String json) {
    return StrictJson.read(
        json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), BudgetEdit.class);
  }

  @Test
  void changesWhatIsGivenAndCountsTheVersion() {
    Budget after = edit("{'amount':'250.5','thresholds':['1','0.5'],'hard':true}").applyTo(BEFORE);

    assertThat(after.getAmount()).isEqualByComparingTo("250.5");
    assertThat(after.getThresholds())
        .containsExactly(new BigDecimal("0.500000"), new BigDecimal("1.000000"));
    assertThat(after.getHard()).isTrue();
    assertThat(after.getName()).isEqualTo("Monthly");
    assertThat(after.getAnchorDay()).isEqualTo(15);
    assertThat(after.getVersion()).isEqualTo(5);
  }

  @Test
  void isNoVersionWhereNothingChanges() {
    assertThat(edit("{}").applyTo(BEFORE)).isSameAs(BEFORE);
    assertThat(edit("{'name':'Monthly','amount':'100.0'}").applyTo(BEFORE)).isSameAs(BEFORE);
  }

  @Test
  void beginsAnewWithAnotherPeriod() {
    assertThat(edit("{'period':'week'}").applyTo(BEFORE).getAnchorDay()).isEqualTo(1);
    assertThat(edit("{'period':'week','anchor_day':7}").applyTo(BEFORE).getAnchorDay())
        .isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'anchor_day':32}                    | anchor_day
          {'anchor_day':0}                     | anchor_day
          {'period':'week','anchor_day':8}     | anchor_day
          {'period':'day','anchor_day':1}      | anchor_day
          {'period':'total','anchor_day':1}    | anchor_day
          {'period':'hour'}                    | period
          {'amount':'0'}                       | amount
          {'thresholds':[]}                    | thresholds
          {'name':''}                          | name
          {'currency':'EUR'}                   | currency
          {'subject':'alice'}                  | subject
          """)
  void refusesNamingTheField(String json, String field) {
    assertThatThrownBy(() -> edit(json).applyTo(BEFORE))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
