package io.tollgate.rating;

import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.rating.RatingResult.Unrated;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cost of an event. A pure function of the event and the visible price versions.
 *
 * <p>Price books have three ranks, asked in this order: overrides of the organization, the plans
 * that those follow, base books. The first rank with a rate card for (provider, model, service
 * tier) in the organization's currency decides: of its cards the first that has a rate for every
 * meter with units prices the whole event, and if none has, the event is unrated. No meter, tier or
 * rank stands in for another here: what a book wants to fall back it resolved at publication.
 */
public final class Rating {
  private static final Meter[] METERS = Meter.values();

  private final MeteredRequest request;
  private final PriceBooks prices;
  private final @Nullable ServiceTier tier;
  private final long[] units = new long[METERS.length];

  /** A bit for each meter with units, by its ordinal. */
  private int told;

  private long inputTokens;

  /** The first reason in the rank that is being asked, or in the last that decided. */
  private @Nullable Unrated missing;

  private @Nullable PriceVersion foreign;
  private boolean inEffect;

  private Rating(MeteredRequest request, PriceBooks prices) {
    this.request = request;
    this.prices = prices;
    this.tier = ServiceTier.find(request.serviceTier()).orElse(null);
  }

  /**
   * Prices an event by the visible versions, or says why that cannot be done. Never throws for any
   * valid event.
   */
  public static RatingResult rate(MeteredRequest request, PriceBooks prices) {
    return new Rating(request, prices).rate();
  }

  /**
   * Prices an event again by the version that is recorded to have priced it, whatever has been
   * published since; gives the same charges.
   *
   * @throws IllegalArgumentException if that version does not price it: then it is not the recorded
   *     one
   */
  public static Rated rate(MeteredRequest request, PriceVersion recorded) {
    Rating rating = new Rating(request, PriceBooks.EMPTY);
    RateCard card = rating.tier == null ? null : recorded.card(request, rating.tier);
    Unrated unknown = rating.countUnits();
    Rated rated =
        card == null || unknown != null
            ? null
            : rating.charge(recorded, card.tierFor(rating.inputTokens));
    if (rated == null) {
      throw new IllegalArgumentException(
          "%s is not priced by price version %s".formatted(request.subject(), recorded));
    }
    return rated;
  }

  private RatingResult rate() {
    Unrated unknown = countUnits();
    if (unknown != null) {
      return unknown;
    }
    List<PriceBooks.Book> overrides = prices.overridesOf(request.organization());
    Rated rated = ask(overrides);
    if (rated == null && missing == null && !overrides.isEmpty()) {
      rated = ask(followedPlans(overrides));
    }
    if (rated == null && missing == null) {
      rated = ask(prices.base());
    }
    return rated != null ? rated : unrated();
  }

  private @Nullable Rated ask(List<PriceBooks.Book> books) {
    for (int i = 0; i < books.size(); i++) {
      PriceVersion version = books.get(i).at(request.eventTime());
      if (version == null) {
        continue;
      }
      inEffect = true;
      RateCard card = tier == null ? null : version.card(request, tier);
      if (card == null) {
        continue;
      }
      if (!version.currency().equals(request.currency())) {
        foreign = foreign == null ? version : foreign;
        continue;
      }
      Rated rated = charge(version, card.tierFor(inputTokens));
      if (rated != null) {
        return rated;
      }
    }
    return null;
  }

  private List<PriceBooks.Book> followedPlans(List<PriceBooks.Book> overrides) {
    List<PriceBooks.Book> plans = new ArrayList<>(1);
    for (PriceBooks.Book override : overrides) {
      PriceVersion version = override.at(request.eventTime());
      PriceBookId followed = version == null ? null : version.followsPlan();
      if (followed == null) {
        continue;
      }
      PriceBooks.Book plan = prices.plan(followed.value());
      if (plan == null || plan.at(request.eventTime()) == null) {
        // Pricing by the base instead would depend on which records an instance has seen.
        missing =
            new Unrated(
                UnratedReason.NO_PRICE_BOOK,
                "price version %s follows plan %s, which has no version in effect at %s"
                    .formatted(version, followed.value(), request.eventTime()));
        return List.of();
      }
      plans.add(plan);
    }
    return plans;
  }

  /** Null unless there are units of something that is no meter, which no version can price. */
  private @Nullable Unrated countUnits() {
    for (Map.Entry<String, Long> unit : request.units().entrySet()) {
      long count = unit.getValue();
      Meter meter = Meter.find(unit.getKey()).orElse(null);
      if (meter == null) {
        if (count != 0) {
          return new Unrated(
              UnratedReason.NO_RATE,
              "%d units of %s, which is no meter".formatted(count, unit.getKey()));
        }
        continue;
      }
      units[meter.ordinal()] = count;
      told |= count == 0 ? 0 : 1 << meter.ordinal();
      if (meter.side() == Meter.Side.INPUT_TOKENS) {
        inputTokens += count;
      }
    }
    return null;
  }

  private @Nullable Rated charge(PriceVersion version, RateCard.@Nullable Tier rates) {
    List<Charge> charges = new ArrayList<>(4);
    Money cost = Money.ZERO;
    for (int rest = told; rest != 0; rest &= rest - 1) {
      int i = Integer.numberOfTrailingZeros(rest);
      Meter meter = METERS[i];
      Rate rate = rates == null ? null : rates.rate(meter);
      if (rate != null) {
        Charge charge = Charge.of(meter, units[i], rate);
        charges.add(charge);
        cost = charges.size() == 1 ? charge.cost() : cost.plus(charge.cost());
      } else if (meter != Meter.REQUEST) {
        if (missing == null) {
          missing = noRate(meter, units[i], version);
        }
        return null;
      }
    }
    return new Rated(
        charges,
        cost,
        version.currency(),
        version.book(),
        version.number(),
        rates == null ? null : rates.over());
  }

  private Unrated noRate(Meter meter, long count, PriceVersion version) {
    return new Unrated(
        UnratedReason.NO_RATE,
        "%d units of meter %s, but %s has no rate for it in price version %s"
            .formatted(count, meter, request.subject(), version));
  }

  private Unrated unrated() {
    if (missing != null) {
      return missing;
    }
    if (foreign != null) {
      return new Unrated(
          UnratedReason.CURRENCY_MISMATCH,
          "%s has a rate card only in %s (price version %s), the organization's currency is %s"
              .formatted(request.subject(), foreign.currency(), foreign, request.currency()));
    }
    if (inEffect) {
      return new Unrated(
          UnratedReason.NO_RATE,
          "no price version in effect at %s has a rate card for %s"
              .formatted(request.eventTime(), request.subject()));
    }
    return new Unrated(
        UnratedReason.NO_PRICE_BOOK,
        "no price version is in effect for organization %s at %s"
            .formatted(request.organization(), request.eventTime()));
  }
}
