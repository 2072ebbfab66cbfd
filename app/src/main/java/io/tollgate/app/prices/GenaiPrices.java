package io.tollgate.app.prices;

import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PriceFallbacks;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceRate;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Reads {@code prices/new_data/v2/data.json} of pydantic/genai-prices (MIT): USD per million
 * tokens, context tiers that price the whole request strictly above their start, prices by date,
 * and names by clauses.
 *
 * <p>A price of the source that begins on a date makes a version that takes effect on that date,
 * 00:00 UTC. As in the source, a kind of token without a price costs what the kind it belongs to
 * costs; the drafts say so as fallbacks.
 */
public final class GenaiPrices {
  private record Unit(Meter meter, PerMillion.Unit per) {}

  private static final Map<String, Unit> UNITS =
      Map.ofEntries(
          Map.entry("input_mtok", mtok(Meter.INPUT)),
          Map.entry("output_mtok", mtok(Meter.OUTPUT)),
          Map.entry("cache_read_mtok", mtok(Meter.CACHE_READ)),
          Map.entry("cache_write_mtok", mtok(Meter.CACHE_WRITE_5M)),
          Map.entry("cache_write_1h_mtok", mtok(Meter.CACHE_WRITE_1H)),
          Map.entry("output_reasoning_mtok", mtok(Meter.REASONING)),
          Map.entry("input_audio_mtok", mtok(Meter.INPUT_AUDIO)),
          Map.entry("cache_audio_read_mtok", mtok(Meter.CACHE_READ_AUDIO)),
          Map.entry("output_audio_mtok", mtok(Meter.OUTPUT_AUDIO)),
          Map.entry("input_image_mtok", mtok(Meter.INPUT_IMAGE)),
          Map.entry("cache_image_read_mtok", mtok(Meter.CACHE_READ_IMAGE)),
          Map.entry("output_image_mtok", mtok(Meter.OUTPUT_IMAGE)),
          Map.entry("input_video_mtok", mtok(Meter.INPUT_VIDEO)),
          Map.entry("output_video_mtok", mtok(Meter.OUTPUT_VIDEO)),
          Map.entry("web_searches_kcount", new Unit(Meter.WEB_SEARCH, PerMillion.Unit.THOUSAND)),
          Map.entry("requests_kcount", new Unit(Meter.REQUEST, PerMillion.Unit.THOUSAND)));

  /** The source's tree of token kinds, as far as a kind has one parent. */
  private static final PriceFallbacks FALLBACKS =
      new PriceFallbacks(
          Map.of(
              Meter.CACHE_READ, Meter.INPUT,
              Meter.CACHE_WRITE_5M, Meter.INPUT,
              Meter.CACHE_WRITE_1H, Meter.CACHE_WRITE_5M,
              Meter.REASONING, Meter.OUTPUT),
          Map.of());

  private final Instant from;
  private final List<NotImported> notImported = new ArrayList<>();

  /** Per model its rates by the instant from which they hold, the first at {@link #from}. */
  private final Map<String, TreeMap<Instant, List<PriceRate>>> rates = new LinkedHashMap<>();

  private final Map<String, List<ModelAlias>> aliases = new LinkedHashMap<>();

  private GenaiPrices(Instant from) {
    this.from = from;
  }

  private static Unit mtok(Meter meter) {
    return new Unit(meter, PerMillion.Unit.MILLION);
  }

  /**
   * Reads the file.
   *
   * @param from when the first version takes effect: it has what the source says of that instant;
   *     each later date of the source makes another version
   * @throws IOException if it cannot be read or is not JSON of that form
   */
  public static ImportedPrices read(InputStream json, Instant from) throws IOException {
    if (!(Json.read(json) instanceof Json.Items providers)) {
      throw new IOException("the file must be a JSON array of providers");
    }
    GenaiPrices prices = new GenaiPrices(from);
    prices.notImported.add(
        new NotImported(
            "*",
            "match",
            "any case",
            "upper and lower case count here: names are taken as written"));
    for (Json provider : providers.values()) {
      if (provider instanceof Json.Fields fields) {
        prices.add(fields);
      } else {
        throw new IOException("a provider must be a JSON object, not " + provider);
      }
    }
    return new ImportedPrices(prices.versions(), prices.notImported);
  }

  private void add(Json.Fields provider) throws IOException {
    String id = provider.text("id").orElseThrow(() -> new IOException("a provider has no id"));
    provider
        .get("fallback_model_providers")
        .ifPresent(
            value ->
                notImported.add(
                    new NotImported(
                        id + "/*",
                        "fallback_model_providers",
                        value.toString(),
                        "no provider's models stand in for another's here")));
    GenaiNames names = new GenaiNames(id, notImported);
    List<String> models = new ArrayList<>();
    if (provider.get("models").orElse(null) instanceof Json.Items items) {
      for (Json item : items.values()) {
        if (item instanceof Json.Fields model && model.text("id").isPresent()) {
          String name = model.text("id").get();
          models.add(name);
          names.add(name, model.get("match").orElse(null));
          readPrices(id, name, model.get("prices").orElse(new Json.Word("null")));
        } else {
          throw new IOException("a model of provider " + id + " has no id");
        }
      }
    }
    names.reportOrder();
    for (String model : models) {
      aliases.put(id + "/" + model, names.aliases(model));
    }
  }

  private void report(String model, String field, Object value, String reason) {
    notImported.add(new NotImported(model, field, value.toString(), reason));
  }

