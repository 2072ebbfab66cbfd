package io.tollgate.governance.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.StrictJson;
import io.tollgate.rating.PriceDraft;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.PriceVersionClose;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceTermsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final Duration LEAD = Duration.ofMinutes(5);

  private static PriceTerms.Line line(String model, String rate) {
    return new PriceTerms.Line("openai", model, null, null, "input", rate);
  }

  private static PriceTerms at(String effectiveFrom) {
    return terms(effectiveFrom, List.of(line("gpt", "2.5")));
  }

  private static PriceTerms terms(String effectiveFrom, List<PriceTerms.Line> rates) {
    return new PriceTerms(effectiveFrom, rates, null, null, null, null, null, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0000001", "1.0000000", "-1", "1e-3", "", "1000000000000"})
  void refusesRatesThatWouldNotLandOnTheScale(String rate) {
    assertThatThrownBy(() -> line("gpt", rate))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("rate"));
  }

  @Test
  void refusesARateGivenTwice() {
    assertThatThrownBy(
            () ->
                terms(
                    "2026-01-01T00:00:00Z",
                    List.of(
                        line("gpt", "1"),
                        new PriceTerms.Line("openai", "gpt", "batch", null, "input", "1"),
                        new PriceTerms.Line("openai", "gpt", "standard", null, "input", "2"))))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("rates[2]"));
  }

  @Test
  void tellsContextTiersApart() {
    PriceTerms terms =
        terms(
            "2026-01-01T00:00:00Z",
            List.of(
                line("gpt", "1"),
                new PriceTerms.Line("openai", "gpt", null, 200_000L, "input", "2"),
                new PriceTerms.Line("openai", "gpt", null, 400_000L, "input", "3")));

    assertThat(terms.rates()).hasSize(3);
  }

  @Test
  void letsABaseBooksFirstVersionPriceThePast() {
    at("2020-01-01T00:00:00Z").checkEffective(NOW, LEAD, true, Optional.empty());
  }

  @Test
  void givesInstancesTimeToHaveEveryOtherVersion() {
    Optional<Instant> first = Optional.of(Instant.parse("2020-01-01T00:00:00Z"));

    at("2026-03-01T00:05:00Z").checkEffective(NOW, LEAD, true, first);
    at("2026-03-01T00:05:00Z").checkEffective(NOW, LEAD, false, Optional.empty());
    PriceTerms tooSoon = at("2026-03-01T00:04:59.999Z");
    assertThatThrownBy(() -> tooSoon.checkEffective(NOW, LEAD, true, first))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("300 s after now");
    assertThatThrownBy(() -> tooSoon.checkEffective(NOW, LEAD, false, Optional.empty()))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("only the first version of a base book");
  }

  @Test
  void mayBeginInAPricedPastByDecision() {
    PriceTerms decided =
        json(
            """
            {'effective_from': '2026-01-01T00:00:00Z', 'retroactive_reason': 'Contract of May',
             'rates': [{'provider': 'openai', 'model': 'gpt', 'meter': 'input', 'rate': '1'}]}
            """);
    PriceTerms future =
        json("{'effective_from':'2026-04-01T00:00:00Z','retroactive_reason':'none needed'}");
    Optional<Instant> latest = Optional.of(Instant.parse("2026-02-01T00:00:00Z"));

    decided.checkEffective(NOW, LEAD, true, latest);
    decided.checkEffective(NOW, LEAD, false, Optional.empty());
    assertThatThrownBy(() -> future.checkEffective(NOW, LEAD, true, latest))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("retroactive_reason"));
  }

  @Test
  void keepsVersionsInOrder() {
    Optional<Instant> latest = Optional.of(Instant.parse("2027-01-01T00:00:00Z"));

    assertThatThrownBy(() -> at("2027-01-01T00:00:00Z").checkEffective(NOW, LEAD, true, latest))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("after the version before it");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 499, 500, 501, 1200})
  void publishesPagesThatReadersPutTogether(int rates) {
    List<PriceTerms.Line> lines = new ArrayList<>();
    for (int i = 0; i < rates; i++) {
      lines.add(line("model-" + i, "0." + (i + 1)));
    }
    List<PriceBookRecord> records =
        base("list").records(terms("2026-01-01T00:00:00Z", lines), Optional.empty());

    assertThat(records).hasSize((rates + 499) / 500 + 1);
    assertThat(records.getLast().getPage()).isEqualTo(records.size() - 1);
    PublishedPrices readers = new PublishedPrices();
    records.forEach(readers::accept);
    assertThat(readers.broken()).isEmpty();
    assertThat(readers.snapshot().versions()).isEqualTo(1);
  }

  private static PricePublication base(String id) {
    return new PricePublication(new PriceBookId(id), 1, "USD", false, null, NOW);
  }

  private static PricePublication override() {
    return new PricePublication(new PriceBookId("deal"), 1, "USD", false, "acme", NOW);
  }

  private static PriceTerms json(String json) {
    return StrictJson.read(
        json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), PriceTerms.class);
  }

  @Test
  void publishesWhatTermsResolveTo() {
    PriceTerms terms =
        json(
            """
            {'effective_from': '2026-04-01T00:00:00Z',
             'rates': [{'provider': 'openai', 'model': 'gpt-5*', 'meter': 'output', 'rate': '30'}],
             'aliases': [{'provider': 'openai', 'alias': 'gpt-next', 'model': 'gpt-5*'}],
             'meter_fallbacks': {'reasoning': 'output'},
             'service_tier_fallbacks': {'flex': 'standard'},
             'derived_from': {'price_book_id': 'list', 'version': 3,
                              'adjustments': [{'provider': 'openai', 'percent': '-12.5'}]},
             'plan': 'gold'}
            """);
    PriceDraft.Source source =
        new PriceDraft.Source(
            terms("2020-01-01T00:00:00Z", List.of(line("gpt", "2")))
                .draft(Optional.empty())
                .rates(),
            List.of(),
            terms.derivation().orElseThrow().parsed());

    List<PriceBookRecord> records = override().records(terms, Optional.of(source));

    assertThat(records.getFirst().getRates())
        .extracting(
            rate ->
                rate.getModel()
                    + " "
                    + rate.getServiceTier()
                    + " "
                    + rate.getMeter()
                    + " "
                    + rate.getRate())
        .containsExactly(
            "gpt standard input 1.750000",
            "gpt-5* standard output 30.000000",
            "gpt-5* standard reasoning 30.000000",
            "gpt flex input 1.750000",
            "gpt-5* flex output 30.000000",
            "gpt-5* flex reasoning 30.000000");
    PriceVersionClose close = records.getLast().getClose();
    assertThat(close.getFollowsPlan()).isEqualTo("gold");
    assertThat(close.getAliases()).isEqualTo(1);
    assertThat(StrictJson.mapper().valueToTree(PriceRows.resolvedFrom(close)).toString())
        .isEqualTo(
            ("{'meter_fallbacks':{'reasoning':'output'},"
                    + "'service_tier_fallbacks':{'flex':'standard'},"
                    + "'derived_from':{'price_book_id':'list','version':3,'adjustments':["
                    + "{'provider':'openai','model':null,'service_tier':null,'meter':null,"
                    + "'percent':'-12.5'}]}}")
                .replace('\'', '"'));
    PublishedPrices readers = new PublishedPrices();
    records.forEach(readers::accept);
    assertThat(readers.broken()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'meter_fallbacks':{'reasoning':'thought'} | meter_fallbacks | not a known meter
          'meter_fallbacks':{'reasoning':'output','output':'reasoning'} | meter_fallbacks | back to itself
          'service_tier_fallbacks':{'slow':'batch'} | service_tier_fallbacks | standard, batch, flex or priority
          'derived_from':{'price_book_id':'a/b','version':1} | derived_from.price_book_id | must match
          'derived_from':{'price_book_id':'a','version':0} | derived_from.version | above zero
          'derived_from':{'price_book_id':'a','version':1,'adjustments':[{'percent':'-100.5'}]} | derived_from.adjustments[0].percent | -100
          'derived_from':{'price_book_id':'a','version':1,'adjustments':[{'percent':'5','meter':'x'}]} | derived_from.adjustments[0].meter | not a known meter
          'aliases':[{'provider':'p','alias':'','model':'m'}] | aliases[0].alias | 1 to 256 bytes
          'plan':'a b' | plan | must match
          """)
  void refusesTermsNamingFieldAndRule(String terms, String field, String rule) {
    assertThatThrownBy(() -> json("{'effective_from':'2026-04-01T00:00:00Z'," + terms + "}"))
        .isInstanceOfSatisfying(
            InvalidInput.class,
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e.rule()).contains(rule);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-*-x*, gpt-*y-*, gpt-*-x* and gpt-*y-*",
  })
  void refusesPatternsThatTie(String one, String other, String named) {
    PriceTerms terms = terms("2026-01-01T00:00:00Z", List.of(line(one, "1"), line(other, "2")));
    assertThatThrownBy(() -> base("list").records(terms, Optional.empty()))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining(named);
  }

  @Test
  void onlyAnOverrideMayHaveNoRatesOrFollowAPlan() {
    PriceTerms none = json("{'effective_from':'2026-04-01T00:00:00Z'}");
    PriceTerms follows = json("{'effective_from':'2026-04-01T00:00:00Z','plan':'gold'}");

    assertThat(override().records(none, Optional.empty())).hasSize(1);
    assertThat(override().records(follows, Optional.empty())).hasSize(1);
    assertThatThrownBy(() -> base("list").records(none, Optional.empty()))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("rates"));
    assertThatThrownBy(() -> base("list").records(follows, Optional.empty()))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("plan"));
  }
}
