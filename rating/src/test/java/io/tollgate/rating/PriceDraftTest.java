package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.schemas.Meter.INPUT;
import static io.tollgate.schemas.Meter.OUTPUT;
import static io.tollgate.schemas.Meter.REASONING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceDraftTest {
  private static final Prices BASE =
      prices()
          .rate(INPUT, "2.5")
          .rate(OUTPUT, "10")
          .contextOver(200_000L)
          .rate(OUTPUT, "15")
          .serviceTier("batch")
          .model("openai", "gpt-4o")
          .rate(INPUT, "1.25")
          .serviceTier("standard")
          .model("anthropic", "claude-sonnet*")
          .rate(INPUT, "3")
          .alias("sonnet", "claude-sonnet*");

  private static Adjustment all(String percent) {
    return adjustment(null, null, null, null, percent);
  }

  private static Adjustment adjustment(
      @Nullable String provider,
      @Nullable String model,
      @Nullable ServiceTier tier,
      @Nullable Meter meter,
      String percent) {
    return new Adjustment(provider, model, tier, meter, new BigDecimal(percent));
  }

  private static PriceDraft derived(Prices own, Prices source, Adjustment... adjustments) {
    return new PriceDraft(
        own.rates(),
        own.aliases(),
        Optional.of(new PriceDraft.Source(source.rates(), source.aliases(), List.of(adjustments))),
        PriceFallbacks.NONE);
  }

  private static List<String> rates(PriceDraft draft) {
    return draft.resolve().rates().stream()
        .map(
            rate ->
                rate.getModel()
                    + " "
                    + rate.getServiceTier()
                    + (rate.getContextOver() == null ? "" : " over " + rate.getContextOver())
                    + " "
                    + rate.getMeter()
                    + " "
                    + new Rate(rate.getRate()))
        .toList();
  }

  @Test
  void aMarkUpOnEverythingIsExact() {
    assertThat(rates(derived(prices(), BASE, all("12.5"))))
        .containsExactly(
            "gpt-4o standard input 2.812500",
            "gpt-4o standard output 11.250000",
            "gpt-4o standard over 200000 output 16.875000",
            "gpt-4o batch input 1.406250",
            "claude-sonnet* standard input 3.375000");
    assertThat(derived(prices(), BASE, all("12.5")).resolve().aliases()).isEqualTo(BASE.aliases());
  }

  @Test
  void theFirstAdjustmentThatNamesARateApplies() {
    assertThat(
            rates(
                derived(
                    prices(),
                    BASE,
                    adjustment(null, "gpt-*", ServiceTier.BATCH, null, "-100"),
                    adjustment(null, "gpt-*", null, OUTPUT, "-50"),
                    adjustment("openai", null, null, null, "-10"))))
        .containsExactly(
            "gpt-4o standard input 2.250000",
            "gpt-4o standard output 5.000000",
            "gpt-4o standard over 200000 output 7.500000",
            "gpt-4o batch input 0.000000",
            "claude-sonnet* standard input 3.000000");
  }

  @Test
  void aRateOfItsOwnStandsInForTheDerivedOneAndNewOnesAreAdded() {
    Prices own =
        prices()
            .contextOver(200_000L)
            .rate(OUTPUT, "12")
            .model("openai", "gpt-9")
            .rate(INPUT, "1")
            .model("anthropic", "claude-9")
            .rate(INPUT, "9")
            .alias("sonnet", "claude-9");
    PriceDraft draft = derived(own, BASE, all("0"));
    assertThat(rates(draft))
        .containsExactly(
            "gpt-4o standard input 2.500000",
            "gpt-4o standard output 10.000000",
            "gpt-4o batch input 1.250000",
            "claude-sonnet* standard input 3.000000",
            "gpt-4o standard over 200000 output 12.000000",
            "gpt-9 standard input 1.000000",
            "claude-9 standard input 9.000000");
    assertThat(draft.resolve().aliases()).isEqualTo(own.aliases());
  }

  @Test
  void whatWouldNeedMoreThanSixDecimalsIsRefusedWithTheRateAndTheExactValue() {
    Prices fine = prices().rate(INPUT, "0.072502").rate(OUTPUT, "3").rate(REASONING, "0.000001");
    assertThatThrownBy(() -> derived(prices(), fine, all("-3.33")).resolve())
        .isInstanceOfSatisfying(
            InvalidInput.class,
            e -> {
              assertThat(e.field()).isEqualTo("derived_from.adjustments[0].percent");
              assertThat(e.value()).isEqualTo("-3.33");
              assertThat(e.rule())
                  .contains("openai/gpt-4o (standard) input")
                  .contains("0.072502 × 0.9667 = 0.0700876834")
                  .contains("so do 1 more");
            });
  }

  @Test
  void aRateThatIsGivenItselfNeedsNoExactAdjustment() {
    Prices fine = prices().rate(INPUT, "0.000001").rate(OUTPUT, "3");
    assertThat(rates(derived(prices().rate(INPUT, "0.000002"), fine, all("50"))))
        .containsExactly("gpt-4o standard output 4.500000", "gpt-4o standard input 0.000002");
  }

  @Test
  void anAdjustmentThatNamesNothingIsRefused() {
    assertThatThrownBy(
            () ->
                derived(prices(), BASE, all("1"), adjustment("openai", null, null, null, "2"))
                    .resolve())
        .isInstanceOfSatisfying(
            InvalidInput.class,
            e -> assertThat(e.field()).isEqualTo("derived_from.adjustments[1].percent"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-100.0001", "-101", "100000.5", "0.00001"})
  void percentsHaveBounds(String percent) {
    assertThatThrownBy(() -> all(percent)).isInstanceOf(InvalidInput.class);
  }

  @ParameterizedTest
  @CsvSource({"1, 0.000001", "-1, 0.0001", "0.01, 0.01"})
  void aRateGivenTwiceIsRefused(String percent, String rate) {
    assertThatThrownBy(
            () ->
                derived(prices().rate(INPUT, rate).rate(INPUT, rate), BASE, all(percent)).resolve())
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("rates"));
  }

  @Test
  void whatFallsBackFallsBackOnAdjustedRates() {
    PriceDraft draft =
        new PriceDraft(
            List.of(),
            List.of(),
            Optional.of(new PriceDraft.Source(BASE.rates(), BASE.aliases(), List.of(all("10")))),
            new PriceFallbacks(Map.of(REASONING, OUTPUT), Map.of()));
    assertThat(rates(draft))
        .contains(
            "gpt-4o standard reasoning 11.000000",
            "gpt-4o standard over 200000 reasoning 16.500000");
  }

  @Test
  void adjustedRatesAreExactOrRefused() {
    Random random = new Random(3);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      BigDecimal rate = BigDecimal.valueOf(random.nextLong(100_000_000), 6);
      BigDecimal percent = BigDecimal.valueOf(random.nextLong(-10_000, 50_000), 2);
      Prices source = prices().rate(INPUT, rate.toPlainString());
      try {
        PriceRate found =
            derived(prices(), source, all(percent.toPlainString())).resolve().rates().getFirst();
        // rate × (100 + percent) = found × 100, without a division.
        assertThat(rate.multiply(percent.add(BigDecimal.valueOf(100))))
            .isEqualByComparingTo(found.getRate().movePointRight(2));
      } catch (InvalidInput e) {
        refused++;
        assertThat(e.rule()).contains("more than 6 decimals");
      }
    }
    assertThat(refused).isBetween(1, 1_999);
  }
}
