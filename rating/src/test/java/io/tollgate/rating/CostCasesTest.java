package io.tollgate.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.PriceBookId;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Costs that published test suites of other projects assert, recomputed by this rating. The file
 * with them is not part of the project: it is looked for beside it.
 */
class CostCasesTest {
  private static final Path FILE = Path.of("..", "..", "shared", "data", "cost-cases.json");

  private static final int CASES = 134;

  /**
   * Cases of a source whose tiers reprice only the tokens beyond a bound. No rate card says that:
   * what accumulates exists only on invoices. Their rule is out of scope of the rating of an event;
   * their value is not, as long as no bound is crossed, which {@link #graduatedTiersAreNotCrossed}
   * makes sure of.
   */
  private static final Set<String> GRADUATED = Set.of("ccusage/1h-breakdown");

  private static final String PROVIDER = "provider";
  private static final String MODEL = "model";

  private static final Map<String, Meter> METERS =
      Map.ofEntries(
          Map.entry("input", Meter.INPUT),
          Map.entry("output", Meter.OUTPUT),
          Map.entry("cache_read", Meter.CACHE_READ),
          Map.entry("cache_write", Meter.CACHE_WRITE_5M),
          Map.entry("cache_write_1h", Meter.CACHE_WRITE_1H),
          Map.entry("output_reasoning", Meter.REASONING),
          Map.entry("output_image", Meter.OUTPUT_IMAGE),
          Map.entry("input_audio", Meter.INPUT_AUDIO),
          Map.entry("output_audio", Meter.OUTPUT_AUDIO),
          Map.entry("cache_read_audio", Meter.CACHE_READ_AUDIO));

  private static JsonNode cases() throws IOException {
    if (!Files.exists(FILE)) {
      String reason = "the file of cost cases is not at " + FILE.toAbsolutePath().normalize();
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      abort(reason);
    }
    return new ObjectMapper().readTree(Files.readAllBytes(FILE)).get("cases");
  }

  @TestFactory
  Stream<DynamicTest> costsWhatOthersSayItCosts() throws IOException {
    return cases()
        .valueStream()
        .map(one -> dynamicTest(one.get("id").asText(), () -> assertCost(one)));
  }

  @Test
  void noCaseIsLeftOut() throws IOException {
    assertThat(cases()).hasSize(CASES);
    assertThat(
            cases()
                .valueStream()
                .filter(one -> one.get("tier_mode").asText().equals("graduated_per_type"))
                .map(one -> one.get("id").asText()))
        .containsExactlyElementsOf(GRADUATED);
  }

  @Test
  void graduatedTiersAreNotCrossed() throws IOException {
    assertThat(cases().valueStream().filter(one -> GRADUATED.contains(one.get("id").asText())))
        .allSatisfy(
            one -> {
              long units = 0;
              for (JsonNode bucket : one.get("tokens")) {
                units += bucket.asLong();
              }
              for (JsonNode price : one.get("prices_usd_per_token")) {
                for (JsonNode tier : price.path("tiers")) {
                  assertThat(tier.get("over").asLong()).isGreaterThan(units);
                }
              }
            });
  }

  private static void assertCost(JsonNode one) {
    Requests request = Requests.request().model(PROVIDER, MODEL);
    one.get("tokens")
        .properties()
        .forEach(bucket -> request.units(meter(bucket.getKey()), bucket.getValue().asLong()));
    RatingResult result = Rating.rate(request.build(), PriceBooks.of(Set.of(version(one))));
    assertThat(result).isInstanceOf(RatingResult.Rated.class);
    RatingResult.Rated rated = (RatingResult.Rated) result;

    assertThat(rated.cost())
        .isEqualTo(Money.parse(one.get("recomputed").get("total_usd").asText()));
    BigDecimal settled = rated.cost().value();
    if (one.has("rounding")) {
      // What the source rounds once, on the settled total; rating never does.
      JsonNode rounding = one.get("rounding");
      settled =
          settled.setScale(
              new BigDecimal(rounding.get("quantum").asText()).scale(),
              RoundingMode.valueOf(rounding.get("mode").asText()));
    }
    JsonNode expected = one.get("expected_usd");
    assertThat(settled).isEqualByComparingTo(expected.get("total").asText());
    if (expected.has("output")) {
      assertThat(side(rated, true)).isEqualByComparingTo(expected.get("output").asText());
      assertThat(side(rated, false)).isEqualByComparingTo(expected.get("input").asText());
    }
  }

  private static BigDecimal side(RatingResult.Rated rated, boolean output) {
    return rated.charges().stream()
        .filter(charge -> (charge.meter().side() == Meter.Side.OUTPUT_TOKENS) == output)
        .map(charge -> charge.cost().value())
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** The case's prices as a draft with fallbacks, resolved as at publication. */
  private static PriceVersion version(JsonNode one) {
    Prices prices = Prices.prices().model(PROVIDER, MODEL);
    boolean graduated = GRADUATED.contains(one.get("id").asText());
    one.get("prices_usd_per_token")
        .properties()
        .forEach(
            price -> {
              Meter meter = meter(price.getKey());
              prices.contextOver(null).rate(meter, perMillion(price.getValue().get("base")));
              if (!graduated) {
                for (JsonNode tier : price.getValue().path("tiers")) {
                  prices
                      .contextOver(tier.get("over").asLong())
                      .rate(meter, perMillion(tier.get("price")));
                }
              }
            });
    Map<Meter, Meter> fallbacks = new EnumMap<>(Meter.class);
    for (JsonNode line : one.get("recomputed").get("lines")) {
      if (line.has("rate_of")) {
        fallbacks.put(meter(line.get("type").asText()), meter(line.get("rate_of").asText()));
      }
    }
    PriceDraft draft =
        new PriceDraft(
            prices.rates(), List.of(), Optional.empty(), new PriceFallbacks(fallbacks, Map.of()));
    return PriceVersion.of(
        new PriceBookId("cases"), 1, prices.close(), draft.resolve().rates(), List.of());
  }

  private static String perMillion(JsonNode perToken) {
    return new BigDecimal(perToken.asText()).movePointRight(6).stripTrailingZeros().toPlainString();
  }

  private static Meter meter(String bucket) {
    return Objects.requireNonNull(METERS.get(bucket), bucket);
  }
}
