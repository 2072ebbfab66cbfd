package io.tollgate.governance.prices;

import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.rating.Adjustment;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PriceFallbacks;
import io.tollgate.schemas.Decimals;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceAdjustment;
import io.tollgate.schemas.avro.PriceDerivation;
import io.tollgate.schemas.avro.PriceRate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a new price version is made of, as asked for. {@link PricePublication} resolves it.
 *
 * @param effectiveFrom RFC 3339; the first event time that it prices
 * @param rates its own; may be left out where the version is derived or follows a plan
 * @param aliases other names of models that have rates
 * @param meterFallbacks a meter to the meter whose rates it gets where a model has none for it
 * @param serviceTierFallbacks a service tier to the one whose rates it gets where a model has none
 * @param derivedFrom the version whose rates it takes over, with mark-ups and discounts
 * @param plan for an override: the plan that prices what it does not, before the base
 * @param retroactiveReason why the version begins in a past that had prices; it then needs no lead
 *     time, and what was rated keeps its price until an explicit re-rate corrects it
 */
record PriceTerms(
    String effectiveFrom,
    @Nullable List<Line> rates,
    @Nullable List<Alias> aliases,
    @Nullable Map<String, String> meterFallbacks,
    @Nullable Map<String, String> serviceTierFallbacks,
    @Nullable DerivedFrom derivedFrom,
    @Nullable String plan,
    @Nullable String retroactiveReason) {

  /** Of one version, as asked for and as resolved. */
  static final int MOST_RATES = 50_000;

  static final int MOST_ALIASES = 10_000;
  static final int MOST_ADJUSTMENTS = 100;

  /**
   * One rate as asked for.
   *
   * @param model a name, or a pattern with {@code *}
   * @param serviceTier standard if left out
   * @param contextOver for requests with strictly more input tokens than this; null for the base
   * @param rate decimal text per 1,000,000 units
   */
  record Line(
      String provider,
      String model,
      @Nullable String serviceTier,
      @Nullable Long contextOver,
      String meter,
      String rate) {
    private static final int MOST_DECIMALS = 6;

    Line {
      Inputs.text("provider", provider);
      Inputs.text("model", model);
      serviceTier = serviceTier == null ? ServiceTier.STANDARD.wireName() : serviceTier;
      tier("service_tier", serviceTier);
      if (contextOver != null) {
        InvalidInput.unless(
            contextOver > 0, "context_over", contextOver, "must be above zero; leave out for all");
      }
      PriceTerms.meter("meter", meter);
      // Judged on the text, so that trailing zeros beyond the sixth decimal are refused alike.
      InvalidInput.unless(
          Decimals.parse("rate", rate).scale() <= MOST_DECIMALS,
          "rate",
          rate,
          "must have at most 6 decimals per 1,000,000 units");
      Rate.parse(rate);
    }

    private PriceRate published() {
      return PriceRate.newBuilder()
          .setProvider(provider)
          .setModel(model)
          .setServiceTier(serviceTier)
          .setContextOver(contextOver)
          .setMeter(meter)
          .setRate(Rate.parse(rate).value())
          .build();
    }

    private Place place() {
      return new Place(provider, model, serviceTier, contextOver, meter);
    }
  }

  private record Place(
      String provider,
      String model,
      @Nullable String serviceTier,
      @Nullable Long contextOver,
      String meter) {}

  /**
   * Another name of a model of the same provider.
   *
   * @param alias a name, or a pattern with {@code *}
   * @param model as a rate of the version names it
   */
  record Alias(String provider, String alias, String model) {
    Alias {
      Inputs.text("provider", provider);
      Inputs.text("alias", alias);
      Inputs.text("model", model);
    }
  }

  /** The version whose rates and aliases are taken over. */
  record DerivedFrom(String priceBookId, int version, @Nullable List<Adjust> adjustments) {
    DerivedFrom {
      Fields.named("price_book_id", priceBookId, PriceBookId::new);
      InvalidInput.unless(version > 0, "version", version, "must be above zero");
      adjustments = adjustments == null ? List.of() : List.copyOf(adjustments);
      InvalidInput.unless(
          adjustments.size() <= MOST_ADJUSTMENTS,
          "adjustments",
          adjustments.size() + " adjustments",
          "must be at most " + MOST_ADJUSTMENTS);
    }

    List<Adjustment> parsed() {
      return Objects.requireNonNullElse(adjustments, List.<Adjust>of()).stream()
          .map(Adjust::parsed)
          .toList();
    }

    /** What the closing record says of it. */
    PriceDerivation published() {
      return PriceDerivation.newBuilder()
          .setPriceBookId(priceBookId)
          .setPriceVersion(version)
          .setAdjustments(
              Objects.requireNonNullElse(adjustments, List.<Adjust>of()).stream()
                  .map(Adjust::published)
                  .toList())
          .build();
    }
  }

  /**
   * A mark-up or discount on the rates that it names; what is left out names all. Of several the
   * first that names a rate applies.
   *
   * @param percent decimal text; above zero a mark-up, below a discount
   */
  record Adjust(
      @Nullable String provider,
      @Nullable String model,
      @Nullable String serviceTier,
      @Nullable String meter,
      String percent) {
    Adjust {
      parse(provider, model, serviceTier, meter, percent);
    }

    private static Adjustment parse(
        @Nullable String provider,
        @Nullable String model,
        @Nullable String serviceTier,
        @Nullable String meter,
        String percent) {
      return new Adjustment(
          provider == null ? null : Inputs.text("provider", provider),
          model == null ? null : Inputs.text("model", model),
          serviceTier == null ? null : tier("service_tier", serviceTier),
          meter == null ? null : PriceTerms.meter("meter", meter),
          Decimals.parse("percent", percent));
    }

    private Adjustment parsed() {
      return parse(provider, model, serviceTier, meter, percent);
    }

    private PriceAdjustment published() {
      return PriceAdjustment.newBuilder()
          .setProvider(provider)
          .setModel(model)
          .setServiceTier(serviceTier)
          .setMeter(meter)
          .setPercent(Decimals.parse("percent", percent).setScale(4))
          .build();
    }
  }

  PriceTerms {
    Inputs.instant("effective_from", effectiveFrom);
    rates = rates == null ? List.of() : List.copyOf(rates);
    InvalidInput.unless(
        rates.size() <= MOST_RATES,
        "rates",
        rates.size() + " rates",
        "must be at most " + MOST_RATES);
    Set<Place> places = new HashSet<>();
    for (int i = 0; i < rates.size(); i++) {
      Line line = rates.get(i);
      InvalidInput.unless(
          places.add(line.place()),
          "rates[" + i + "]",
          line.provider() + " " + line.model() + " " + line.meter(),
          "is given twice for this provider, model, service tier, context tier and meter");
    }
    aliases = aliases == null ? List.of() : List.copyOf(aliases);
    InvalidInput.unless(
        aliases.size() <= MOST_ALIASES,
        "aliases",
        aliases.size() + " aliases",
        "must be at most " + MOST_ALIASES);
    fallbacks(meterFallbacks, serviceTierFallbacks);
    if (plan != null) {
      Fields.named("plan", plan, PriceBookId::new);
    }
    if (retroactiveReason != null) {
      Inputs.text("retroactive_reason", retroactiveReason);
    }
  }

  Instant effective() {
    return Inputs.instant("effective_from", effectiveFrom);
  }

  /**
   * When a version may take effect. The first of a base book may price the past, because base books
   * are asked in the order of their publication: it prices only what had no price. Every other
   * leaves every instance time to have it before the first event it prices, unless it is
   * retroactive by decision.
   *
   * @param base whether the book is neither a plan nor an override
   * @param latest when the book's newest version takes effect; empty if it has none
   */
  void checkEffective(Instant now, Duration lead, boolean base, Optional<Instant> latest) {
    if (latest.isEmpty() && base) {
      return;
    }
    if (retroactiveReason != null) {
      InvalidInput.unless(
          effective().isBefore(now.plus(lead)),
          "retroactive_reason",
          retroactiveReason,
          "must be left out for a version that begins after the lead time");
      return;
    }
    InvalidInput.unless(
        !effective().isBefore(now.plus(lead)),
        "effective_from",
        effectiveFrom,
        "must be at least "
            + lead.toSeconds()
            + " s after now ("
            + now
            + "): only the first version of a base book may begin earlier, or one with a"
            + " retroactive_reason, after which a re-rate corrects what was priced");
    InvalidInput.unless(
        latest.isEmpty() || effective().isAfter(latest.get()),
        "effective_from",
        effectiveFrom,
        "must be after the version before it, which begins at "
            + latest.map(Instant::toString).orElse(""));
  }

  /**
   * These terms as rating's draft.
   *
   * @param source the published rates and aliases of the version that {@link #derivedFrom} names
   */
  PriceDraft draft(Optional<PriceDraft.Source> source) {
    return new PriceDraft(
        Objects.requireNonNullElse(rates, List.<Line>of()).stream().map(Line::published).toList(),
        Objects.requireNonNullElse(aliases, List.<Alias>of()).stream()
            .map(alias -> new ModelAlias(alias.provider(), alias.alias(), alias.model()))
            .toList(),
        source,
        fallbacks(meterFallbacks, serviceTierFallbacks));
  }

  Optional<DerivedFrom> derivation() {
    return Optional.ofNullable(derivedFrom);
  }

  private static PriceFallbacks fallbacks(
      @Nullable Map<String, String> meters, @Nullable Map<String, String> tiers) {
    return new PriceFallbacks(
        parsed("meter_fallbacks", meters, name -> meter("meter_fallbacks", name)),
        parsed("service_tier_fallbacks", tiers, name -> tier("service_tier_fallbacks", name)));
  }

  private static <T> Map<T, T> parsed(
      String field, @Nullable Map<String, String> names, Function<String, T> parse) {
    Map<T, T> parsed = new HashMap<>();
    if (names != null) {
      names.forEach(
          (from, to) -> {
            InvalidInput.unless(to != null, field + "." + from, "null", "must be a name");
            parsed.put(parse.apply(from), parse.apply(to));
          });
    }
    return parsed;
  }

  private static Meter meter(String field, String name) {
    return Meter.find(name)
        .orElseThrow(() -> new InvalidInput(field, name, "is not a known meter"));
  }

  private static ServiceTier tier(String field, String name) {
    return ServiceTier.find(name)
        .orElseThrow(
            () -> new InvalidInput(field, name, "must be standard, batch, flex or priority"));
  }
}
