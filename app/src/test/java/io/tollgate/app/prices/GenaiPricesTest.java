package io.tollgate.app.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.RatingResult;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenaiPricesTest {
  private static final String FILE = "genai-prices-v2-data.json.gz";
  private static final Instant FROM = Instant.parse("2026-07-29T00:00:00Z");

  private static ImportedPrices read(String models) throws IOException {
    return GenaiPrices.read(PriceFiles.json("[{'id': 'p', 'models': [" + models + "]}]"), FROM);
  }

  @Test
  void everyPriceOfTheRealFileIsARateOrALineOfTheReport() throws IOException {
    ImportedPrices prices = GenaiPrices.read(PriceFiles.open(FILE), FROM);

    // Numbers and sums were worked out by another program from the same file, with exact decimals.
    assertThat(
            prices.versions().stream()
                .map(
                    version ->
                        version.effectiveFrom()
                            + " "
                            + version.draft().rates().size()
                            + " "
                            + PriceFiles.sum(version.draft().rates())))
        .containsExactly(
            "2026-07-29T00:00:00Z 3222 232176.703225",
            "2026-07-30T00:00:00Z 3230 232169.251725",
            "2026-09-01T00:00:00Z 3230 232201.386725",
            "2027-01-01T00:00:00Z 3230 232210.536725");
    assertThat(prices.versions())
        .allSatisfy(
            version -> {
              assertThat(version.draft().aliases()).hasSize(1_074);
              assertThat(PriceFiles.published(version).versions()).isEqualTo(1);
            });
    assertThat(PriceFiles.reasons(prices))
        .containsOnly(
            entry("has no price: free or not known, the file does not say which", 157L),
            entry("ties; narrowed", 132L),
            entry("ties", 1L),
            entry("order", 54L),
            entry("is a clause that no pattern says", 13L),
            entry("must have at most 6 decimals per 1,000,000 units", 7L),
            entry(
                "no price version holds for some hours of the day: the model has no price here",
                2L),
            entry("no provider's models stand in for another's here", 2L),
            entry("is a unit that is no meter", 1L),
            entry("upper and lower case count here: names are taken as written", 1L));
  }

  @ParameterizedTest
  @CsvSource({
    // 3 and 15 up to 200,000 tokens, 6 and 22.5 above; a name by a pattern.
    "anthropic, claude-sonnet-4-5-20250929, input, 200000, 0.6",
    "anthropic, claude-sonnet-4-5-20250929, input, 200001, 1.200006",
    "anthropic, claude-sonnet-4-5-20250929, web_search, 3, 0.03",
    // Reasoning costs what output costs.
    "anthropic, claude-sonnet-4-5-20250929, reasoning, 1000, 0.015",
    "aws, us.anthropic.claude-opus-4-5-v1:0, input, 1000, 0.0055",
    "minimax, MiniMax-M2.5-highspeed, input, 1000000, 0.6",
  })
  void pricesAsTheRealFileSays(String provider, String model, String meter, long units, String cost)
      throws IOException {
    PriceBooks books =
        PriceFiles.published(GenaiPrices.read(PriceFiles.open(FILE), FROM).versions().getFirst());

    assertThat(PriceFiles.cost(books, provider, model, "standard", Map.of(meter, units)))
        .isEqualTo(cost);
  }

  @Test
  void datesMakeVersionsAndWhatIsOverIsLeftOut() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'id': 'a', 'prices': {'input_mtok': 1}},
            {'id': 'b', 'prices': [
              {'prices': {'input_mtok': 9.0000000001}},
              {'constraint': {'start_date': '2026-07-01'}, 'prices': {'input_mtok': 2}},
              {'constraint': {'start_date': '2026-09-01'}, 'prices': {'input_mtok': 3}}]}
            """);

    assertThat(prices.versions())
        .extracting(ImportedPrices.Dated::effectiveFrom)
        .containsExactly(FROM, Instant.parse("2026-09-01T00:00:00Z"));
    assertThat(PriceFiles.rates(prices.versions().getFirst()))
        .containsExactly("p/a standard input 1.000000", "p/b standard input 2.000000");
    assertThat(PriceFiles.rates(prices.versions().getLast()))
        .containsExactly("p/a standard input 1.000000", "p/b standard input 3.000000");
    assertThat(prices.notImported()).hasSize(1);
  }

  @Test
  void clausesBecomeNamesAndPatterns() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'id': 'a', 'match': {'or': [{'equals': 'a'}, {'equals': 'a-1'},
               {'starts_with': 'a-2'}, {'ends_with': '-a'}, {'contains': '/a/'}]},
             'prices': {'input_mtok': 1}}
            """);

    assertThat(prices.versions().getFirst().draft().aliases())
        .extracting(alias -> alias.getAlias() + " → " + alias.getModel())
        .containsExactly("a-1 → a", "a-2* → a", "*-a → a", "*/a/* → a");
  }

  @Test
  void whatTiesIsNarrowedAndWhatTheOrderWouldHaveChosenIsSaid() throws IOException {
    ImportedPrices prices =
        read(
            """
            {'id': 'a', 'match': {'contains': 'xa'}, 'prices': {'input_mtok': 1}},
            {'id': 'b', 'match': {'contains': 'xb'}, 'prices': {'input_mtok': 2}},
            {'id': 'c', 'match': {'regex': '^c$'}, 'prices': {'input_mtok': 3}}
            """);

    assertThat(PriceFiles.lines(prices).stream().skip(1))
        .containsExactly(
            "p/b: match.contains = *xb*: ties with *xa* of model a; taken over as xb*",
            "p/c: match.regex = ^c$: is a clause that no pattern says",
            "p/a: match = *xa*: a name that also matches xb* of the later model b is priced by"
                + " that one");
    PriceBooks books = PriceFiles.published(prices.versions().getFirst());
    assertThat(PriceFiles.cost(books, "p", "xb1", "standard", Map.of("input", 1_000_000L)))
        .isEqualTo("2");
    assertThat(PriceFiles.rate(books, "p", "1xb", "standard", Map.of("input", 1L)))
        .isInstanceOf(RatingResult.Unrated.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'prices': {}                                                     | prices = {}: has no price
          'prices': {'input_mtok': 0}                                      | prices = {input_mtok: 0}: are zero only
          'prices': {'output_citation_mtok': 2}                            | prices.output_citation_mtok = 2: is a unit
          'prices': {'input_mtok': 0.12345678}                             | prices.input_mtok = 0.12345678: is 0.12345678 per
          'prices': {'input_mtok': {'base': 1, 'tiers': [{'start': 5, 'price': 0.12345678}]}} | prices.input_mtok.tiers = 0.12345678: is 0.12345678 per
          'prices': {'input_mtok': {'base': 1, 'tiers': [{'start': 1.5, 'price': 2}]}} | prices.input_mtok.tiers = {start: 1.5, price: 2}: is no tier
          'prices': [{'constraint': {'start_time': '1', 'end_time': '2'}, 'prices': {'input_mtok': 1}}] | prices.constraint = {start_time: 1, end_time: 2}: no price version
          'prices': [{'constraint': {'start_date': 'soon'}, 'prices': {'input_mtok': 1}}] | prices.constraint = {start_date: soon}: is no date
          'prices': null                                                   | prices = null: are no prices
          """)
  void saysWhatCannotBeTakenOver(String fields, String line) throws IOException {
    ImportedPrices prices = read("{'id': 'm', " + fields + "}");

    assertThat(PriceFiles.lines(prices)).anyMatch(said -> said.startsWith("p/m: " + line));
    assertThat(prices.versions().getFirst().draft().rates()).isEmpty();
  }

  @Test
  void whatIsNotSuchAFileIsRefused() {
    assertThatThrownBy(() -> GenaiPrices.read(PriceFiles.json("{}"), FROM))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("{'name': 'm'}")).isInstanceOf(IOException.class);
  }
}
