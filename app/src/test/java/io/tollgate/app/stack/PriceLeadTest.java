package io.tollgate.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceLeadTest {
  @Test
  void isFiveMinutesUnlessTold() {
    assertThat(PriceLead.of(Map.of())).isEqualTo(Duration.ofMinutes(5));
    assertThat(PriceLead.of(Map.of(PriceLead.SECONDS, "60"))).isEqualTo(Duration.ofMinutes(1));
    assertThat(PriceLead.of(Map.of(PriceLead.SECONDS, "86400"))).isEqualTo(Duration.ofDays(1));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, must be a whole number",
    "5 min, must be a whole number",
    "86401, must be at most 86400",
    "59, must be at least 60",
    "0, TOLLGATE_PRICE_LEAD_SHORT=true allows less"
  })
  void whatCannotBeMeantIsRefused(String seconds, String rule) {
    assertThatThrownBy(() -> PriceLead.of(Map.of(PriceLead.SECONDS, seconds)))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining(PriceLead.SECONDS + " = " + seconds)
        .hasMessageContaining(rule);
  }

  @Test
  void lessThanAMinuteIsForThoseWhoSaySo() {
    assertThat(PriceLead.of(Map.of(PriceLead.SECONDS, "2", PriceLead.SHORT, "true")))
        .isEqualTo(Duration.ofSeconds(2));
    assertThatThrownBy(() -> PriceLead.of(Map.of(PriceLead.SECONDS, "2", PriceLead.SHORT, "1")))
        .isInstanceOf(InvalidInput.class);
  }
}
