package io.tollgate.app.prices;

import io.tollgate.rating.ModelPattern;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PriceFallbacks;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Rate;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code model_prices_and_context_window.json} of BerriAI/litellm (MIT): USD per single unit,
 * one object per model, context and service tiers in the names of fields.
 *
 * <p>The provider is {@code litellm_provider}; a model's name is the key, without the provider
 * where it begins with it. As in the source, reasoning without a price costs what output costs, and
 * a cache write for an hour what one for five minutes costs; the draft says so as fallbacks.
 */
public final class LiteLlmPrices {
  /** An example that explains the fields, not a model. */
  private static final String EXAMPLE = "sample_spec";

  private static final PriceFallbacks FALLBACKS =
      new PriceFallbacks(
          Map.of(Meter.REASONING, Meter.OUTPUT, Meter.CACHE_WRITE_1H, Meter.CACHE_WRITE_5M),
          Map.of());

  /** Where a price per second is one of the audio or video that was made or read. */
  private static final Set<String> MODES_BY_THE_SECOND =
      Set.of("audio_transcription", "audio_speech", "video_generation");

  private static final List<String> PER_SECOND =
      List.of(
          "input_cost_per_second", "output_cost_per_second", "output_cost_per_video_per_second");

  private static final String SEARCH = "search_context_cost_per_query";
  private static final String QUERY = "input_cost_per_query";
  private static final String IMAGE_IN = "input_cost_per_image";
  private static final String CACHE_HIT = "input_cost_per_token_cache_hit";

  private final List<NotImported> notImported = new ArrayList<>();
  private final Map<String, List<PriceRate>> byName = new LinkedHashMap<>();
  private final Map<String, String> keys = new HashMap<>();

  private LiteLlmPrices() {}

  /**
   * Reads the file.
   *
   * @param effectiveFrom of the version to be; the file has no dates
   * @throws IOException if it cannot be read or is not JSON of that form
   */
  public static ImportedPrices read(InputStream json, Instant effectiveFrom) throws IOException {
    if (!(Json.read(json) instanceof Json.Fields models)) {
      throw new IOException("the file must be a JSON object with a model per field");
    }
    LiteLlmPrices prices = new LiteLlmPrices();
    models
        .values()
        .forEach(
            (key, value) -> {
              if (!key.equals(EXAMPLE)) {
                prices.add(key, value);
              }
            });
    List<PriceRate> rates = prices.byName.values().stream().flatMap(List::stream).toList();
    PriceDraft draft = new PriceDraft(rates, List.of(), Optional.empty(), FALLBACKS);
    return new ImportedPrices(
        List.of(new ImportedPrices.Dated(effectiveFrom, draft)), prices.notImported);
  }

  private void add(String key, Json value) {
    Optional<String> named =
        value instanceof Json.Fields fields ? fields.text("litellm_provider") : Optional.empty();
    if (!(value instanceof Json.Fields fields) || named.isEmpty()) {
      notImported.add(new NotImported(key, "litellm_provider", "", "is missing: not a model"));
      return;
    }
    String provider = named.get();
    String model = model(provider, key);
    if (ModelPattern.isPattern(model)) {
      notImported.add(
          new NotImported(
              provider + "/" + model, "*", key, "has a * in its name, which is a pattern here"));
      return;
    }
    Reading reading = new Reading(provider + "/" + model, fields, notImported);
    reading.read();
    List<PriceRate> rates = reading.cards.rates(provider, model);
    if (rates.isEmpty()) {
      return;
    }
    String name = provider + "/" + model;
    List<PriceRate> earlier = byName.putIfAbsent(name, rates);
    String other = keys.putIfAbsent(name, key);
    if (earlier != null && !earlier.equals(rates)) {
      notImported.add(
          new NotImported(
              name, "*", key, "has other prices than " + other + ", which is the same model here"));
    }
  }

  private static String model(String provider, String key) {
    int slash = key.indexOf('/');
    if (slash <= 0 || slash == key.length() - 1) {
      return key;
    }
    String prefix = key.substring(0, slash);
    boolean says = provider.equals(prefix) || provider.startsWith(prefix + "-");
    return says ? key.substring(slash + 1) : key;
  }

  /** One model. */
  private static final class Reading {
    private final String name;
    private final Json.Fields fields;
    private final List<NotImported> notImported;
    private final ModelCards cards = new ModelCards();
    private final String mode;
    private boolean reported;

    Reading(String name, Json.Fields fields, List<NotImported> notImported) {
      this.name = name;
      this.fields = fields;
      this.notImported = notImported;
      this.mode = fields.text("mode").orElse("");
    }

    private void report(String field, Object value, String reason) {
      notImported.add(new NotImported(name, field, value.toString(), reason));
      reported = true;
    }

