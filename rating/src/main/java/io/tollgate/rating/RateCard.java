package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rates of one model in one service tier: a base tier and any number of context tiers.
 *
 * <p>A request whose input side has strictly more tokens than a context tier names is priced by
 * that tier as a whole; of several the highest applies. A meter that the tier does not name keeps
 * the rate of the next tier below it, so that a book says only what the tier changes. A meter that
 * no tier names has no rate.
 */
final class RateCard {
  private static final int METERS = Meter.values().length;

  /** Ascending; the base tier first, where there is one. */
  private final Tier[] tiers;

  private RateCard(Tier[] tiers) {
    this.tiers = tiers;
  }

  /**
   * The tier for a request with that many input-side tokens; null if the card has only tiers above
   * it.
   */
  @Nullable Tier tierFor(long inputTokens) {
    for (int i = tiers.length - 1; i >= 0; i--) {
      if (tiers[i].covers(inputTokens)) {
        return tiers[i];
      }
    }
    return null;
  }

  /** One context tier with every rate that holds in it. */
  static final class Tier {
    private final @Nullable Long over;
    private final @Nullable Rate[] rates;

    private Tier(@Nullable Long over, @Nullable Rate[] rates) {
      this.over = over;
      this.rates = rates;
    }

    /** Null for the base tier. */
    @Nullable Long over() {
      return over;
    }

    @Nullable Rate rate(Meter meter) {
      return rates[meter.ordinal()];
    }

    private boolean covers(long inputTokens) {
      return over == null || inputTokens > over;
    }
  }

  /** Collects the rates of one card. */
  static final class Builder {
    /** A number below every context tier stands for the base tier. */
    private static final long BASE = -1;

    private final SortedMap<Long, @Nullable Rate[]> tiers = new TreeMap<>();

    /**
     * Adds one rate.
     *
     * @throws InvalidInput if the tier is negative or already has a rate for the meter
     */
    Builder add(@Nullable Long contextOver, Meter meter, Rate rate) {
      if (contextOver != null && contextOver < 0) {
        throw new InvalidInput("context_over", contextOver.toString(), "must not be negative");
      }
      @Nullable Rate[] rates =
          tiers.computeIfAbsent(contextOver == null ? BASE : contextOver, tier -> new Rate[METERS]);
      if (rates[meter.ordinal()] != null) {
        throw new InvalidInput(
            "meter",
            meter.wireName(),
            "must have one rate per model, service tier and context tier");
      }
      rates[meter.ordinal()] = rate;
      return this;
    }

    RateCard build() {
      Tier[] built = new Tier[tiers.size()];
      @Nullable Rate[] below = new Rate[METERS];
      int i = 0;
      for (Map.Entry<Long, @Nullable Rate[]> tier : tiers.entrySet()) {
        @Nullable Rate[] rates = tier.getValue().clone();
        for (int meter = 0; meter < METERS; meter++) {
          if (rates[meter] == null) {
            rates[meter] = below[meter];
          }
        }
        built[i++] = new Tier(tier.getKey() == BASE ? null : tier.getKey(), rates);
        below = rates;
      }
      return new RateCard(built);
    }
  }
}
