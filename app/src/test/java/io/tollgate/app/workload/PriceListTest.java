package io.tollgate.app.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PriceListTest {
  private static final PriceList PRICES = PriceList.bundled();

  @Test
  void everyEntryIsARateOfAMeterWithSourceAndDate() {
    assertThat(PRICES.models()).hasSizeBetween(12, 20);
    assertThat(PRICES.entries())
        .allSatisfy(
            entry -> {
              assertThat(Meter.find(entry.meter())).isPresent();
              assertThat(new Rate(entry.rate()).value()).isPositive();
            });
    assertThat(PRICES.models())
        .allSatisfy(
            model -> {
              assertThat(model.source()).isNotBlank();
              assertThat(LocalDate.parse(model.asOf())).isAfter("2026-01-01");
            });
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