    void read() {
      fields.values().forEach(this::read);
      perSecond();
      ServiceTier[] tiers = ServiceTier.values();
      for (ServiceTier tier : tiers) {
        for (Meter meter : cards.withoutTiersOfStandard(tier)) {
          cards.block(tier, meter);
          report(
              meter + " (" + tier.wireName() + ")",
              String.valueOf(cards.base(tier, meter)),
              "has context tiers in the standard tier only: what long requests cost in this tier"
                  + " is not said");
        }
      }
      if (cards.isAllZero()) {
        for (ServiceTier tier : tiers) {
          for (Meter meter : Meter.values()) {
            cards.block(tier, meter);
          }
        }
        report("*", "0", "has prices of zero only: free or not known, the file does not say which");
      } else if (!reported && cards.rates("", "").isEmpty()) {
        report("*", "", "has no price");
      }
    }

    private void read(String field, Json value) {
      Optional<LiteLlmField> unit = LiteLlmField.find(field);
      if (unit.isPresent()) {
        price(field, value, unit.get());
        return;
      }
      switch (field) {
        case SEARCH -> search(value);
        case CACHE_HIT -> cacheHit(value);
        case QUERY -> {
          if (mode.equals("search")) {
            price(field, value, standard(Meter.WEB_SEARCH));
          } else {
            report(field, value, "is per query, which is no meter");
          }
        }
        case IMAGE_IN -> {
          boolean made = mode.equals("image_generation") || mode.equals("image_edit");
          if (made && fields.get("output_cost_per_image").isEmpty()) {
            price(field, value, standard(Meter.IMAGE));
          } else {
            report(field, value, "is per image that is read, which is no meter");
          }
        }
        default -> {
          if (!PER_SECOND.contains(field) && LiteLlmField.isAboutPrice(field)) {
            report(field, value, "has a unit or a condition that is no meter or tier");
          }
        }
      }
    }

    private static LiteLlmField standard(Meter meter) {
      return new LiteLlmField(meter, null, ServiceTier.STANDARD);
    }

    private void price(String field, Json value, LiteLlmField unit) {
      switch (PerMillion.of(value, PerMillion.Unit.ONE)) {
        case PerMillion.Exact exact ->
            cards.put(unit.serviceTier(), unit.contextOver(), unit.meter(), exact.rate());
        case PerMillion.Refused refused -> {
          cards.block(unit.serviceTier(), unit.meter());
          report(field, value, refused.reason());
        }
      }
    }

    private void search(Json value) {
      Set<Json> sizes =
          value instanceof Json.Fields bySize ? Set.copyOf(bySize.values().values()) : Set.of();
      if (sizes.size() == 1) {
        price(SEARCH, sizes.iterator().next(), standard(Meter.WEB_SEARCH));
      } else {
        report(SEARCH, value, "depends on the size of the search context, which events do not say");
      }
    }

    /** The older name of the price of a cache read. */
    private void cacheHit(Json value) {
      Optional<Json> current = fields.get("cache_read_input_token_cost");
      if (current.isEmpty()) {
        price(CACHE_HIT, value, standard(Meter.CACHE_READ));
      } else if (!PerMillion.of(current.get(), PerMillion.Unit.ONE)
          .equals(PerMillion.of(value, PerMillion.Unit.ONE))) {
        report(CACHE_HIT, value, "contradicts cache_read_input_token_cost = " + current.get());
      }
    }

    /** One meter counts seconds, so that only one price for them can hold. */
    private void perSecond() {
      Map<String, Json> given = new LinkedHashMap<>();
      for (String field : PER_SECOND) {
        fields.get(field).ifPresent(value -> given.put(field, value));
      }
      if (!MODES_BY_THE_SECOND.contains(mode)) {
        given.forEach((field, value) -> report(field, value, "is per second of what, is not said"));
        return;
      }
      Set<Rate> above = new java.util.LinkedHashSet<>();
      given.forEach(
          (field, value) -> {
            if (PerMillion.of(value, PerMillion.Unit.ONE) instanceof PerMillion.Exact exact
                && exact.rate().value().signum() > 0) {
              above.add(exact.rate());
            }
          });
      if (above.size() > 1) {
        given.forEach(
            (field, value) -> report(field, value, "differs from another price per second"));
        return;
      }
      given.forEach(
          (field, value) -> {
            boolean zero =
                PerMillion.of(value, PerMillion.Unit.ONE) instanceof PerMillion.Exact exact
                    && exact.rate().value().signum() == 0;
            if (zero && !above.isEmpty()) {
              report(field, value, "is free beside another price per second, which holds");
            } else {
              price(field, value, standard(Meter.SECOND));
            }
          });
    }
  }
}
