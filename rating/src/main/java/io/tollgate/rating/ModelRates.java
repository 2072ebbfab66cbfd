package io.tollgate.rating;

import io.tollgate.schemas.ServiceTier;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rate cards of one model in one price version, by service tier. A service tier without a card
 * has no price: what falls back to another tier was given its own card at publication.
 */
final class ModelRates {
  /** Stands for "no model matches" where null cannot be kept. */
  static final ModelRates NONE = new ModelRates(Map.of());

  private final @Nullable RateCard[] cards = new RateCard[ServiceTier.values().length];

  ModelRates(Map<ServiceTier, RateCard> byTier) {
    byTier.forEach((tier, card) -> cards[tier.ordinal()] = card);
  }

  @Nullable RateCard card(ServiceTier tier) {
    return cards[tier.ordinal()];
  }
}
