package io.tollgate.governance.spending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.StrictJson;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTermsTest {
  private static BudgetTerms budget(
      String amount, String period, @Nullable List<String> thresholds) {
    return new BudgetTerms(
        null, "Budget", amount, period, thresholds, null, null, null, null, null);
  }

  @Test
  void fillsInWhatIsLeftOut() {
    BudgetTerms budget = budget("100", "month", null);

    assertThat(budget.fractions())
        .containsExactly(new BigDecimal("0.800000"), new BigDecimal("1.000000"));
    assertThat(budget.isHard()).isFalse();
    assertThat(budget.money()).hasToString("100.000000000000");
  }

  @Test
  void putsThresholdsInOrder() {
    assertThat(budget("1", "total", List.of("1", "0.5", "0.000001")).fractions())
        .containsExactly(
            new BigDecimal("0.000001"), new BigDecimal("0.500000"), new BigDecimal("1.000000"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1e3", "1,5", "", "0.0000000000001", "NaN"})
  void refusesAmounts(String amount) {
    assertThatThrownBy(() -> budget(amount, "month", null))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("amount"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Month", "hour", "monthly"})
  void refusesPeriods(String period) {
    assertThatThrownBy(() -> budget("1", period, null))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("day, week, month, quarter, year, total");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0.5", "80%", "1000", "0.0000001", "0.5,0.50"})
  void refusesThresholds(String thresholds) {
    assertThatThrownBy(() -> budget("1", "month", List.of(thresholds.split(","))))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("thresholds[");
  }

  @Test
  void boundsHowManyThresholdsThereAre() {
    assertThatThrownBy(() -> budget("1", "month", List.of())).isInstanceOf(InvalidInput.class);
    List<String> eleven = List.of("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
    assertThatThrownBy(() -> budget("1", "month", eleven)).isInstanceOf(InvalidInput.class);
  }

  private static BudgetTerms json(String json) {
    return StrictJson.read(
        ("{'name':'b','amount':'1'," + json + "}")
            .replace('\'', '"')
            .getBytes(StandardCharsets.UTF_8),
        BudgetTerms.class);
  }

  @Test
  void mayBeOnAUserModelOrFeature() {
    BudgetTerms budget = json("'period':'year','subject_kind':'feature','subject':'chat'");

    assertThat(budget.kind()).isEqualTo(SubjectKind.FEATURE);
    assertThat(budget.anchor()).isEqualTo(1);
    assertThat(json("'period':'quarter','anchor_day':31").anchor()).isEqualTo(31);
    assertThat(json("'period':'day'").kind()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'period':'day','subject_kind':'team','subject':'x' | subject_kind
          'period':'day','subject_kind':'user'               | subject
          'period':'day','subject':'x'                       | subject_kind
          'period':'day','subject_kind':'user','subject':''  | subject
          'period':'week','anchor_day':8                     | anchor_day
          'period':'month','anchor_day':0                    | anchor_day
          'period':'day','anchor_day':1                      | anchor_day
          """)
  void refusesSubjectsAndAnchorsNamingTheField(String json, String field) {
    assertThatThrownBy(() -> json(json))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo(field));
  }
}
