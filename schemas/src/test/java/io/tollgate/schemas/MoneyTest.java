package io.tollgate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
  @Test
  void hasTwelveDecimals() {
    assertThat(Money.parse("1.5")).hasToString("1.500000000000");
    assertThat(Money.parse("-0.000000000001").plus(Money.parse("0.000000000001")))
        .isEqualTo(Money.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 1", "1e3", "+1", "1.", ".5", "1,0", "NaN", "--1", "1.2.3", "0x10"})
  void refusesWhatIsNotPlainDecimalText(String text) {
    assertThatThrownBy(() -> Money.parse(text))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("amount");
  }

  @Test
  void refusesWhatItCannotHold() {
    assertThatThrownBy(() -> Money.parse("0.0000000000001"))
        .hasMessageContaining("at most 12 decimals");
    assertThatThrownBy(() -> Money.parse("1" + "0".repeat(26)))
        .hasMessageContaining("at most 38 digits");
    assertThat(Money.parse("9".repeat(26) + "." + "9".repeat(12)).value().precision())
        .isEqualTo(38);
  }

  @ParameterizedTest
  @CsvSource({
    "3, 1, 0.000003000000",
    "0.000001, 1, 0.000000000001",
    "2.5, 374, 0.000935000000",
    "999999999999.999999, 1000000000000, 999999999999999999.000000000000",
    "0, 5, 0.000000000000"
  })
  void aRateTimesUnitsIsExact(String rate, long units, String cost) {
    // The large case: 999999999999.999999 * 10^12 / 10^6 = 999999999999999999
    assertThat(Rate.parse(rate).cost(units)).isEqualTo(Money.parse(cost));
  }

  @Test
  void anySplitOfUnitsCostsTheSame() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      Rate rate = new Rate(BigDecimal.valueOf(random.nextLong(1_000_000_000L), 6));
      long units = random.nextLong(1, UsageEventRules.MOST_UNITS);
      long first = random.nextLong(units);
      assertThat(rate.cost(first).plus(rate.cost(units - first)))
          .as("seed " + seed)
          .isEqualTo(rate.cost(units));
    }
  }

  @Test
  void refusesRatesBeyondSixDecimalsOrBelowZero() {
    assertThatThrownBy(() -> Rate.parse("0.0000001")).hasMessageContaining("at most 6 decimals");
    assertThatThrownBy(() -> Rate.parse("-1")).hasMessageContaining("must not be negative");
    assertThatThrownBy(() -> Rate.parse("1000000000000")).hasMessageContaining("below 10^12");
  }
}
