package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The auditor's own price look-up and arithmetic, from the published records. */
final class AuditedPrices {
  static final String TOPIC = "governance.price_books";

  private static final BigDecimal MILLIONTH = new BigDecimal("0.000001");
  private static final Set<String> INPUT_SIDE =
      Set.of(
          "input",
          "cache_read",
          "cache_write_5m",
          "cache_write_1h",
          "input_audio",
          "cache_read_audio",
          "input_image",
          "cache_read_image",
          "input_video");

  private final SimulatedBroker broker;
  private final Wire wire;
  private final TreeMap<Long, List<Version>> visible = new TreeMap<>();
  private final Map<String, List<PriceBookRecord>> pages = new HashMap<>();
  private int read;

  AuditedPrices(SimulatedBroker broker, Wire wire) {
    this.broker = broker;
    this.wire = wire;
    visible.put(0L, List.of());
  }

  private record Version(
      String book,
      int number,
      PriceVersionClose close,
      List<PriceRate> rates,
      List<ModelAlias> aliases) {}

  /** What one meter of an event costs. */
  record Line(long units, BigDecimal rate, BigDecimal cost) {}

  /** What an event costs. */
  record Cost(
      String book,
      int version,
      @Nullable Long contextOver,
      Map<String, Line> lines,
      BigDecimal total) {}

  /** Whether a version had been published as a whole. */
  boolean isVisible(String book, int number, TablePositions at) {
    return visibleAt(at.of(TOPIC)).stream()
        .anyMatch(version -> version.book.equals(book) && version.number == number);
  }

  /** What an event costs by the versions visible at a time; null if it has no price. */
  @Nullable Cost of(UsageEvent event, String currency, TablePositions at) {
    List<Version> versions = visibleAt(at.of(TOPIC));
    List<Version> overrides =
        inEffect(
            versions, v -> event.getOrganizationId().equals(v.close.getOrganizationId()), event);
    List<List<Version>> ranks = new ArrayList<>();
    ranks.add(overrides);
    List<Version> plans = new ArrayList<>();
    for (Version override : overrides) {
      String followed = override.close.getFollowsPlan();
      if (followed != null) {
        List<Version> plan =
            inEffect(versions, v -> v.close.getPlan() && v.book.equals(followed), event);
        if (plan.isEmpty()) {
          return null;
        }
        plans.addAll(plan);
      }
    }
    ranks.add(plans);
    ranks.add(
        inEffect(versions, v -> !v.close.getPlan() && v.close.getOrganizationId() == null, event));
    for (List<Version> rank : ranks) {
      boolean named = false;
      for (Version version : rank) {
        List<PriceRate> card = card(version, event);
        if (card.isEmpty() || !version.close.getCurrency().equals(currency)) {
          continue;
        }
        named = true;
        Cost cost = cost(version, card, event);
        if (cost != null) {
          return cost;
        }
      }
      if (named) {
        return null;
      }
    }
    return null;
  }

  private static List<Version> inEffect(
      List<Version> versions, java.util.function.Predicate<Version> which, UsageEvent event) {
    Map<String, Version> newest = new HashMap<>();
    Map<String, Instant> first = new HashMap<>();
    for (Version version : versions) {
      if (!which.test(version)) {
        continue;
      }
      first.merge(
          version.book,
          version.close.getPublishedAt(),
          (one, other) -> one.isBefore(other) ? one : other);
      if (version.close.getEffectiveFrom().isAfter(event.getEventTime())) {
        continue;
      }
      newest.merge(
          version.book,
          version,
          (one, other) -> {
            int order = one.close.getEffectiveFrom().compareTo(other.close.getEffectiveFrom());
            return order > 0 || (order == 0 && one.number > other.number) ? one : other;
          });
    }
    List<Version> inOrder = new ArrayList<>(newest.values());
    inOrder.sort(
        Comparator.comparing((Version version) -> first.get(version.book))
            .thenComparing(version -> version.book));
    return inOrder;
  }

