package io.tollgate.rating;

import static io.tollgate.rating.Prices.prices;
import static io.tollgate.rating.Requests.request;
import static io.tollgate.schemas.Meter.CACHE_READ;
import static io.tollgate.schemas.Meter.INPUT;
import static io.tollgate.schemas.Meter.OUTPUT;
import static io.tollgate.schemas.Meter.REASONING;
import static io.tollgate.schemas.Meter.REQUEST;
import static io.tollgate.schemas.Meter.WEB_SEARCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tollgate.rating.RatingResult.Rated;
import io.tollgate.rating.RatingResult.Unrated;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RatingTest {
  private static final PriceVersion BASE =
      prices()
          .rate(INPUT, "2.5")
          .rate(CACHE_READ, "1.25")
          .rate(OUTPUT, "10")
          .rate(WEB_SEARCH, "10000")
          .build();

  private static final PriceVersion TIERED =
      prices()
          .rate(INPUT, "3")
          .rate(CACHE_READ, "0.3")
          .rate(OUTPUT, "15")
          .contextOver(200_000L)
          .rate(INPUT, "6")
          .rate(OUTPUT, "22.5")
          .contextOver(1_000_000L)
          .rate(INPUT, "9")
          .build();

  private static Rated rated(Requests request, PriceVersion... versions) {
    RatingResult result = Rating.rate(request.build(), PriceBooks.of(List.of(versions)));
    assertThat(result).isInstanceOf(Rated.class);
    return (Rated) result;
  }

  private static Unrated unrated(Requests request, PriceVersion... versions) {
    RatingResult result = Rating.rate(request.build(), PriceBooks.of(List.of(versions)));
    assertThat(result).isInstanceOf(Unrated.class);
    return (Unrated) result;
  }

  @Test
  void chargesEveryMeterAtItsRate() {
    Rated rated = rated(request().units(OUTPUT, 7).units(INPUT, 1_000).units(CACHE_READ, 3), BASE);

    assertThat(rated.charges())
        .extracting(
            charge ->
                charge.meter() + " " + charge.units() + " " + charge.rate() + " " + charge.cost())
        .containsExactly(
            "input 1000 2.500000 0.002500000000",
            "cache_read 3 1.250000 0.000003750000",
            "output 7 10.000000 0.000070000000");
    assertThat(rated.cost()).isEqualTo(Money.parse("0.00257375"));
    assertThat(rated.currency()).isEqualTo("USD");
    assertThat(rated.priceBook().value()).isEqualTo("base");
    assertThat(rated.priceVersion()).isEqualTo(1);
    assertThat(rated.contextOver()).isNull();
  }

  @Test
  void theSmallestPriceIsAPicodollar() {
    PriceVersion smallest = prices().rate(INPUT, "0.000001").build();
    assertThat(rated(request().units(INPUT, 1), smallest).cost())
        .isEqualTo(Money.parse("0.000000000001"));
  }

  @ParameterizedTest
  @CsvSource({
    "199999, 0, 0.599997, ",
    "200000, 0, 0.6, ",
    "200001, 0, 1.200006, 200000",
    "200000, 1, 1.2000003, 200000",
    "1000000, 0, 6, 200000",
    "1000001, 0, 9.000009, 1000000",
  })
  void aContextTierStrictlyAboveItsBoundRepricesTheWholeRequest(
      long input, long cacheRead, String cost, Long tier) {
    Rated rated = rated(request().units(INPUT, input).units(CACHE_READ, cacheRead), TIERED);
    assertThat(rated.cost()).isEqualTo(Money.parse(cost));
    assertThat(rated.contextOver()).isEqualTo(tier);
  }

  @Test
  void outputDoesNotCountTowardsTheContextTier() {
    assertThat(
            rated(request().units(INPUT, 200_000).units(OUTPUT, 1_000_000), TIERED).contextOver())
        .isNull();
  }

  @Test
  void aMeterThatATierDoesNotNameKeepsTheRateBelow() {
    Rated rated =
        rated(request().units(INPUT, 1_000_001).units(OUTPUT, 1).units(CACHE_READ, 1), TIERED);
    assertThat(rated.charges())
        .extracting(charge -> charge.rate().toString())
        .containsExactly("9.000000", "0.300000", "22.500000");
  }

  @Test
  void aMeterWithoutARateLeavesTheEventUnrated() {
    Unrated unrated = unrated(request().units(INPUT, 1).units(REASONING, 5), BASE);
    assertThat(unrated.reason()).isEqualTo(UnratedReason.NO_RATE);
    assertThat(unrated.detail())
        .isEqualTo(
            "5 units of meter reasoning, but openai/gpt-4o (standard) has no rate for it in price"
                + " version base/1");
  }

  @Test
  void zeroUnitsAndTheRequestMeterNeedNoRate() {
    Rated rated = rated(request().units(INPUT, 0).units(REASONING, 0).units(REQUEST, 1), BASE);
    assertThat(rated.charges()).isEmpty();
    assertThat(rated.cost()).isEqualTo(Money.ZERO);
  }

  @Test
  void theRequestMeterIsChargedWhereItHasARate() {
    PriceVersion perRequest = prices().rate(REQUEST, "5000").build();
    assertThat(rated(request().units(REQUEST, 2), perRequest).cost())
        .isEqualTo(Money.parse("0.01"));
  }

  static Stream<Arguments> unratedCases() {
    PriceVersion euro = prices().book("euro").currency("EUR").rate(INPUT, "2").build();
    PriceVersion later =
        prices().effectiveFrom("2026-06-15T12:00:00.001Z").rate(INPUT, "2").build();
    PriceVersion foreign = prices().overrideOf("globex").rate(INPUT, "2").build();
    Requests input = request().units(INPUT, 1);
    return Stream.of(
        arguments("no book", input, List.of(), UnratedReason.NO_PRICE_BOOK),
        arguments("not yet in effect", input, List.of(later), UnratedReason.NO_PRICE_BOOK),
        arguments("somebody else's override", input, List.of(foreign), UnratedReason.NO_PRICE_BOOK),
        arguments(
            "other model",
            request().model("openai", "gpt-5").units(INPUT, 1),
            List.of(BASE),
            UnratedReason.NO_RATE),
        arguments(
            "other tier",
            request().serviceTier("batch").units(INPUT, 1),
            List.of(BASE),
            UnratedReason.NO_RATE),
        arguments("other currency", input, List.of(euro), UnratedReason.CURRENCY_MISMATCH));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unratedCases")
  void saysWhyAPriceIsNotKnown(
      String name, Requests request, List<PriceVersion> versions, UnratedReason reason) {
    RatingResult result = Rating.rate(request.build(), PriceBooks.of(versions));
    assertThat(result)
        .isInstanceOfSatisfying(
            Unrated.class,
            unrated -> {
              assertThat(unrated.reason()).isEqualTo(reason);
              assertThat(unrated.detail()).isNotBlank();
            });
  }

  @Test
  void anEffectiveVersionInTheRightCurrencyWinsOverOneThatIsNot() {
    PriceVersion euro = prices().book("a-euro").currency("EUR").rate(INPUT, "2").build();
    assertThat(rated(request().units(INPUT, 1), euro, BASE).priceBook().value()).isEqualTo("base");
  }

  @Test
  void theOverrideComesBeforeTheBaseAndOnlyForItsOrganization() {
    PriceVersion override = prices().book("deal").overrideOf("acme").rate(INPUT, "2").build();
    assertThat(rated(request().units(INPUT, 1_000_000), BASE, override).cost())
        .isEqualTo(Money.parse("2"));
    assertThat(
            rated(request().organization("globex").units(INPUT, 1_000_000), BASE, override).cost())
        .isEqualTo(Money.parse("2.5"));
  }

  @Test
  void aModelThatTheOverrideDoesNotHaveIsPricedByTheBase() {
    PriceVersion override =
        prices()
            .book("deal")
            .overrideOf("acme")
            .model("anthropic", "claude")
            .rate(INPUT, "2")
            .build();
    assertThat(rated(request().units(INPUT, 1), BASE, override).priceBook().value())
        .isEqualTo("base");
  }

  @Test
  void anOverrideThatLacksAMeterDoesNotBorrowTheBasePrice() {
    PriceVersion override = prices().book("deal").overrideOf("acme").rate(INPUT, "2").build();
    Unrated unrated = unrated(request().units(INPUT, 1).units(OUTPUT, 1), BASE, override);
    assertThat(unrated.detail()).contains("meter output").contains("deal/1");
  }

  @Test
  void aPlanComesBetweenTheOverrideThatFollowsItAndTheBase() {
    PriceVersion plan =
        prices()
            .book("gold")
            .plan()
            .rate(INPUT, "2")
            .model("anthropic", "claude")
            .rate(INPUT, "1")
            .build();
    PriceVersion override =
        prices()
            .book("deal")
            .overrideOf("acme")
            .followsPlan("gold")
            .model("anthropic", "claude")
            .rate(INPUT, "0.5")
            .build();
    PriceVersion base = prices().model("openai", "gpt-5").rate(INPUT, "7").build();
    PriceVersion[] all = {base, BASE_TWO, plan, override};

    assertThat(book(request().model("anthropic", "claude"), all)).isEqualTo("deal");
    assertThat(book(request(), all)).isEqualTo("gold");
    assertThat(book(request().model("openai", "gpt-5"), all)).isEqualTo("base");
    assertThat(book(request().organization("globex"), all)).isEqualTo("base-two");
    assertThat(
            unrated(
                    request().organization("globex").model("anthropic", "claude").units(INPUT, 1),
                    all)
                .reason())
        .isEqualTo(UnratedReason.NO_RATE);
  }

  private static final PriceVersion BASE_TWO = prices().book("base-two").rate(INPUT, "2.5").build();

  private static String book(Requests request, PriceVersion... versions) {
    return rated(request.units(INPUT, 1), versions).priceBook().value();
  }

  @Test
  void aPlanIsFollowedFromAnInstantOnAndLeftAgain() {
    PriceVersion plan = prices().book("gold").plan().rate(INPUT, "2").build();
    PriceVersion joins =
        prices()
            .book("deal")
            .overrideOf("acme")
            .effectiveFrom("2026-02-01T00:00:00Z")
            .followsPlan("gold")
            .build();
    PriceVersion leaves =
        prices()
            .book("deal")
            .version(2)
            .overrideOf("acme")
            .effectiveFrom("2026-03-01T00:00:00Z")
            .build();
    PriceVersion[] all = {BASE, plan, joins, leaves};

    assertThat(book(request().at("2026-01-31T23:59:59Z"), all)).isEqualTo("base");
    assertThat(book(request().at("2026-02-01T00:00:00Z"), all)).isEqualTo("gold");
    assertThat(book(request().at("2026-03-01T00:00:00Z"), all)).isEqualTo("base");
  }

  @Test
  void aPlanThatIsNotThereLeavesTheEventUnratedInsteadOfPricingItByTheBase() {
    PriceVersion override = prices().book("deal").overrideOf("acme").followsPlan("gold").build();
    Unrated unrated = unrated(request().units(INPUT, 1), BASE, override);
    assertThat(unrated.reason()).isEqualTo(UnratedReason.NO_PRICE_BOOK);
    assertThat(unrated.detail()).contains("deal/1 follows plan gold");
  }

  @Test
  void ofTwoBaseBooksTheFirstPublishedThatPricesEveryMeterWins() {
    PriceVersion first =
        prices().book("z").publishedAt("2026-01-01T00:00:00Z").rate(INPUT, "1").build();
    PriceVersion later =
        prices()
            .book("a")
            .publishedAt("2026-05-01T00:00:00Z")
            .rate(INPUT, "2")
            .rate(OUTPUT, "2")
            .build();

    assertThat(book(request(), later, first)).isEqualTo("z");
    assertThat(book(request().units(OUTPUT, 1), later, first)).isEqualTo("a");
    assertThat(unrated(request().units(INPUT, 1).units(REASONING, 1), later, first).detail())
        .contains("z/1");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-31T23:59:59.999999Z, 1",
    "2026-02-01T00:00:00Z, 2",
    "2026-02-28T00:00:00Z, 2",
    "2026-03-01T00:00:00Z, 4",
  })
  void theEventTimeChoosesTheVersionAndTheLaterPublishedWinsATie(String at, int version) {
    PriceVersion first = prices().version(1).rate(INPUT, "1").build();
    PriceVersion second =
        prices().version(2).effectiveFrom("2026-02-01T00:00:00Z").rate(INPUT, "2").build();
    PriceVersion third =
        prices().version(3).effectiveFrom("2026-03-01T00:00:00Z").rate(INPUT, "3").build();
    PriceVersion fourth =
        prices().version(4).effectiveFrom("2026-03-01T00:00:00Z").rate(INPUT, "4").build();
    assertThat(rated(request().at(at).units(INPUT, 1), third, fourth, first, second).priceVersion())
        .isEqualTo(version);
  }

  @Test
  void anySplitOfAnEventCostsTheSame() {
    Random random = new Random(20260601);
    for (int round = 0; round < 500; round++) {
      long input = random.nextLong(1, 200_000);
      long output = random.nextLong(1, 200_000);
      long inputPart = random.nextLong(input + 1);
      long outputPart = random.nextLong(output + 1);
      Money whole = rated(request().units(INPUT, input).units(OUTPUT, output), TIERED).cost();
      Money one = rated(request().units(INPUT, inputPart).units(OUTPUT, outputPart), TIERED).cost();
      Money other =
          rated(
                  request().units(INPUT, input - inputPart).units(OUTPUT, output - outputPart),
                  TIERED)
              .cost();
      assertThat(one.plus(other)).isEqualTo(whole);
    }
  }

  @Test
  void theTotalIsTheSumOfTheCharges() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      Requests request = request();
      for (Meter meter : List.of(INPUT, CACHE_READ, OUTPUT, WEB_SEARCH)) {
        request.units(meter, random.nextLong(1_000_000_000_000L));
      }
      Rated rated = rated(request, BASE);
      Money sum = rated.charges().stream().map(Charge::cost).reduce(Money.ZERO, Money::plus);
      assertThat(rated.cost()).isEqualTo(sum);
    }
  }

  @Test
  void aRecordedVersionPricesTheSameWhateverElseIsPublished() {
    Requests request = request().units(INPUT, 300_000).units(OUTPUT, 7);
    PriceVersion later = prices().version(2).rate(INPUT, "1").rate(OUTPUT, "2").build();
    PriceBooks visible = PriceBooks.of(List.of(TIERED, later));
    PriceVersion recorded = visible.version(TIERED.book(), 1);

    assertThat(recorded).isSameAs(TIERED);
    assertThat(Rating.rate(request.build(), recorded)).isEqualTo(rated(request, TIERED));
    assertThat(visible.version(TIERED.book(), 3)).isNull();
    assertThatThrownBy(() -> Rating.rate(request().units(WEB_SEARCH, 1).build(), recorded))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("base/1");
  }

  @Test
  void whatAVersionMayPriceIsKnownByItsNames() {
    PriceVersion pattern = prices().version(2).model("openai", "gpt-5*").rate(INPUT, "1").build();
    PriceBooks before = PriceBooks.of(List.of(BASE));
    PriceBooks after = PriceBooks.of(List.of(BASE, pattern));

    assertThat(after.since(before)).containsExactly(pattern);
    assertThat(after.mayPrice("openai", "gpt-5-mini", after.since(before))).isTrue();
    assertThat(after.mayPrice("openai", "gpt-4o", after.since(before))).isFalse();
    assertThat(after.mayPrice("azure", "gpt-5", after.since(before))).isFalse();
  }

  @Test
  void aVersionThatFollowsAPlanMayPriceWhatThePlanNames() {
    PriceVersion plan =
        prices().book("gold").plan().model("openai", "gpt-5").rate(INPUT, "1").build();
    PriceVersion joins = prices().book("acme").overrideOf("acme").followsPlan("gold").build();
    PriceBooks before = PriceBooks.of(List.of(plan));
    PriceBooks after = PriceBooks.of(List.of(plan, joins));

    assertThat(after.mayPrice("openai", "gpt-5", after.since(before))).isTrue();
    assertThat(after.mayPrice("openai", "gpt-4o", after.since(before))).isFalse();
  }
}
