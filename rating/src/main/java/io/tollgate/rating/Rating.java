package io.tollgate.rating;

import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.rating.RatingResult.Unrated;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cost of an event. A pure function of the event and the visible price versions.
 *
 * <p>Books are asked in the order of precedence, an organization's override before the base; the
 * first whose version at event time has a rate card for (provider, model, service tier) in the
 * organization's currency prices the whole event. Within the card every meter with units needs a
 * rate. There is no fallback from one meter to another, such as from reasoning to output: a book
 * that wants one publishes the rate under both names.
 */
public final class Rating {
  private static final Meter[] METERS = Meter.values();

  private Rating() {}

  /**
   * Prices an event by the visible versions, or says why that cannot be done. Never throws for any
   * valid event.
   */
  public static RatingResult rate(MeteredRequest request, PriceBooks prices) {
    List<PriceVersion> versions = prices.inEffect(request.organization(), request.eventTime());
    if (versions.isEmpty()) {
      return new Unrated(
          UnratedReason.NO_PRICE_BOOK,
          "no price version is in effect for organization %s at %s"
              .formatted(request.organization(), request.eventTime()));
    }
    RateCard.Name name =
        new RateCard.Name(request.provider(), request.model(), request.serviceTier());
    PriceVersion foreign = null;
    for (PriceVersion version : versions) {
      RateCard card = version.card(name);
      if (card == null) {
        continue;
      }
      if (version.currency().equals(request.currency())) {
        return rate(request, name, version, card);
      }
      if (foreign == null) {
        foreign = version;
      }
    }
    if (foreign != null) {
      return new Unrated(
          UnratedReason.CURRENCY_MISMATCH,
          "%s has a rate card only in %s (price version %s), the organization's currency is %s"
              .formatted(name, foreign.currency(), foreign, request.currency()));
    }
    return new Unrated(
        UnratedReason.NO_RATE,
        "no rate card for %s in price versions %s".formatted(name, versions));
  }

  private static RatingResult rate(
      MeteredRequest request, RateCard.Name name, PriceVersion version, RateCard card) {
    long[] units = new long[METERS.length];
    long inputTokens = 0;
    for (Map.Entry<String, Long> unit : request.units().entrySet()) {
      Meter meter = Meter.find(unit.getKey()).orElse(null);
      long count = unit.getValue();
      if (meter == null) {
        if (count != 0) {
          return noRate(unit.getKey(), count, name, version);
        }
        continue;
      }
      units[meter.ordinal()] = count;
      if (meter.side() == Meter.Side.INPUT_TOKENS) {
        inputTokens += count;
      }
    }
    RateCard.Tier tier = card.tierFor(inputTokens);
    List<Charge> charges = new ArrayList<>(4);
    Money cost = Money.ZERO;
    for (int i = 0; i < units.length; i++) {
      if (units[i] == 0) {
        continue;
      }
      Meter meter = METERS[i];
      Rate rate = tier == null ? null : tier.rate(meter);
      if (rate == null) {
        if (meter == Meter.REQUEST) {
          continue;
        }
        return noRate(meter.wireName(), units[i], name, version);
      }
      Charge charge = Charge.of(meter, units[i], rate);
      charges.add(charge);
      cost = cost.plus(charge.cost());
    }
    @Nullable Long contextOver = tier == null ? null : tier.over();
    return new Rated(
        charges, cost, version.currency(), version.book(), version.number(), contextOver);
  }

  private static Unrated noRate(
      String meter, long units, RateCard.Name name, PriceVersion version) {
    return new Unrated(
        UnratedReason.NO_RATE,
        "%d units of meter %s, but %s has no rate for it in price version %s"
            .formatted(units, meter, name, version));
  }
}