  /** The rates of the model that an event names, in its service tier. */
  private static List<PriceRate> card(Version version, UsageEvent event) {
    String model = model(version, event.getProvider(), event.getModel());
    List<PriceRate> card = new ArrayList<>();
    for (PriceRate rate : version.rates) {
      if (rate.getProvider().equals(event.getProvider())
          && rate.getModel().equals(model)
          && rate.getServiceTier().equals(event.getServiceTier())) {
        card.add(rate);
      }
    }
    return card;
  }

  private static @Nullable String model(Version version, String provider, String name) {
    String best = null;
    String bestPattern = "";
    Map<String, String> names = new TreeMap<>();
    for (PriceRate rate : version.rates) {
      if (rate.getProvider().equals(provider)) {
        names.put(rate.getModel(), rate.getModel());
      }
    }
    for (ModelAlias alias : version.aliases) {
      if (alias.getProvider().equals(provider)) {
        names.put(alias.getAlias(), alias.getModel());
      }
    }
    if (names.containsKey(name)) {
      return names.get(name);
    }
    for (Map.Entry<String, String> one : names.entrySet()) {
      String pattern = one.getKey();
      String regex = "\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E";
      if (pattern.contains("*")
          && Pattern.matches(regex, name)
          && (best == null || pattern.indexOf('*') > bestPattern.indexOf('*'))) {
        best = one.getValue();
        bestPattern = pattern;
      }
    }
    return best;
  }

  private static @Nullable Cost cost(Version version, List<PriceRate> card, UsageEvent event) {
    long input = 0;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      if (INPUT_SIDE.contains(unit.getKey())) {
        input += unit.getValue();
      }
    }
    // The base tier below all others; a higher tier keeps what it does not say.
    TreeMap<Long, Map<String, BigDecimal>> tiers = new TreeMap<>();
    for (PriceRate rate : card) {
      long over = rate.getContextOver() == null ? -1 : rate.getContextOver();
      tiers.computeIfAbsent(over, o -> new HashMap<>()).put(rate.getMeter(), rate.getRate());
    }
    Map<String, BigDecimal> rates = new HashMap<>();
    Long applied = null;
    for (Map.Entry<Long, Map<String, BigDecimal>> tier : tiers.entrySet()) {
      if (tier.getKey() < 0 || input > tier.getKey()) {
        rates.putAll(tier.getValue());
        applied = tier.getKey() < 0 ? null : tier.getKey();
      }
    }
    Map<String, Line> lines = new TreeMap<>();
    BigDecimal total = BigDecimal.ZERO;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      if (unit.getValue() == 0) {
        continue;
      }
      BigDecimal rate = rates.get(unit.getKey());
      if (rate == null) {
        if (unit.getKey().equals("request")) {
          continue;
        }
        return null;
      }
      BigDecimal cost = rate.multiply(BigDecimal.valueOf(unit.getValue())).multiply(MILLIONTH);
      lines.put(unit.getKey(), new Line(unit.getValue(), rate, cost));
      total = total.add(cost);
    }
    return new Cost(version.book, version.number, applied, lines, total);
  }

  private List<Version> visibleAt(long position) {
    List<SimulatedBroker.Entry> entries = broker.log(TOPIC, 0).entries();
    for (; read < entries.size(); read++) {
      SimulatedBroker.Entry entry = entries.get(read);
      PriceBookRecord page = wire.read(entry.value(), PriceBookRecord.class);
      String key = page.getPriceBookId() + "/" + page.getPriceVersion();
      List<PriceBookRecord> known = pages.computeIfAbsent(key, k -> new ArrayList<>());
      known.add(page);
      PriceVersionClose close = page.getClose();
      if (close != null) {
        List<PriceRate> rates = new ArrayList<>();
        List<ModelAlias> aliases = new ArrayList<>();
        for (PriceBookRecord one : known) {
          rates.addAll(one.getRates());
          aliases.addAll(one.getAliases());
        }
        List<Version> all = new ArrayList<>(visible.lastEntry().getValue());
        all.add(new Version(page.getPriceBookId(), page.getPriceVersion(), close, rates, aliases));
        visible.put(entry.offset() + 1, all);
      }
    }
    return visible.floorEntry(position).getValue();
  }
}
