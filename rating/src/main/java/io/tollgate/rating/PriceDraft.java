package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A price version as its author says it: rates and aliases of its own, a version that it is derived
 * from with mark-ups and discounts, and fallbacks. {@link #resolve} turns it into the rates and
 * aliases that are published and that rating knows; nothing of the rest is left to rating.
 *
 * @param rates its own; each stands in for the derived rate of the same provider, model, service
 *     tier, context tier and meter
 * @param aliases its own; each stands in for the derived alias of the same provider and alias
 */
public record PriceDraft(
    List<PriceRate> rates,
    List<ModelAlias> aliases,
    Optional<Source> source,
    PriceFallbacks fallbacks) {
  public PriceDraft {
    rates = List.copyOf(rates);
    aliases = List.copyOf(aliases);
  }

  /**
   * The version that a draft is derived from, as it was published.
   *
   * @param adjustments of those that name a rate the first applies; a rate that none names stays
   */
  public record Source(
      List<PriceRate> rates, List<ModelAlias> aliases, List<Adjustment> adjustments) {
    public Source {
      rates = List.copyOf(rates);
      aliases = List.copyOf(aliases);
      adjustments = List.copyOf(adjustments);
    }
  }

  /** What is published. */
  public record Resolved(List<PriceRate> rates, List<ModelAlias> aliases) {
    public Resolved {
      rates = List.copyOf(rates);
      aliases = List.copyOf(aliases);
    }
  }

  private record Place(
      String provider, String model, String serviceTier, @Nullable Long contextOver, String meter) {
    static Place of(PriceRate rate) {
      return new Place(
          rate.getProvider(),
          rate.getModel(),
          rate.getServiceTier(),
          rate.getContextOver(),
          rate.getMeter());
    }
  }

  private record AliasName(String provider, String alias) {
    static AliasName of(ModelAlias alias) {
      return new AliasName(alias.getProvider(), alias.getAlias());
    }
  }

  /**
   * The rates and aliases to publish: derived ones first, then its own, then what falls back.
   *
   * @throws InvalidInput if an adjusted rate would need more than 6 decimals per 1,000,000 units,
   *     naming the rate and its exact value; if an adjustment names no rate; if a rate or an alias
   *     is given twice
   */
  public Resolved resolve() {
    Map<Place, PriceRate> own = new LinkedHashMap<>();
    for (PriceRate rate : rates) {
      InvalidInput.unless(
          own.put(Place.of(rate), rate) == null,
          "rates",
          shown(rate),
          "is given twice for this provider, model, service tier, context tier and meter");
    }
    Map<Place, PriceRate> merged = new LinkedHashMap<>();
    Map<AliasName, ModelAlias> mergedAliases = new LinkedHashMap<>();
    source.ifPresent(
        from -> {
          adjusted(from, own.keySet()).forEach(rate -> merged.put(Place.of(rate), rate));
          from.aliases().forEach(alias -> mergedAliases.put(AliasName.of(alias), alias));
        });
    merged.putAll(own);
    Map<AliasName, ModelAlias> ownAliases = new LinkedHashMap<>();
    for (ModelAlias alias : aliases) {
      InvalidInput.unless(
          ownAliases.put(AliasName.of(alias), alias) == null,
          "aliases",
          alias.getProvider() + "/" + alias.getAlias(),
          "must not be given twice");
    }
    mergedAliases.putAll(ownAliases);
    return new Resolved(
        fallbacks.resolve(List.copyOf(merged.values())), List.copyOf(mergedAliases.values()));
  }

  private static List<PriceRate> adjusted(Source from, Set<Place> replaced) {
    List<PriceRate> adjusted = new ArrayList<>(from.rates().size());
    boolean[] used = new boolean[from.adjustments().size()];
    @Nullable InvalidInput first = null;
    int refused = 0;
    for (PriceRate rate : from.rates()) {
      int index = firstFor(rate, from.adjustments());
      if (index < 0) {
        adjusted.add(rate);
        continue;
      }
      used[index] = true;
      if (replaced.contains(Place.of(rate))) {
        continue;
      }
      BigDecimal factor = from.adjustments().get(index).factor();
      BigDecimal exact = rate.getRate().multiply(factor).stripTrailingZeros();
      if (exact.scale() <= Rate.SCALE) {
        adjusted.add(PriceRate.newBuilder(rate).setRate(exact.setScale(Rate.SCALE)).build());
        continue;
      }
      refused++;
      if (first == null) {
        first =
            new InvalidInput(
                field(index),
                from.adjustments().get(index).percent().toPlainString(),
                "makes %s cost %s × %s = %s, which has more than 6 decimals per 1,000,000 units;"
                        .formatted(
                            shown(rate),
                            rate.getRate().stripTrailingZeros().toPlainString(),
                            factor.stripTrailingZeros().toPlainString(),
                            exact.toPlainString())
                    + " nothing is rounded: give this rate itself, or adjust it by another"
                    + " percent");
      }
    }
    if (first != null) {
      throw refused == 1
          ? first
          : new InvalidInput(
              first.field(),
              first.value(),
              first.rule() + " (so do %d more)".formatted(refused - 1));
    }
    for (int i = 0; i < used.length; i++) {
      InvalidInput.unless(
          used[i],
          field(i),
          from.adjustments().get(i).percent().toPlainString(),
          "applies to no rate: its own words name none, or an earlier adjustment names them all");
    }
    return adjusted;
  }

  private static String field(int adjustment) {
    return "derived_from.adjustments[" + adjustment + "].percent";
  }

  private static int firstFor(PriceRate rate, List<Adjustment> adjustments) {
    for (int i = 0; i < adjustments.size(); i++) {
      if (adjustments.get(i).names(rate)) {
        return i;
      }
    }
    return -1;
  }

  private static String shown(PriceRate rate) {
    Long over = rate.getContextOver();
    return "%s/%s (%s%s) %s"
        .formatted(
            rate.getProvider(),
            rate.getModel(),
            rate.getServiceTier(),
            over == null ? "" : ", over " + over,
            rate.getMeter());
  }
}