  private void readPrices(String provider, String model, Json prices) {
    String name = provider + "/" + model;
    TreeMap<Instant, Json.Fields> byStart = new TreeMap<>();
    switch (prices) {
      case Json.Fields always -> byStart.put(Instant.MIN, always);
      case Json.Items dated -> {
        for (Json one : dated.values()) {
          Optional<Instant> start = start(name, one);
          if (start.isEmpty()
              || !(one instanceof Json.Fields fields)
              || !(fields.get("prices").orElse(null) instanceof Json.Fields values)) {
            // One of several prices is not known: none can be told to hold.
            return;
          }
          byStart.put(start.get(), values);
        }
      }
      case Json.Text no -> report(name, "prices", no, "are no prices");
      case Json.Digits no -> report(name, "prices", no, "are no prices");
      case Json.Word no -> report(name, "prices", no, "are no prices");
    }
    TreeMap<Instant, List<PriceRate>> read = new TreeMap<>();
    byStart.forEach(
        (start, fields) -> {
          boolean isOver =
              byStart.higherKey(start) != null && !byStart.higherKey(start).isAfter(from);
          if (!isOver) {
            read.put(start.isBefore(from) ? from : start, readPrices(provider, model, fields));
          }
        });
    rates.put(name, read);
  }

  /** When a dated price begins; empty, and reported, if it does not begin on a date. */
  private Optional<Instant> start(String name, Json dated) {
    Json constraint =
        dated instanceof Json.Fields fields
            ? fields.get("constraint").orElse(new Json.Word("null"))
            : new Json.Word("null");
    if (constraint instanceof Json.Word) {
      return Optional.of(Instant.MIN);
    }
    if (constraint instanceof Json.Fields only
        && only.values().size() == 1
        && only.text("start_date").isPresent()) {
      try {
        LocalDate date = LocalDate.parse(only.text("start_date").get());
        return Optional.of(date.atStartOfDay(ZoneOffset.UTC).toInstant());
      } catch (DateTimeParseException e) {
        report(name, "prices.constraint", constraint, "is no date");
        return Optional.empty();
      }
    }
    report(
        name,
        "prices.constraint",
        constraint,
        "no price version holds for some hours of the day: the model has no price here");
    return Optional.empty();
  }

  private List<PriceRate> readPrices(String provider, String model, Json.Fields prices) {
    String name = provider + "/" + model;
    if (prices.values().isEmpty()) {
      report(name, "prices", "{}", "has no price: free or not known, the file does not say which");
      return List.of();
    }
    ModelCards cards = new ModelCards();
    prices
        .values()
        .forEach(
            (field, value) -> {
              Unit unit = UNITS.get(field);
              if (unit == null) {
                report(name, "prices." + field, value, "is a unit that is no meter");
              } else {
                readPrice(name, field, value, unit, cards);
              }
            });
    if (cards.isAllZero()) {
      report(
          name, "prices", prices, "are zero only: free or not known, the file does not say which");
      return List.of();
    }
    return cards.rates(provider, model);
  }

  private void readPrice(String name, String field, Json value, Unit unit, ModelCards cards) {
    if (!(value instanceof Json.Fields tiered)) {
      put(name, "prices." + field, value, unit, cards, Optional.empty());
      return;
    }
    Json none = new Json.Word("null");
    put(
        name,
        "prices." + field + ".base",
        tiered.get("base").orElse(none),
        unit,
        cards,
        Optional.empty());
    if (!(tiered.get("tiers").orElse(none) instanceof Json.Items tiers)) {
      return;
    }
    for (Json tier : tiers.values()) {
      Optional<Long> start =
          tier instanceof Json.Fields fields
              ? fields
                  .get("start")
                  .map(Json::toString)
                  .filter(GenaiPrices::isTokens)
                  .map(Long::valueOf)
              : Optional.empty();
      if (start.isEmpty() || !(tier instanceof Json.Fields fields)) {
        cards.block(ServiceTier.STANDARD, unit.meter());
        report(name, "prices." + field + ".tiers", tier, "is no tier with a start and a price");
      } else {
        put(
            name,
            "prices." + field + ".tiers",
            fields.get("price").orElse(none),
            unit,
            cards,
            start);
      }
    }
  }

  private static boolean isTokens(String text) {
    return text.matches("[1-9][0-9]{0,11}");
  }

  private void put(
      String name, String field, Json value, Unit unit, ModelCards cards, Optional<Long> over) {
    switch (PerMillion.of(value, unit.per())) {
      case PerMillion.Exact exact ->
          cards.put(ServiceTier.STANDARD, over.orElse(null), unit.meter(), exact.rate());
      case PerMillion.Refused refused -> {
        cards.block(ServiceTier.STANDARD, unit.meter());
        report(name, field, value, refused.reason());
      }
    }
  }

  private List<ImportedPrices.Dated> versions() {
    SortedSet<Instant> starts = new TreeSet<>();
    starts.add(from);
    rates.values().forEach(byStart -> starts.addAll(byStart.keySet()));
    List<ImportedPrices.Dated> versions = new ArrayList<>();
    for (Instant start : starts) {
      List<PriceRate> held = new ArrayList<>();
      List<ModelAlias> names = new ArrayList<>();
      rates.forEach(
          (model, byStart) -> {
            Optional.ofNullable(byStart.floorEntry(start))
                .map(Map.Entry::getValue)
                .filter(Predicate.not(List::isEmpty))
                .ifPresent(
                    found -> {
                      held.addAll(found);
                      names.addAll(aliases.getOrDefault(model, List.of()));
                    });
          });
      versions.add(
          new ImportedPrices.Dated(
              start, new PriceDraft(held, names, Optional.empty(), FALLBACKS)));
    }
    return versions;
  }
}
