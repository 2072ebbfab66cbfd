package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.avro.PriceBookRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriceTermsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final Duration LEAD = Duration.ofMinutes(5);

  private static PriceTerms.Line line(String model, String rate) {
    return new PriceTerms.Line("openai", model, null, null, "input", rate);
  }

  private static PriceTerms at(String effectiveFrom) {
    return new PriceTerms(effectiveFrom, List.of(line("gpt", "2.5")));
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
                new PriceTerms(
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
        new PriceTerms(
            "2026-01-01T00:00:00Z",
            List.of(
                line("gpt", "1"),
                new PriceTerms.Line("openai", "gpt", null, 200_000L, "input", "2"),
                new PriceTerms.Line("openai", "gpt", null, 400_000L, "input", "3")));

    assertThat(terms.rates()).hasSize(3);
  }

  @Test
  void letsABooksFirstVersionPriceThePast() {
    at("2020-01-01T00:00:00Z").checkEffective(NOW, LEAD, Optional.empty());
  }

  @Test
  void givesInstancesTimeToHaveALaterVersion() {
    Optional<Instant> first = Optional.of(Instant.parse("2020-01-01T00:00:00Z"));

    at("2026-03-01T00:05:00Z").checkEffective(NOW, LEAD, first);
    assertThatThrownBy(() -> at("2026-03-01T00:04:59.999Z").checkEffective(NOW, LEAD, first))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("300 s after now");
  }

  @Test
  void keepsVersionsInOrder() {
    Optional<Instant> latest = Optional.of(Instant.parse("2027-01-01T00:00:00Z"));

    assertThatThrownBy(() -> at("2027-01-01T00:00:00Z").checkEffective(NOW, LEAD, latest))
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
        new PriceTerms("2026-01-01T00:00:00Z", lines)
            .records(new PriceBookId("list"), 1, "USD", null, NOW);

    assertThat(records).hasSize((rates + 499) / 500 + 1);
    assertThat(records.getLast().getPage()).isEqualTo(records.size() - 1);
    PublishedPrices readers = new PublishedPrices();
    records.forEach(readers::accept);
    assertThat(readers.broken()).isEmpty();
    assertThat(readers.snapshot().versions()).isEqualTo(1);
  }
}
