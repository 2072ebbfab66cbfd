package io.tollgate.app.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.RatingResult;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiteLlmPricesTest {
  private static final String FILE = "litellm-model_prices_and_context_window-2026-07-28.json.gz";

  private static ImportedPrices read(String json) throws IOException {
    return LiteLlmPrices.read(PriceFiles.json(json), Instant.EPOCH);
  }

  @Test
  void everyPriceOfTheRealFileIsARateOrALineOfTheReport() throws IOException {
    ImportedPrices prices = LiteLlmPrices.read(PriceFiles.open(FILE), Instant.EPOCH);
    var draft = prices.versions().getFirst().draft();

    // Number and sum were worked out by another program from the same file, with exact decimals.
    assertThat(draft.rates()).hasSize(7_339);
    assertThat(PriceFiles.sum(draft.rates())).isEqualByComparingTo("20291306.677480");
    assertThat(draft.rates().stream().map(rate -> rate.getProvider() + "/" + rate.getModel()))
        .hasSize(7_339)
        .satisfies(names -> assertThat(names.stream().distinct()).hasSize(2_601));
    assertThat(draft.resolve().rates()).hasSize(10_075);
    assertThat(PriceFiles.reasons(prices))
        .containsOnly(
            entry("has a unit or a condition that is no meter or tier", 324L),
            entry(
                "has context tiers in the standard tier only: what long requests cost in this tier"
                    + " is not said",
                148L),
            entry("has prices of zero only: free or not known, the file does not say which", 132L),
            entry("has no price", 97L),
            entry("is per image that is read, which is no meter", 62L),
            entry("is per second of what, is not said", 48L),
            entry("is free beside another price per second, which holds", 45L),
            entry("must have at most 6 decimals per 1,000,000 units", 33L),
            entry("is per query, which is no meter", 16L),
            entry("depends on the size of the search context, which events do not say", 7L),
            entry("has other prices", 7L),
            entry("has a * in its name, which is a pattern here", 4L),
            entry("is missing: not a model", 1L));
  }

  @ParameterizedTest
  @CsvSource({
    // By hand from the file: 3e-06 and 1.5e-05 up to 200,000 tokens, 6e-06 and 2.25e-05 above.
    "anthropic, claude-sonnet-4-5, standard, 200000, 1000, 0.615",
    "anthropic, claude-sonnet-4-5, standard, 200001, 1000, 1.222506",
    // 2.5e-06 and 1.5e-05; 1.25e-06 and 7.5e-06 for flex.
    "openai, gpt-4o, standard, 1000, 1000, 0.0125",
    "openai, gpt-4o, batch, 1000, 1000, 0.00625",
    // 1.25e-07 and 7.5e-07, which no binary fraction is.
    "gemini, gemini-3.1-flash-lite, flex, 3, 7, 0.000005625",
  })
  void pricesAsTheRealFileSays(
      String provider, String model, String tier, long input, long output, String cost)
      throws IOException {
    PriceBooks books =
        PriceFiles.published(
            LiteLlmPrices.read(PriceFiles.open(FILE), Instant.EPOCH).versions().getFirst());

    assertThat(
            PriceFiles.cost(books, provider, model, tier, Map.of("input", input, "output", output)))
        .isEqualTo(cost);
  }

  @Test
  void numbersAreTextAllTheWay() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'m': {'litellm_provider': 'p', 'mode': 'chat',
                   'input_cost_per_token': 1.5e-07,
                   'output_cost_per_token': 0.000000600000,
                   'cache_read_input_token_cost': 3.7499999999999997e-06}}
            """);

    assertThat(PriceFiles.rates(prices.versions().getFirst()))
        .containsExactly("p/m standard input 0.150000", "p/m standard output 0.600000");
    assertThat(PriceFiles.lines(prices))
        .containsExactly(
            "p/m: cache_read_input_token_cost = 3.7499999999999997e-06: is 3.7499999999999997 per"
                + " 1,000,000: must have at most 6 decimals per 1,000,000 units");
  }

  @Test
  void suffixesAreContextAndServiceTiers() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'p/m': {'litellm_provider': 'p', 'mode': 'chat',
                     'input_cost_per_token': 1e-06,
                     'input_cost_per_token_above_200k_tokens': 2e-06,
                     'input_cost_per_token_priority': 3e-06,
                     'input_cost_per_token_above_200k_tokens_priority': 4e-06,
                     'cache_creation_input_token_cost_above_1hr': 5e-06,
                     'search_context_cost_per_query': {'search_context_size_low': 0.01,
                       'search_context_size_high': 0.01}}}
            """);

    assertThat(PriceFiles.rates(prices.versions().getFirst()))
        .containsExactly(
            "p/m standard input 1.000000",
            "p/m standard over 200000 input 2.000000",
            "p/m standard cache_write_1h 5.000000",
            "p/m standard web_search 10000.000000",
            "p/m priority input 3.000000",
            "p/m priority over 200000 input 4.000000");
    assertThat(prices.notImported()).isEmpty();
  }

  @Test
  void aMeterWhoseLongRequestsHaveNoPriceIsLeftOutOfThatTier() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'a': {'litellm_provider': 'p', 'input_cost_per_token': 1e-06,
                   'input_cost_per_token_above_200k_tokens': 2.00000000000001e-06,
                   'output_cost_per_token': 3e-06},
             'b': {'litellm_provider': 'p', 'input_cost_per_token': 1e-06,
                   'input_cost_per_token_above_200k_tokens': 2e-06,
                   'input_cost_per_token_batches': 5e-07,
                   'output_cost_per_token_batches': 5e-07}}
            """);

    assertThat(PriceFiles.rates(prices.versions().getFirst()))
        .containsExactly(
            "p/a standard output 3.000000",
            "p/b standard input 1.000000",
            "p/b standard over 200000 input 2.000000",
            "p/b batch output 0.500000");
    assertThat(PriceFiles.lines(prices))
        .hasSize(2)
        .anyMatch(
            line -> line.startsWith("p/a: input_cost_per_token_above_200k_tokens = 2.0000000"))
        .anyMatch(line -> line.startsWith("p/b: input (batch) = 0.500000: has context tiers"));
    assertThat(
            PriceFiles.rate(
                PriceFiles.published(prices.versions().getFirst()),
                "p",
                "b",
                "batch",
                Map.of("input", 1L)))
        .isInstanceOf(RatingResult.Unrated.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'input_cost_per_character': 1e-06                                   | input_cost_per_character = 1e-06 | no meter or tier
          'provider_specific_entry': {'us': 1.1}                              | provider_specific_entry = {us: 1.1} | no meter or tier
          'search_context_cost_per_query': {'low': 1, 'high': 2}              | search_context_cost_per_query = {low: 1, high: 2} | size of the search context
          'input_cost_per_token_cache_hit': 1, 'cache_read_input_token_cost': 2 | input_cost_per_token_cache_hit = 1 | contradicts
          'mode': 'chat', 'input_cost_per_second': 1                          | input_cost_per_second = 1 | per second of what
          'mode': 'audio_speech', 'input_cost_per_second': 1, 'output_cost_per_second': 2 | input_cost_per_second = 1 | differs
          'mode': 'rerank', 'input_cost_per_query': 1                         | input_cost_per_query = 1 | per query
          'output_cost_per_token': '1'                                        | output_cost_per_token = 1 | is not a number
          'output_cost_per_token': -1                                         | output_cost_per_token = -1 | must not be negative
          'output_cost_per_token': 1e7                                        | output_cost_per_token = 1e7 | below 10^12
          'output_cost_per_token': 1e-999999                                  | output_cost_per_token = 1e-999999 | too many digits
          'output_cost_per_token': 0                                          | * = 0 | prices of zero only
          'mode': 'chat'                                                      | * = | has no price
          """)
  void saysWhatCannotBeTakenOver(String fields, String line, String reason) throws IOException {
    assertThat(PriceFiles.lines(read("{'m': {'litellm_provider': 'p', " + fields + "}}")))
        .anySatisfy(said -> assertThat(said).startsWith("p/m: " + line).contains(reason));
  }

  @Test
  void whatIsNotSuchAFileIsRefused() {
    assertThatThrownBy(() -> read("[]")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("{'m': {'a': 1, 'a': 2}}")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("{'m': ")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("")).isInstanceOf(IOException.class);
  }

  @Test
  void bodiesAreWhatGovernanceTakes() throws IOException {
    ImportedPrices prices =
        read("{'m': {'litellm_provider': 'p', 'input_cost_per_token_above_1k_tokens': 1.5e-07}}");

    assertThat(PriceBodies.of(prices).toString().replace('"', '\''))
        .isEqualTo(
            "[{'effective_from':'1970-01-01T00:00:00Z','rates':[{'provider':'p','model':'m',"
                + "'service_tier':'standard','meter':'input','rate':'0.150000',"
                + "'context_over':1000}],'aliases':[],'meter_fallbacks':"
                + PriceBodies.of(prices).at("/0/meter_fallbacks").toString().replace('"', '\'')
                + "}]");
    assertThat(new BigDecimal(PriceBodies.of(prices).at("/0/rates/0/rate").asText()))
        .isEqualByComparingTo("0.15");
  }
}
