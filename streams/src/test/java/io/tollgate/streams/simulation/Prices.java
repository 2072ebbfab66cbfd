package io.tollgate.streams.simulation;

import io.tollgate.rating.PricePages;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ModelAlias;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.PriceVersionClose;
import io.tollgate.schemas.avro.WriteOff;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes price versions as governance does: with a lead time, unless nothing had a price before.
 */
final class Prices {
  static final String PROVIDER = "openai";

  /** Models that have a price from the start. */
  static final List<String> PRICED = List.of("gpt-a", "gpt-b");

  /** Other names of priced models: an alias, and what a pattern matches. */
  static final List<String> OTHER_NAMES =
      List.of("gpt-a-latest", "gpt-b-2026-01-01", "gpt-b-mini-7");

  /** Above this many input tokens the long-context rates hold. */
  static final long LONG_CONTEXT = 10_000;

  private static final Duration LEAD_TIME = Duration.ofMinutes(5);
  private static final int RATE_SCALE = 6;

  private final World world;
  private final SimulatedTime time;
  private final Dice dice;
  private final Map<String, Integer> versions = new HashMap<>();
  private final List<String> unpriced = new ArrayList<>(List.of("new-a", "new-b", "new-c"));
  private int writeOffs;
  private final List<String> priced = new ArrayList<>();

  Prices(World world, SimulatedTime time, Dice dice) {
    this.world = world;
    this.time = time;
    this.dice = dice;
    publishMain("base-usd", "USD", World.LONG_AGO, null, false, null);
    publishMain("base-eur", "EUR", World.LONG_AGO, null, false, null);
    publishMain("plan-a", "USD", World.LONG_AGO, null, true, null);
    if (dice.percent(60)) {
      publishOverride(World.LONG_AGO);
    }
  }

  /** Models without a price so far. */
  List<String> unpriced() {
    return unpriced;
  }

  /** Models whose price came late. */
  List<String> pricedLate() {
    return priced;
  }

  /** A new version of a book that takes effect after the lead time. */
  void change() {
    Instant from = time.instant().plus(LEAD_TIME).plusSeconds(dice.between(0, 1_800));
    switch (dice.below(4)) {
      case 0 -> publishMain("base-usd", "USD", from, null, false, null);
      case 1 -> publishMain("base-eur", "EUR", from, null, false, null);
      case 2 -> publishMain("plan-a", "USD", from, null, true, null);
      default -> publishOverride(from);
    }
  }

  /** Prices a model that had none, also for the past; false if there is none left. */
  boolean priceNewModel() {
    if (unpriced.isEmpty()) {
      return false;
    }
    String model = unpriced.removeFirst();
    priced.add(model);
    for (String currency : List.of("USD", "EUR")) {
      List<PriceRate> rates = new ArrayList<>();
      addRates(rates, model, "standard", null, true);
      publish(
          "late-" + model + "-" + currency,
          close(currency, World.LONG_AGO, null, false, null),
          rates,
          List.of());
    }
    return true;
  }

  /** Decides that usage of a model without a price is not billed; false if all have one. */
  boolean writeOff() {
    if (unpriced.isEmpty()) {
      return false;
    }
    String id = "write-off-" + writeOffs++;
    world.publish(
        Topics.WRITE_OFFS,
        id,
        WriteOff.newBuilder()
            .setWriteOffId(id)
            .setOrganizationId(dice.percent(50) ? "org-0" : null)
            .setProvider(PROVIDER)
            .setModel(dice.any(unpriced))
            .setAcceptedUntil(time.instant().plusSeconds(dice.between(-600, 600)))
            .setReason("not worth it")
            .setDecidedBy("operator")
            .setDecidedAt(time.instant())
            .build());
    return true;
  }

  private void publishOverride(Instant from) {
    List<PriceRate> rates = new ArrayList<>();
    addRates(rates, "gpt-a", "standard", null, true);
    publish(
        "org-0-override",
        close("USD", from, "org-0", false, dice.percent(70) ? "plan-a" : null),
        rates,
        List.of());
  }

  private void publishMain(
      String book,
      String currency,
      Instant from,
      @Nullable String organization,
      boolean plan,
      @Nullable String follows) {
    List<PriceRate> rates = new ArrayList<>();
    addRates(rates, "gpt-a", "standard", null, true);
    addRates(rates, "gpt-a", "standard", LONG_CONTEXT, false);
    addRates(rates, "gpt-a", "batch", null, true);
    addRates(rates, "gpt-b", "standard", null, true);
    addRates(rates, "gpt-b", "batch", null, true);
    addRates(rates, "gpt-b-*", "standard", null, true);
    addRates(rates, "gpt-b-mini-*", "standard", null, true);
    publish(
        book,
        close(currency, from, organization, plan, follows),
        rates,
        List.of(new ModelAlias(PROVIDER, "gpt-a-latest", "gpt-a")));
  }

  private void addRates(
      List<PriceRate> rates,
      String model,
      String tier,
      @Nullable Long contextOver,
      boolean everyMeter) {
    for (String meter :
        everyMeter
            ? List.of("input", "cache_read", "cache_write_5m", "output", "reasoning", "web_search")
            : List.of("input", "output")) {
      rates.add(new PriceRate(PROVIDER, model, tier, contextOver, meter, rate()));
    }
    if (everyMeter && dice.percent(30)) {
      rates.add(new PriceRate(PROVIDER, model, tier, contextOver, "request", rate()));
    }
  }

  private BigDecimal rate() {
    return BigDecimal.valueOf(dice.between(0, 90_000_000), RATE_SCALE);
  }

  private PriceVersionClose close(
      String currency,
      Instant from,
      @Nullable String organization,
      boolean plan,
      @Nullable String follows) {
    return PriceVersionClose.newBuilder(PricePages.base(currency, from, time.instant()))
        .setOrganizationId(organization)
        .setPlan(plan)
        .setFollowsPlan(follows)
        .build();
  }

  private void publish(
      String book, PriceVersionClose close, List<PriceRate> rates, List<ModelAlias> aliases) {
    int version = versions.merge(book, 1, Integer::sum);
    for (PriceBookRecord page :
        PricePages.of(new PriceBookId(book), version, close, rates, aliases)) {
      world.publish(Topics.PRICE_BOOKS, book + "/" + version + "/" + page.getPage(), page);
    }
  }
}
