package io.tollgate.app.prices;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rates of one model while a file is read. A meter of which not every context tier could be
 * taken over is blocked in its service tier: without the missing tier long requests would be priced
 * by the rate of short ones. Without any rate they are unrated, which somebody sees.
 */
final class ModelCards {
  /** Below every context tier. */
  private static final long BASE = 0;

  private record Place(ServiceTier tier, Meter meter) {}

  private final Map<ServiceTier, Map<Meter, Map<Long, Rate>>> cards =
      new EnumMap<>(ServiceTier.class);
  private final Set<Place> blocked = new java.util.HashSet<>();

  void put(ServiceTier tier, @Nullable Long contextOver, Meter meter, Rate rate) {
    cards
        .computeIfAbsent(tier, t -> new EnumMap<>(Meter.class))
        .computeIfAbsent(meter, m -> new TreeMap<>())
        .put(contextOver == null ? BASE : contextOver, rate);
  }

  @Nullable Rate base(ServiceTier tier, Meter meter) {
    return cards.getOrDefault(tier, Map.of()).getOrDefault(meter, Map.of()).get(BASE);
  }

  void block(ServiceTier tier, Meter meter) {
    blocked.add(new Place(tier, meter));
  }

  /**
   * Whether there are prices, and all of them are zero: free, or not known; the file does not say.
   */
  boolean isAllZero() {
    return !cards.isEmpty()
        && cards.values().stream()
            .flatMap(card -> card.values().stream())
            .flatMap(byTier -> byTier.values().stream())
            .allMatch(rate -> rate.value().signum() == 0);
  }

  /** Meters that have context tiers in the standard service tier, and none in this one. */
  Set<Meter> withoutTiersOfStandard(ServiceTier tier) {
    Set<Meter> without = EnumSet.noneOf(Meter.class);
    if (tier != ServiceTier.STANDARD) {
      cards
          .getOrDefault(tier, Map.of())
          .forEach(
              (meter, byTier) -> {
                if (byTier.size() == 1
                    && cards
                            .getOrDefault(ServiceTier.STANDARD, Map.of())
                            .getOrDefault(meter, Map.of())
                            .size()
                        > 1) {
                  without.add(meter);
                }
              });
    }
    return without;
  }

  /** In the order of service tier, meter and context tier. */
  List<PriceRate> rates(String provider, String model) {
    List<PriceRate> rates = new ArrayList<>();
    cards.forEach(
        (tier, card) ->
            card.forEach(
                (meter, byTier) -> {
                  if (blocked.contains(new Place(tier, meter))) {
                    return;
                  }
                  byTier.forEach(
                      (over, rate) ->
                          rates.add(
                              new PriceRate(
                                  provider,
                                  model,
                                  tier.wireName(),
                                  over == BASE ? null : over,
                                  meter.wireName(),
                                  rate.value())));
                }));
    return rates;
  }
}
