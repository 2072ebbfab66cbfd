package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.rating.Requests.request;
import static io.tollgate.schemas.Meter.INPUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.rating.RatingResult.Unrated;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.Money;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelNamesTest {
  private static final PriceVersion VERSION =
      prices()
          .model("openai", "gpt-4o")
          .rate(INPUT, "1")
          .alias("gpt-4o-2024-08-06", "gpt-4o")
          .alias("chatgpt-4o*", "gpt-4o")
          .model("openai", "gpt-4o-audio*")
          .rate(INPUT, "2")
          .model("openai", "gpt-4*")
          .rate(INPUT, "3")
          .model("openai", "gpt-*-mini")
          .rate(INPUT, "4")
          .model("openai", "*-mini")
          .rate(INPUT, "5")
          .model("azure", "*")
          .rate(INPUT, "6")
          .serviceTier("batch")
          .model("openai", "gpt-4*")
          .rate(INPUT, "7")
          .build();

  @ParameterizedTest
  @CsvSource({
    "openai, gpt-4o, standard, 1, exact",
    "openai, gpt-4o-2024-08-06, standard, 1, an alias comes before a pattern",
    "openai, chatgpt-4o-latest, standard, 1, an alias may be a pattern",
    "openai, gpt-4o-2024-05-13, standard, 3, no alias: the pattern",
    "openai, gpt-4o-audio-preview, standard, 2, the longer prefix wins",
    "openai, gpt-4-mini, standard, 3, the longer prefix wins over more literals",
    "openai, gpt-5-mini, standard, 4, the longer prefix",
    "openai, o4-mini, standard, 5, what begins with a star comes last",
    "azure, anything, standard, 6, a star alone",
    "openai, gpt-4-turbo, batch, 7, the same pattern in another tier",
  })
  void theMostSpecificNameWins(
      String provider, String model, String tier, String cost, String why) {
    RatingResult result = rate(provider, model, tier);
    assertThat(result).as(why).isInstanceOf(Rated.class);
    assertThat(((Rated) result).cost()).isEqualTo(Money.parse(cost));
  }

  @ParameterizedTest
  @CsvSource({
    "openai, gpt-4o, batch, a model that is named does not borrow a tier from a pattern",
    "openai, gpt-4o-2024-08-06, batch, nor does its alias",
    "openai, gpt-4o, priority, no tier stands in for another",
    "openai, o4, standard, no name or pattern",
    "Openai, gpt-4o, standard, providers are not patterns",
    "openai, GPT-4O, standard, case counts",
  })
  void whatNothingMatchesIsUnrated(String provider, String model, String tier, String why) {
    RatingResult result = rate(provider, model, tier);
    assertThat(result).as(why).isInstanceOf(Unrated.class);
    assertThat(((Unrated) result).reason()).isEqualTo(UnratedReason.NO_RATE);
    assertThat(((Unrated) result).detail()).contains(provider + "/" + model + " (" + tier + ")");
  }

  private static RatingResult rate(String provider, String model, String tier) {
    return Rating.rate(
        request().model(provider, model).serviceTier(tier).units(INPUT, 1_000_000).build(),
        PriceBooks.of(List.of(VERSION)));
  }

  @Test
  void aTieIsRefusedNamingBoth() {
    Prices tied =
        prices()
            .model("openai", "gpt-*-a*")
            .rate(INPUT, "1")
            .model("openai", "gpt-*b-*")
            .rate(INPUT, "2");
    assertThatThrownBy(tied::build)
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.value()).isEqualTo("gpt-*-a* and gpt-*b-*"))
        .hasMessageContaining("equally specific");
  }

  @Test
  void aTieBetweenAPatternAndAnAliasIsRefusedToo() {
    Prices tied =
        prices()
            .model("openai", "gpt")
            .rate(INPUT, "1")
            .alias("*-mini", "gpt")
            .model("openai", "*omini")
            .rate(INPUT, "2");
    // Nothing ends with both -mini and omini.
    assertThatCode(tied::build).doesNotThrowAnyException();
    tied.model("openai", "*-gpt-*").rate(INPUT, "3");
    assertThatThrownBy(tied::build).hasMessageContaining("*-gpt-* and *-mini");
  }

  @Test
  void patternsThatShareNoNameOrLeadToTheSameRatesAreNoTie() {
    assertThatCode(
            prices()
                    .model("openai", "gpt-4*")
                    .rate(INPUT, "1")
                    .model("openai", "gpt-5*")
                    .rate(INPUT, "2")
                    .model("azure", "gpt-4*")
                    .rate(INPUT, "3")
                    .model("openai", "claude")
                    .rate(INPUT, "4")
                    .alias("*a*", "claude")
                    .alias("*b*", "claude")
                ::build)
        .doesNotThrowAnyException();
  }

  @Test
  void anAliasMustLeadToAModelAndHideNone() {
    Prices one = prices().model("openai", "gpt-4o").rate(INPUT, "1");
    assertThatThrownBy(one.alias("gpt", "gpt-5")::build).hasMessageContaining("not to gpt-5");
    assertThatThrownBy(
            prices()
                    .model("openai", "gpt-4o")
                    .rate(INPUT, "1")
                    .model("openai", "gpt-4")
                    .rate(INPUT, "1")
                    .alias("gpt-4", "gpt-4o")
                ::build)
        .hasMessageContaining("name of a model");
    assertThatThrownBy(
            prices()
                    .model("openai", "gpt-4o")
                    .rate(INPUT, "1")
                    .alias("x", "gpt-4o")
                    .alias("x", "gpt-4o")
                ::build)
        .hasMessageContaining("twice");
  }

  @Test
  void moreNamesThanAreRememberedArePricedAlike() {
    PriceBooks books = PriceBooks.of(List.of(VERSION));
    for (int i = 0; i < 3 * ModelNames.MOST_REMEMBERED; i++) {
      RatingResult result =
          Rating.rate(request().model("openai", "gpt-4-" + i).units(INPUT, 1).build(), books);
      assertThat(((Rated) result).cost()).isEqualTo(Money.parse("0.000003"));
    }
  }
}
