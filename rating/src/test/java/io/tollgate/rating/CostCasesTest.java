package io.tollgate.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Costs that published test suites of other projects assert, recomputed by this rating. The file
 * with them is not part of the project: it is looked for beside it.
 */
class CostCasesTest {
  private static final Path FILE = Path.of("..", "..", "shared", "data", "cost-cases.json");

  /**
   * Of 134 cases this many can be said in a price book: whole-request tiers, disjoint meters, 6
   * decimals.
   */
  private static final int LEAST_EXPRESSIBLE = 133;

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
        .flatMap(one -> expressible(one).stream())
        .map(one -> dynamicTest(one.name, () -> assertThat(one.cost()).isEqualTo(one.expected)));
  }

  @Test
  void mostCasesCanBeSaidInAPriceBook() throws IOException {
    assertThat(cases().valueStream().flatMap(one -> expressible(one).stream()))
        .hasSizeGreaterThanOrEqualTo(LEAST_EXPRESSIBLE);
  }

  private record CostCase(String name, Prices prices, Requests request, Money expected) {
    Money cost() {
      RatingResult result = Rating.rate(request.build(), PriceBooks.of(Set.of(prices.build())));
      assertThat(result).isInstanceOf(RatingResult.Rated.class);
      return ((RatingResult.Rated) result).cost();
    }
  }

  private static Optional<CostCase> expressible(JsonNode one) {
    if (one.get("tier_mode").asText().equals("graduated_per_type")) {
      return Optional.empty();
    }
    Map<String, String> rateOf = new HashMap<>();
    for (JsonNode line : one.get("recomputed").get("lines")) {
      if (line.has("rate_of")) {
        rateOf.put(line.get("type").asText(), line.get("rate_of").asText());
      }
    }
    Prices prices = Prices.prices();
    Requests request = Requests.request();
    Set<Long> tiers = new HashSet<>();
    long inputTokens = 0;
    for (Map.Entry<String, JsonNode> bucket : one.get("tokens").properties()) {
      Meter meter = METERS.get(bucket.getKey());
      if (meter == null) {
        return Optional.empty();
      }
      long units = bucket.getValue().asLong();
      request.units(meter, units);
      if (meter.side() == Meter.Side.INPUT_TOKENS) {
        inputTokens += units;
      }
      JsonNode price =
          one.get("prices_usd_per_token")
              .get(rateOf.getOrDefault(bucket.getKey(), bucket.getKey()));
      if (price == null || !addRates(prices, meter, price, tiers)) {
        return Optional.empty();
      }
    }
    if (!tiers.isEmpty() && inputTokens != one.get("total_input_tokens").asLong()) {
      return Optional.empty();
    }
    return Optional.of(
        new CostCase(
            one.get("id").asText(),
            prices,
            request,
            Money.parse(one.get("recomputed").get("total_usd").asText())));
  }

  private static boolean addRates(Prices prices, Meter meter, JsonNode price, Set<Long> tiers) {
    if (!addRate(prices, null, meter, price.get("base").asText())) {
      return false;
    }
    for (JsonNode tier : price.path("tiers")) {
      long over = tier.get("over").asLong();
      tiers.add(over);
      if (!addRate(prices, over, meter, tier.get("price").asText())) {
        return false;
      }
    }
    return true;
  }

  private static boolean addRate(Prices prices, @Nullable Long over, Meter meter, String perToken) {
    BigDecimal perMillion = new BigDecimal(perToken).movePointRight(6).stripTrailingZeros();
    if (perMillion.scale() > 6) {
      return false;
    }
    prices.contextOver(over).rate(meter, perMillion.toPlainString());
    return true;
  }
}
