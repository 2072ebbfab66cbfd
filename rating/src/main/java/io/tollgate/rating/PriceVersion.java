package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One version of a price book: rate cards that hold from an instant on until a later version's
 * instant. Immutable.
 *
 * <p>A model is found by its own name, else by an alias, else by the most specific pattern; only
 * then its service tier is looked up. A model that is named without a tier has no price in that
 * tier, whatever a pattern that also matches it says.
 */
public final class PriceVersion {
  private final PriceBookId book;
  private final int number;
  private final String currency;
  private final @Nullable OrganizationId organization;
  private final boolean plan;
  private final @Nullable PriceBookId followsPlan;
  private final Instant effectiveFrom;
  private final Instant publishedAt;
  private final Map<String, ModelNames> byProvider;

  private PriceVersion(
      PriceBookId book, int number, PriceVersionClose close, Map<String, ModelNames> byProvider) {
    String forOrganization = close.getOrganizationId();
    String followed = close.getFollowsPlan();
    this.book = book;
    this.number = number;
    this.currency = close.getCurrency();
    this.organization = forOrganization == null ? null : new OrganizationId(forOrganization);
    this.plan = close.getPlan();
    this.followsPlan = followed == null ? null : new PriceBookId(followed);
    this.effectiveFrom = close.getEffectiveFrom();
    this.publishedAt = close.getPublishedAt();
    this.byProvider = byProvider;
  }

  /**
   * Builds a version from its rates.
   *
   * @param number from 1, ascending within the book
   * @param close what the closing record says; count and digest are not looked at
   * @throws InvalidInput if a rate names an unknown meter or service tier, if a rate is given
   *     twice, if an alias leads nowhere or is ambiguous, or if patterns tie
   */
  public static PriceVersion of(
      PriceBookId book,
      int number,
      PriceVersionClose close,
      List<PriceRate> rates,
      List<ModelAlias> aliases) {
    Objects.requireNonNull(book, "book");
    Map<String, Map<String, ModelRates>> models = models(rates);
    Map<String, List<ModelAlias>> aliasesBy = new HashMap<>();
    for (ModelAlias alias : aliases) {
      aliasesBy.computeIfAbsent(alias.getProvider(), p -> new ArrayList<>()).add(alias);
      models.computeIfAbsent(alias.getProvider(), p -> new HashMap<>());
    }
    Map<String, ModelNames> byProvider = new HashMap<>();
    models.forEach(
        (provider, named) ->
            byProvider.put(
                provider, ModelNames.of(named, aliasesBy.getOrDefault(provider, List.of()))));
    return new PriceVersion(book, number, close, byProvider);
  }

  private static Map<String, Map<String, ModelRates>> models(List<PriceRate> rates) {
    Map<String, Map<String, Map<ServiceTier, RateCard.Builder>>> builders = new HashMap<>();
    for (PriceRate rate : rates) {
      ServiceTier tier =
          ServiceTier.find(rate.getServiceTier())
              .orElseThrow(
                  () ->
                      new InvalidInput(
                          "service_tier",
                          rate.getServiceTier(),
                          "must be standard, batch, flex or priority"));
      builders
          .computeIfAbsent(rate.getProvider(), provider -> new HashMap<>())
          .computeIfAbsent(rate.getModel(), model -> new EnumMap<>(ServiceTier.class))
          .computeIfAbsent(tier, t -> new RateCard.Builder())
          .add(rate.getContextOver(), Meter.of(rate.getMeter()), new Rate(rate.getRate()));
    }
    Map<String, Map<String, ModelRates>> models = new HashMap<>();
    builders.forEach(
        (provider, named) -> {
          Map<String, ModelRates> built = new HashMap<>();
          named.forEach(
              (model, byTier) -> {
                Map<ServiceTier, RateCard> cards = new EnumMap<>(ServiceTier.class);
                byTier.forEach((tier, builder) -> cards.put(tier, builder.build()));
                built.put(model, new ModelRates(cards));
              });
          models.put(provider, built);
        });
    return models;
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

  /** Whose override it is; null for a base book or a plan. */
  public @Nullable OrganizationId organization() {
    return organization;
  }

  /** Whether the book is a plan: it prices only for organizations that follow it. */
  public boolean isPlan() {
    return plan;
  }

  /** The plan that prices what this override does not; null for none. */
  public @Nullable PriceBookId followsPlan() {
    return followsPlan;
  }

  /** First event time that it prices. */
  public Instant effectiveFrom() {
    return effectiveFrom;
  }

  public Instant publishedAt() {
    return publishedAt;
  }

  /** Whether the version has rates for a model, in whatever service tier and meter. */
  boolean names(String provider, String model) {
    ModelNames models = byProvider.get(provider);
    return models != null && models.find(model) != null;
  }

  @Nullable RateCard card(MeteredRequest request, ServiceTier tier) {
    ModelNames models = byProvider.get(request.provider());
    ModelRates rates = models == null ? null : models.find(request.model());
    return rates == null ? null : rates.card(tier);
  }

  @Override
  public String toString() {
    return book.value() + "/" + number;
  }
}
