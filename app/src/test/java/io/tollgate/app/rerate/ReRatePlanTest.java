package io.tollgate.app.rerate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PricePages;
import io.tollgate.rating.PriceVersion;
import io.tollgate.rating.Rating;
import io.tollgate.rating.RatingResult;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.PriceRate;
import io.tollgate.schemas.avro.Quality;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReRatePlanTest {
  private static final Instant NOW = Instant.parse("2026-03-31T00:00:00Z");
  private static final Instant FROM = Instant.parse("2026-03-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2026-03-20T00:00:00Z");
  private static final Instant IN_RANGE = Instant.parse("2026-03-10T00:00:00Z");
  private static final PriceBookId LIST = new PriceBookId("list");

  /** Version 2 was published later, and reaches back to the fifth. */
  private static final PriceBooks PRICES =
      PriceBooks.of(
          List.of(
              version(1, "2026-01-01T00:00:00Z", "2.000000"),
              version(2, "2026-03-05T00:00:00Z", "1.500000"),
              version(3, "2026-03-15T00:00:00Z", "3.000000")));

  private final InForce inForce = new InForce(new OrganizationId("acme"), FROM, TO);

  private static PriceVersion version(int number, String effectiveFrom, String rate) {
    Instant from = Instant.parse(effectiveFrom);
    return PriceVersion.of(
        LIST,
        number,
        PricePages.base("USD", from, NOW),
        List.of(new PriceRate("openai", "gpt", "standard", null, "input", new BigDecimal(rate))),
        List.of());
  }

  private static UsageEvent event(String id, Instant time) {
    return event(id, time, built -> {});
  }

  private static UsageEvent event(String id, Instant time, Consumer<UsageEvent.Builder> different) {
    UsageEvent.Builder built =
        UsageEvent.newBuilder()
            .setSource("gateway")
            .setId(id)
            .setEventTime(time)
            .setOrganizationId("acme")
            .setWorkspaceId("prod")
            .setApiKeyId("key")
            .setTags(Map.of())
            .setProvider("openai")
            .setModel("gpt")
            .setServiceTier("standard")
            .setUnits(Map.of("input", 1_000_000L))
            .setQuality(Quality.REPORTED);
    different.accept(built);
    return built.build();
  }

  private static RatedUsage rated(UsageEvent event, int version, String cost, RatedKind kind) {
    return new RatedUsage(
        event,
        new Position(1, 0, 0L, NOW, NOW),
        BodyDigest.of(event).toBytes(),
        "USD",
        "list",
        version,
        null,
        List.of(),
        new BigDecimal(cost).setScale(12),
        kind,
        null);
  }

  private static RatedUsage usage(String id, Instant time, int version) {
    return rated(event(id, time), version, "2", RatedKind.USAGE);
  }

  private ReRatePlan plan() {
    return ReRatePlan.of(inForce, PRICES, LIST, 2, NOW);
  }

  @Test
  void amendsWhatTheVersionPricesAndAnotherHasPriced() {
    inForce.accept(usage("e1", IN_RANGE, 1));
    inForce.accept(usage("has-it", IN_RANGE, 2));
    inForce.accept(usage("before-it", FROM, 1));
    inForce.accept(usage("after-it", TO.minusSeconds(1), 1));
    inForce.accept(usage("out-of-range", TO, 1));

    ReRatePlan plan = plan();

    assertThat(plan.amendments()).hasSize(1);
    assertThat(plan.already()).isEqualTo(1);
    assertThat(plan.elsewhere()).isEqualTo(2);
    assertThat(plan.before()).hasToString("2.000000000000");
    assertThat(plan.after()).hasToString("1.500000000000");
    UsageEvent amendment = plan.amendments().getFirst();
    assertThat(UsageEventRules.check(amendment)).isEmpty();
    assertThat(amendment.getCorrection().getKind()).isEqualTo(CorrectionKind.AMEND);
    assertThat(amendment.getCorrection().getOriginalId()).isEqualTo("e1");
    assertThat(amendment.getUnits()).isEqualTo(Map.of("input", 1_000_000L));
    assertThat(amendment.getEventTime()).isEqualTo(IN_RANGE);
    assertThat(CorrectedBody.of(amendment.getCorrection())).isEqualTo(event("e1", IN_RANGE));
    assertThat(Rating.rate(ReRatePlan.request(rated(amendment, 1, "2", RatedKind.USAGE)), PRICES))
        .isInstanceOfSatisfying(
            RatingResult.Rated.class, again -> assertThat(again.priceVersion()).isEqualTo(2));
  }

  @Test
  void sendsTheSameIdAgain() {
    inForce.accept(usage("e1", IN_RANGE, 1));

    assertThat(plan().amendments()).isEqualTo(plan().amendments());
  }

  /** An amended event is corrected by the id under which it first came. */
  @Test
  void amendsWhatIsInForceAndNotWhatWasTakenBack() {
    UsageEvent original = event("e1", IN_RANGE);
    UsageEvent amended =
        event(
            "a1",
            IN_RANGE,
            built ->
                built
                    .setUnits(Map.of("input", 5L))
                    .setCorrection(CorrectedBody.correction(CorrectionKind.AMEND, original)));
    inForce.accept(rated(original, 1, "2", RatedKind.USAGE));
    inForce.accept(rated(original, 1, "-2", RatedKind.REVERSAL));
    inForce.accept(rated(amended, 1, "0.00001", RatedKind.USAGE));
    inForce.accept(usage("voided", IN_RANGE, 1));
    inForce.accept(rated(event("voided", IN_RANGE), 1, "-2", RatedKind.REVERSAL));

    assertThat(plan().amendments())
        .singleElement()
        .satisfies(
            again -> {
              assertThat(again.getUnits()).isEqualTo(Map.of("input", 5L));
              assertThat(again.getCorrection().getOriginalId()).isEqualTo("e1");
              assertThat(CorrectedBody.of(again.getCorrection()).getId()).isEqualTo("a1");
            });
  }

  @Test
  void leavesWhatNoDoorWouldAdmit() {
    Instant late = NOW.minus(UsageEventRules.MOST_LATE).minusSeconds(1);
    InForce old = new InForce(new OrganizationId("acme"), late.minusSeconds(1), TO);
    PriceBooks earlier = PriceBooks.of(List.of(version(2, "2020-01-01T00:00:00Z", "1.000000")));
    old.accept(usage("late", late, 1));
    old.accept(
        rated(
            event("history", late, built -> built.setBackfillId("trace")),
            1,
            "2",
            RatedKind.USAGE));

    ReRatePlan plan = ReRatePlan.of(old, earlier, LIST, 2, NOW);

    assertThat(plan.tooLate()).isEqualTo(1);
    assertThat(plan.amendments()).extracting(UsageEvent::getBackfillId).containsExactly("trace");
  }

  @Test
  void seesOnlyOneOrganization() {
    inForce.accept(
        rated(
            event("x", IN_RANGE, built -> built.setOrganizationId("globex")),
            1,
            "2",
            RatedKind.USAGE));

    assertThat(inForce.events()).isEmpty();
  }
}
