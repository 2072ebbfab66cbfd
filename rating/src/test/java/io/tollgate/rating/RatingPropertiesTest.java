package io.tollgate.rating;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceRate;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for any prices and any event. Each seed is a price version and a request. */
class RatingPropertiesTest {
  private static final int SEEDS = 300;
  private static final List<String> TIERS = List.of("standard", "batch", "flex", "priority");

  static LongStream seeds() {
    return LongStream.range(0, SEEDS);
  }

  private static PriceRate rate(
      String model, String tier, @Nullable Long over, Meter meter, Random random) {
    return new PriceRate(
        "openai",
        model,
        tier,
        over,
        meter.wireName(),
        BigDecimal.valueOf(random.nextLong(1, 1_000_000_000_000L), 6));
  }

  /** Rates for every meter, so that every event has a price; some context tiers. */
  private static List<PriceRate> rates(Random random) {
    List<PriceRate> rates = new ArrayList<>();
    for (String model : List.of("gpt-4o", "gpt-*", "*-mini", "claude")) {
      for (String tier : TIERS) {
        for (Meter meter : Meter.values()) {
          rates.add(rate(model, tier, null, meter, random));
          if (random.nextInt(3) == 0) {
            rates.add(rate(model, tier, 200_000L, meter, random));
          }
          if (random.nextInt(5) == 0) {
            rates.add(rate(model, tier, 1_000_000L, meter, random));
          }
        }
      }
    }
    return rates;
  }

  private static PriceBooks books(List<PriceRate> rates) {
    return PriceBooks.of(
        Set.of(
            PriceVersion.of(
                new PriceBookId("base"), 1, Prices.prices().close(), rates, List.of())));
  }

  private static Map<Meter, Long> units(Random random, long most) {
    Map<Meter, Long> units = new EnumMap<>(Meter.class);
    for (Meter meter : Meter.values()) {
      if (random.nextInt(3) == 0) {
        units.put(meter, random.nextLong(most));
      }
    }
    units.put(Meter.INPUT, random.nextLong(most));
    return units;
  }

  private static Requests request(Random random) {
    List<String> models = List.of("gpt-4o", "gpt-5", "o4-mini", "claude");
    return Requests.request()
        .model("openai", models.get(random.nextInt(models.size())))
        .serviceTier(TIERS.get(random.nextInt(TIERS.size())));
  }

  private static Rated rated(Requests request, Map<Meter, Long> units, PriceBooks books) {
    request.noUnits();
    units.forEach(request::units);
    RatingResult result = Rating.rate(request.build(), books);
    assertThat(result).isInstanceOf(Rated.class);
    return (Rated) result;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anySplitOfAnEventCostsTheSame(long seed) {
    Random random = new Random(seed);
    PriceBooks books = books(rates(random));
    Requests request = request(random);
    // Below the first context tier: what is split is an event, not the tier it is priced by.
    Map<Meter, Long> whole = units(random, 10_000);
    Map<Meter, Long> left = new EnumMap<>(Meter.class);
    Money sum = Money.ZERO;
    left.putAll(whole);
    for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
      Map<Meter, Long> part = new EnumMap<>(Meter.class);
      left.forEach((meter, count) -> part.put(meter, random.nextLong(count + 1)));
      part.forEach((meter, count) -> left.merge(meter, -count, Long::sum));
      sum = sum.plus(rated(request, part, books).cost());
    }
    sum = sum.plus(rated(request, left, books).cost());
    assertThat(sum).isEqualTo(rated(request, whole, books).cost());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aSplitByMetersWithinOneContextTierCostsTheSame(long seed) {
    Random random = new Random(seed);
    PriceBooks books = books(rates(random));
    Requests request = request(random);
    Map<Meter, Long> input = new EnumMap<>(Meter.class);
    Map<Meter, Long> rest = new EnumMap<>(Meter.class);
    units(random, 2_000_000)
        .forEach(
            (meter, count) ->
                (meter.side() == Meter.Side.INPUT_TOKENS ? input : rest).put(meter, count));
    Map<Meter, Long> whole = new EnumMap<>(input);
    whole.putAll(rest);
    Money of =
        rated(request, whole, books).charges().stream()
            .filter(charge -> charge.meter().side() == Meter.Side.INPUT_TOKENS)
            .map(Charge::cost)
            .reduce(Money.ZERO, Money::plus);
    assertThat(rated(request, input, books).cost()).isEqualTo(of);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theOrderOfTheRatesDoesNotMatter(long seed) {
    Random random = new Random(seed);
    List<PriceRate> rates = rates(random);
    Requests request = request(random);
    Map<Meter, Long> units = units(random, 2_000_000);
    Rated before = rated(request, units, books(rates));
    Collections.shuffle(rates, random);
    assertThat(rated(request, units, books(rates))).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anUnrelatedRateChangesNothing(long seed) {
    Random random = new Random(seed);
    List<PriceRate> rates = rates(random);
    Requests request = request(random).serviceTier("standard");
    Map<Meter, Long> units = units(random, 2_000_000);
    Rated before = rated(request, units, books(rates));
    // Another model, a pattern that this name does not match, and another provider.
    for (Meter meter : EnumSet.allOf(Meter.class)) {
      rates.add(rate("gpt-4o-realtime", "standard", null, meter, random));
      rates.add(rate("gpt-4o-mini-*", "standard", 100L, meter, random));
      PriceRate foreign = rate("*", "standard", null, meter, random);
      foreign.setProvider("azure");
      rates.add(foreign);
    }
    assertThat(rated(request, units, books(rates))).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theCostIsTheSumOfRateTimesUnits(long seed) {
    Random random = new Random(seed);
    PriceBooks books = books(rates(random));
    Rated rated = rated(request(random), units(random, 1_000_000_000_000L), books);
    BigDecimal millionfold = BigDecimal.ZERO;
    for (Charge charge : rated.charges()) {
      millionfold =
          millionfold.add(charge.rate().value().multiply(BigDecimal.valueOf(charge.units())));
    }
    assertThat(rated.cost().value().movePointRight(6)).isEqualByComparingTo(millionfold);
  }
}
