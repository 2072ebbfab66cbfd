package io.tollgate.app.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The product's own price list, prices.json: the current main models of the large providers with
 * source and date per entry. Demo and replay publish it as a price book, and the workload counts
 * its own cost with it, by arithmetic that shares nothing with the rating module.
 */
public record PriceList(
    String id, String name, String currency, Instant effectiveFrom, List<PricedModel> models) {
  private static final String RESOURCE = "prices.json";
  private static final String STANDARD = "standard";

  /** Meters whose units decide whether a context tier is crossed; prompt tokens, cached or not. */
  private static final List<String> CONTEXT_METERS =
      List.of("input", "cache_read", "cache_write_5m", "cache_write_1h");

  public PriceList {
    models = List.copyOf(models);
  }

  /**
   * Rates are currency per 1,000,000 units, by meter.
   *
   * @param rates of the standard service tier, which the workload uses
   * @param tiers the other service tiers that the model has prices in
   */
  public record PricedModel(
      String provider,
      String model,
      String source,
      String asOf,
      Map<String, BigDecimal> rates,
      Optional<ContextTier> above,
      Map<String, TierRates> tiers) {
    public PricedModel {
      rates = Map.copyOf(rates);
      tiers = Map.copyOf(tiers);
    }

    /**
     * The exact cost of one request in the standard service tier.
     *
     * @throws IllegalArgumentException if a meter has no rate
     */
    BigDecimal cost(Map<String, Long> units) {
      long context = 0;
      for (String meter : CONTEXT_METERS) {
        context += units.getOrDefault(meter, 0L);
      }
      Map<String, BigDecimal> applied =
          above.isPresent() && context > above.get().tokens() ? above.get().rates() : rates;
      BigDecimal sum = BigDecimal.ZERO;
      for (Map.Entry<String, Long> unit : units.entrySet()) {
        BigDecimal rate = applied.get(unit.getKey());
        if (rate == null) {
          throw new IllegalArgumentException(model + " has no rate for " + unit.getKey());
        }
        sum = sum.add(rate.multiply(BigDecimal.valueOf(unit.getValue())));
      }
      return sum.movePointLeft(6);
    }
  }

  /** For requests with strictly more input tokens than {@code tokens}; prices the whole request. */
  public record ContextTier(long tokens, Map<String, BigDecimal> rates) {
    public ContextTier {
      rates = Map.copyOf(rates);
    }
  }

  /** What a service tier costs: below and, where there is one, above a context tier. */
  public record TierRates(Map<String, BigDecimal> rates, Optional<ContextTier> above) {
    public TierRates {
      rates = Map.copyOf(rates);
    }
  }

  /** One rate as a price book takes it; {@code contextOver} is empty for the base tier. */
  public record Entry(
      String provider,
      String model,
      String serviceTier,
      OptionalLong contextOver,
      String meter,
      BigDecimal rate) {}

  /** Every rate in a fixed order. */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (PricedModel model : models) {
      add(entries, model, STANDARD, new TierRates(model.rates(), model.above()));
      new TreeMap<>(model.tiers()).forEach((tier, rates) -> add(entries, model, tier, rates));
    }
    return entries;
  }

  private static void add(
      List<Entry> entries, PricedModel model, String serviceTier, TierRates rates) {
    add(entries, model, serviceTier, OptionalLong.empty(), rates.rates());
    rates
        .above()
        .ifPresent(
            above ->
                add(entries, model, serviceTier, OptionalLong.of(above.tokens()), above.rates()));
  }

  private static void add(
      List<Entry> entries,
      PricedModel model,
      String serviceTier,
      OptionalLong contextOver,
      Map<String, BigDecimal> rates) {
    new TreeMap<>(rates)
        .forEach(
            (meter, rate) ->
                entries.add(
                    new Entry(
                        model.provider(), model.model(), serviceTier, contextOver, meter, rate)));
  }

  /** The models by provider and name. */
  Map<ModelName, PricedModel> byName() {
    Map<ModelName, PricedModel> byName = new HashMap<>();
    for (PricedModel model : models) {
      byName.put(new ModelName(model.provider(), model.model()), model);
    }
    return byName;
  }

  record ModelName(String provider, String model) {}

  /** The list that comes with the product. */
  public static PriceList bundled() {
    try (InputStream in = PriceList.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      return read(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PriceList read(JsonNode root) {
    List<PricedModel> models = new ArrayList<>();
    for (JsonNode node : root.required("models")) {
      TierRates standard = tierRates(node);
      Map<String, TierRates> tiers = new HashMap<>();
      for (Map.Entry<String, JsonNode> tier : node.path("tiers").properties()) {
        tiers.put(tier.getKey(), tierRates(tier.getValue()));
      }
      models.add(
          new PricedModel(
              text(node, "provider"),
              text(node, "model"),
              text(node, "source"),
              text(node, "as_of"),
              standard.rates(),
              standard.above(),
              tiers));
    }
    return new PriceList(
        text(root, "id"),
        text(root, "name"),
        text(root, "currency"),
        Instant.parse(text(root, "effective_from")),
        models);
  }

  private static TierRates tierRates(JsonNode node) {
    JsonNode above = node.path("above");
    return new TierRates(
        rates(node.required("rates")),
        above.isMissingNode()
            ? Optional.empty()
            : Optional.of(
                new ContextTier(
                    above.required("tokens").longValue(), rates(above.required("rates")))));
  }

  private static Map<String, BigDecimal> rates(JsonNode node) {
    Map<String, BigDecimal> rates = new HashMap<>();
    for (Map.Entry<String, JsonNode> rate : node.properties()) {
      rates.put(rate.getKey(), new BigDecimal(rate.getValue().textValue()));
    }
    return rates;
  }

  private static String text(JsonNode node, String field) {
    return node.required(field).textValue();
  }
}
