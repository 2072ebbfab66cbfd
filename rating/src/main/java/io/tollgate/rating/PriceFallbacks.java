package io.tollgate.rating;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.ServiceTier;
import io.tollgate.schemas.avro.PriceRate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a price version says about prices it does not give, such as "reasoning costs what output
 * costs" or "flex costs what batch costs". Resolved at publication into rates of their own, so that
 * rating never decides about it and the published version says every price it has.
 *
 * <p>A meter that a model's rates in a service tier do not name in any context tier gets the rates
 * of the meter it falls back to, in every context tier that names that one. After that, a service
 * tier that a model does not have at all gets all rates of the tier it falls back to. If that is
 * missing too, its own fallback is followed; what leads nowhere stays without a price.
 *
 * @param meters the meter without a rate to the one whose rates it gets
 * @param serviceTiers the service tier without rates to the one whose rates it gets
 */
public record PriceFallbacks(Map<Meter, Meter> meters, Map<ServiceTier, ServiceTier> serviceTiers) {
  public static final PriceFallbacks NONE = new PriceFallbacks(Map.of(), Map.of());

  public PriceFallbacks {
    meters = Map.copyOf(meters);
    serviceTiers = Map.copyOf(serviceTiers);
    refuseCircles("meter_fallbacks", meters);
    refuseCircles("service_tier_fallbacks", serviceTiers);
  }

  private static <T> void refuseCircles(String field, Map<T, T> fallbacks) {
    for (T from : fallbacks.keySet()) {
      T to = fallbacks.get(from);
      for (int steps = 0; to != null; steps++) {
        InvalidInput.unless(
            !to.equals(from) && steps <= fallbacks.size(),
            field,
            from.toString().toLowerCase(java.util.Locale.ROOT),
            "must not lead back to itself");
        to = fallbacks.get(to);
      }
    }
  }

  private record Card(String provider, String model, String serviceTier) {}

  private record Model(String provider, String model) {}

  /** The rates as given, then those that follow from them, in an order that is always the same. */
  List<PriceRate> resolve(List<PriceRate> rates) {
    List<PriceRate> resolved = new ArrayList<>(rates);
    if (!meters.isEmpty()) {
      addMeters(rates, resolved);
    }
    if (!serviceTiers.isEmpty()) {
      addServiceTiers(List.copyOf(resolved), resolved);
    }
    return List.copyOf(resolved);
  }

  private void addMeters(List<PriceRate> rates, List<PriceRate> resolved) {
    Map<Card, Map<Meter, List<PriceRate>>> cards = new LinkedHashMap<>();
    for (PriceRate rate : rates) {
      cards
          .computeIfAbsent(
              new Card(rate.getProvider(), rate.getModel(), rate.getServiceTier()),
              card -> new EnumMap<>(Meter.class))
          .computeIfAbsent(Meter.of(rate.getMeter()), meter -> new ArrayList<>())
          .add(rate);
    }
    for (Map<Meter, List<PriceRate>> card : cards.values()) {
      for (Meter meter : EnumSet.complementOf(copy(card.keySet(), Meter.class))) {
        Meter source = follow(meter, meters, card::containsKey);
        if (source != null) {
          for (PriceRate rate : card.getOrDefault(source, List.of())) {
            resolved.add(PriceRate.newBuilder(rate).setMeter(meter.wireName()).build());
          }
        }
      }
    }
  }

  private void addServiceTiers(List<PriceRate> rates, List<PriceRate> resolved) {
    Map<Model, Map<ServiceTier, List<PriceRate>>> models = new LinkedHashMap<>();
    for (PriceRate rate : rates) {
      models
          .computeIfAbsent(
              new Model(rate.getProvider(), rate.getModel()),
              model -> new EnumMap<>(ServiceTier.class))
          .computeIfAbsent(
              ServiceTier.find(rate.getServiceTier()).orElseThrow(), tier -> new ArrayList<>())
          .add(rate);
    }
    for (Map<ServiceTier, List<PriceRate>> model : models.values()) {
      for (ServiceTier tier : EnumSet.complementOf(copy(model.keySet(), ServiceTier.class))) {
        ServiceTier source = follow(tier, serviceTiers, model::containsKey);
        if (source != null) {
          for (PriceRate rate : model.getOrDefault(source, List.of())) {
            resolved.add(PriceRate.newBuilder(rate).setServiceTier(tier.wireName()).build());
          }
        }
      }
    }
  }

  private static <T extends Enum<T>> EnumSet<T> copy(Set<T> set, Class<T> type) {
    EnumSet<T> copy = EnumSet.noneOf(type);
    copy.addAll(set);
    return copy;
  }

  /** The first that has a price on the way from one without; ends, because there are no circles. */
  private static <T> @Nullable T follow(
      T from, Map<T, T> fallbacks, Function<T, Boolean> hasPrice) {
    T to = fallbacks.get(from);
    while (to != null && !hasPrice.apply(to)) {
      to = fallbacks.get(to);
    }
    return to;
  }
}
