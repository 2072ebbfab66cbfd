package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One version of a price book: rate cards that hold from an instant on until a later version's
 * instant. Immutable.
 */
public final class PriceVersion {
  private final PriceBookId book;
  private final int number;
  private final String currency;
  private final @Nullable OrganizationId organization;
  private final Instant effectiveFrom;
  private final Map<RateCard.Name, RateCard> cards;

  private PriceVersion(
      PriceBookId book,
      int number,
      String currency,
      @Nullable OrganizationId organization,
      Instant effectiveFrom,
      Map<RateCard.Name, RateCard> cards) {
    this.book = book;
    this.number = number;
    this.currency = currency;
    this.organization = organization;
    this.effectiveFrom = effectiveFrom;
    this.cards = cards;
  }

  /**
   * Builds a version from its rates.
   *
   * @param number from 1, ascending within the book
   * @param currency ISO 4217
   * @param organization whose override it is; null for a base book
   * @param effectiveFrom first event time that it prices
   * @throws InvalidInput if a rate names an unknown meter or service tier, or one rate is given
   *     twice
   */
  public static PriceVersion of(
      PriceBookId book,
      int number,
      String currency,
      @Nullable OrganizationId organization,
      Instant effectiveFrom,
      List<PriceRate> rates) {
    Objects.requireNonNull(book, "book");
    Objects.requireNonNull(currency, "currency");
    Objects.requireNonNull(effectiveFrom, "effectiveFrom");
    Map<RateCard.Name, RateCard.Builder> builders = new HashMap<>();
    for (PriceRate rate : rates) {
      if (ServiceTier.find(rate.getServiceTier()).isEmpty()) {
        throw new InvalidInput(
            "service_tier", rate.getServiceTier(), "must be standard, batch, flex or priority");
      }
      builders
          .computeIfAbsent(
              new RateCard.Name(rate.getProvider(), rate.getModel(), rate.getServiceTier()),
              name -> new RateCard.Builder())
          .add(rate.getContextOver(), Meter.of(rate.getMeter()), new Rate(rate.getRate()));
    }
    Map<RateCard.Name, RateCard> cards = new HashMap<>();
    builders.forEach((name, builder) -> cards.put(name, builder.build()));
    return new PriceVersion(book, number, currency, organization, effectiveFrom, Map.copyOf(cards));
  }

  public PriceBookId book() {
    return book;
  }

  public int number() {
    return number;
  }

  public String currency() {
    return currency;
  }

  /** Whose override it is; null for a base book. */
  public @Nullable OrganizationId organization() {
    return organization;
  }

  public Instant effectiveFrom() {
    return effectiveFrom;
  }

  @Nullable RateCard card(RateCard.Name name) {
    return cards.get(name);
  }

  @Override
  public String toString() {
    return book.value() + "/" + number;
  }
}
