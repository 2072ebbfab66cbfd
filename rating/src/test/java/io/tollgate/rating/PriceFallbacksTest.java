package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.schemas.Meter.CACHE_WRITE_1H;
import static io.tollgate.schemas.Meter.CACHE_WRITE_5M;
import static io.tollgate.schemas.Meter.INPUT;
import static io.tollgate.schemas.Meter.OUTPUT;
import static io.tollgate.schemas.Meter.REASONING;
import static io.tollgate.schemas.ServiceTier.BATCH;
import static io.tollgate.schemas.ServiceTier.FLEX;
import static io.tollgate.schemas.ServiceTier.PRIORITY;
import static io.tollgate.schemas.ServiceTier.STANDARD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PriceFallbacksTest {
  private static List<String> resolved(
      Prices prices, Map<Meter, Meter> meters, Map<ServiceTier, ServiceTier> tiers) {
    return new PriceFallbacks(meters, tiers)
        .resolve(prices.rates()).stream().map(PriceFallbacksTest::shown).toList();
  }

  private static String shown(PriceRate rate) {
    return rate.getModel()
        + " "
        + rate.getServiceTier()
        + (rate.getContextOver() == null ? "" : " over " + rate.getContextOver())
        + " "
        + rate.getMeter()
        + " "
        + rate.getRate().stripTrailingZeros().toPlainString();
  }

  @Test
  void aMeterThatIsNamedNowhereGetsTheOthersRateInEveryContextTier() {
    assertThat(
            resolved(
                prices().rate(INPUT, "1").rate(OUTPUT, "2").contextOver(200_000L).rate(OUTPUT, "3"),
                Map.of(REASONING, OUTPUT),
                Map.of()))
        .containsExactly(
            "gpt-4o standard input 1",
            "gpt-4o standard output 2",
            "gpt-4o standard over 200000 output 3",
            "gpt-4o standard reasoning 2",
            "gpt-4o standard over 200000 reasoning 3");
  }

  @Test
  void aMeterWithARateOfItsOwnKeepsIt() {
    assertThat(
            resolved(
                prices()
                    .rate(OUTPUT, "2")
                    .rate(REASONING, "5")
                    .contextOver(200_000L)
                    .rate(OUTPUT, "3"),
                Map.of(REASONING, OUTPUT),
                Map.of()))
        .hasSize(3);
  }

  @Test
  void fallbacksAreFollowedAndMayLeadNowhere() {
    Map<Meter, Meter> chain = Map.of(CACHE_WRITE_1H, CACHE_WRITE_5M, CACHE_WRITE_5M, INPUT);
    assertThat(resolved(prices().rate(INPUT, "1"), chain, Map.of()))
        .containsExactly(
            "gpt-4o standard input 1",
            "gpt-4o standard cache_write_5m 1",
            "gpt-4o standard cache_write_1h 1");
    assertThat(resolved(prices().rate(OUTPUT, "1"), chain, Map.of())).hasSize(1);
  }

  @Test
  void aTierThatAModelDoesNotHaveGetsTheOthersRatesAsAWhole() {
    assertThat(
            resolved(
                prices()
                    .rate(INPUT, "4")
                    .rate(OUTPUT, "8")
                    .serviceTier("batch")
                    .rate(INPUT, "2")
                    .serviceTier("standard")
                    .model("openai", "gpt-5*")
                    .rate(INPUT, "6"),
                Map.of(REASONING, OUTPUT),
                Map.of(FLEX, BATCH, BATCH, STANDARD)))
        .containsExactlyInAnyOrder(
            "gpt-4o standard input 4",
            "gpt-4o standard output 8",
            "gpt-4o standard reasoning 8",
            "gpt-4o batch input 2",
            "gpt-4o flex input 2",
            "gpt-5* standard input 6",
            "gpt-5* batch input 6",
            "gpt-5* flex input 6");
  }

  @Test
  void circlesAreRefused() {
    assertThatThrownBy(
            () -> new PriceFallbacks(Map.of(REASONING, OUTPUT, OUTPUT, REASONING), Map.of()))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("meter_fallbacks"));
    assertThatThrownBy(() -> new PriceFallbacks(Map.of(), Map.of(PRIORITY, PRIORITY)))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("service_tier_fallbacks"));
    assertThatThrownBy(
            () ->
                new PriceFallbacks(
                    Map.of(), Map.of(PRIORITY, FLEX, FLEX, BATCH, BATCH, STANDARD, STANDARD, FLEX)))
        .isInstanceOf(InvalidInput.class);
  }
}
