package io.tollgate.app.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.app.prices.OwnPrices;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PricePages;
import io.tollgate.rating.PriceVersion;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PriceListTest {
  private static final PriceList PRICES = PriceList.bundled();

  @Test
  void everyEntryIsARateOfAMeterWithSourceAndDate() {
    assertThat(PRICES.models()).hasSizeGreaterThan(80);
    assertThat(PRICES.entries())
        .allSatisfy(
            entry -> {
              assertThat(Meter.find(entry.meter())).isPresent();
              assertThat(new Rate(entry.rate()).value()).isNotNegative();
            });
    assertThat(PRICES.models())
        .allSatisfy(
            model -> {
              assertThat(model.source()).isNotBlank();
              assertThat(LocalDate.parse(model.asOf())).isAfter("2026-01-01");
            });
  }

  @Test
  void hasTheLargeProvidersAndTheirServiceTiers() {
    assertThat(PRICES.models())
        .extracting(PriceList.PricedModel::provider)
        .contains(
            "openai",
            "anthropic",
            "google",
            "mistral",
            "deepseek",
            "xai",
            "groq",
            "together",
            "cerebras",
            "bedrock",
            "cohere");
    assertThat(PRICES.entries())
        .extracting(PriceList.Entry::serviceTier)
        .contains("standard", "batch", "flex", "priority");
    assertThat(PRICES.entries())
        .extracting(PriceList.Entry::meter)
        .contains("cache_write_5m", "cache_write_1h", "web_search", "input_audio");
  }

  @Test
  void aPriceVersionCanBeMadeOfIt() {
    PriceDraft.Resolved resolved =
        OwnPrices.of(PRICES, PRICES.effectiveFrom()).versions().getFirst().draft().resolve();
    PriceVersionClose close =
        PricePages.base(PRICES.currency(), PRICES.effectiveFrom(), PRICES.effectiveFrom());

    assertThat(
            PriceVersion.of(
                    new PriceBookId(PRICES.id()), 1, close, resolved.rates(), resolved.aliases())
                .number())
        .isEqualTo(1);
  }

  @Test
  void everyModelOfTheTenantsHasAPrice() {
    Map<PriceList.ModelName, PriceList.PricedModel> byName = PRICES.byName();

    assertThat(TenantPlan.bundled().organizations())
        .allSatisfy(
            organization ->
                assertThat(organization.workspaces())
                    .allSatisfy(
                        workspace ->
                            assertThat(workspace.models())
                                .allSatisfy(
                                    model ->
                                        assertThat(byName)
                                            .containsKey(
                                                new PriceList.ModelName(
                                                    model.provider(), model.model())))));
  }

  @Test
  void costsAreExactAndATierPricesTheWholeRequestStrictlyAboveItsLimit() {
    PriceList.PricedModel model = PRICES.byName().get(new PriceList.ModelName("openai", "gpt-5.4"));

    assertThat(model.cost(Map.of("input", 1L))).isEqualByComparingTo("0.0000025");
    assertThat(model.cost(Map.of("input", 272_000L, "output", 1L)))
        .isEqualByComparingTo("0.680015");
    assertThat(model.cost(Map.of("input", 272_000L, "cache_read", 1L, "output", 1L)))
        .isEqualByComparingTo("1.360023");
    assertThat(model.cost(Map.of())).isEqualByComparingTo("0");
    assertThatThrownBy(() -> model.cost(Map.of("web_search", 1L)))
        .hasMessageContaining("web_search");
  }
}
