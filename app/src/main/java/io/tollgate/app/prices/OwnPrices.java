package io.tollgate.app.prices;

import io.tollgate.app.workload.PriceList;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PriceFallbacks;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.avro.PriceRate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The product's own price list as a price version to be. */
public final class OwnPrices {
  private static final PriceFallbacks FALLBACKS =
      new PriceFallbacks(Map.of(Meter.REASONING, Meter.OUTPUT), Map.of());

  private OwnPrices() {}

  public static ImportedPrices of(PriceList list, Instant effectiveFrom) {
    List<PriceRate> rates = list.entries().stream().map(OwnPrices::rate).toList();
    PriceDraft draft = new PriceDraft(rates, List.of(), Optional.empty(), FALLBACKS);
    return new ImportedPrices(List.of(new ImportedPrices.Dated(effectiveFrom, draft)), List.of());
  }

  private static PriceRate rate(PriceList.Entry entry) {
    return new PriceRate(
        entry.provider(),
        entry.model(),
        entry.serviceTier(),
        entry.contextOver().isPresent() ? entry.contextOver().getAsLong() : null,
        entry.meter(),
        new Rate(entry.rate()).value());
  }
}
