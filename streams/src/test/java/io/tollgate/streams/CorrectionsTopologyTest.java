package io.tollgate.streams;

import static io.tollgate.streams.Events.NOON;
import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Correction;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Voids and amendments, ahead of their originals and behind, one after the other and at once. */
class CorrectionsTopologyTest {
  private static final Duration THE_WAIT = Duration.ofSeconds(30);
  private static final Duration A_LOOK = Duration.ofMillis(500);

  /** Costs 0.0025 + 0.001. */
  private static final Events ORIGINAL = event("e1");

  /** Costs 0.0025 + 0.002. */
  private static final Events AMENDMENT = event("a1").units(Meter.OUTPUT, 200).amends(event("e1"));

  @TempDir Path state;
  private MeterDriver meter;
  private final List<RatedUsage> rated = new ArrayList<>();
  private final List<RejectedUsage> rejected = new ArrayList<>();
  private final List<UsageDelta> deltas = new ArrayList<>();

  @BeforeEach
  void start() {
    meter = new MeterDriver(state).withAcme().withPrices();
  }

  @AfterEach
  void stop() {
    meter.close();
  }

  private void read() {
    rated.addAll(meter.rated());
    rejected.addAll(meter.rejected());
    deltas.addAll(meter.deltas());
  }

  /** What the records add up to, in two independent ways. */
  private void assertSums(long requests, long output, String cost) {
    read();
    Map<String, Long> units = new TreeMap<>();
    Money sum = Money.ZERO;
    Money charges = Money.ZERO;
    long count = 0;
    for (RatedUsage one : rated) {
      count += one.getKind() == RatedKind.USAGE ? 1 : -1;
      one.getEvent().getUnits().forEach((meter, of) -> units.merge(meter, of, Long::sum));
      sum = sum.plus(Money.of(one.getCost()));
      for (var charge : one.getCharges()) {
        charges = charges.plus(Money.of(charge.getCost()));
      }
    }
    assertThat(count).isEqualTo(requests);
    assertThat(units.getOrDefault("output", 0L)).isEqualTo(output);
    assertThat(sum).isEqualTo(Money.parse(cost)).isEqualTo(charges);

    long deltaCount = 0;
    long deltaOutput = 0;
    Money deltaCost = Money.ZERO;
    for (UsageDelta delta : deltas) {
      for (DeltaEntry entry : delta.getEntries()) {
        deltaCount += entry.getRequests();
        deltaOutput += entry.getUnits().getOrDefault("output", 0L);
        deltaCost = deltaCost.plus(Money.of(entry.getCost()));
      }
    }
    assertThat(deltaCount).isEqualTo(requests);
    assertThat(deltaOutput).isEqualTo(output);
    assertThat(deltaCost).isEqualTo(Money.parse(cost));
  }

  private List<String> rejections() {
    read();
    return rejected.stream().map(one -> one.getId() + ": " + one.getReason()).toList();
  }

  @Test
  void aVoidTakesTheEventBack() {
    meter.append(ORIGINAL);
    meter.append(event("v1").voids(ORIGINAL).at(NOON));

    assertSums(0, 0, "0");
    RatedUsage reversal = rated.getLast();
    assertThat(reversal.getKind()).isEqualTo(RatedKind.REVERSAL);
    assertThat(reversal.getCorrectionId()).isEqualTo("v1");
    assertThat(reversal.getEvent().getId()).isEqualTo("e1");
    assertThat(reversal.getEvent().getEventTime()).isEqualTo(ORIGINAL.build().getEventTime());
    assertThat(reversal.getEvent().getUnits()).isEqualTo(Map.of("input", -1_000L, "output", -100L));
    assertThat(reversal.getCost()).isEqualTo(new BigDecimal("-0.003500000000"));
    assertThat(reversal.getPosition().getOffset()).isEqualTo(1);
    assertThat(reversal.getBodyDigest()).isEqualTo(BodyDigest.of(ORIGINAL.build()).toBytes());
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 void 1 reversals 1");
  }

  @Test
  void anAmendmentTakesTheEventBackAndCountsInstead() {
    meter.append(ORIGINAL);
    meter.append(AMENDMENT);

    assertSums(1, 200, "0.0045");
    assertThat(rated).extracting(one -> one.getPosition().getOffset()).containsExactly(0L, 1L, 1L);
    assertThat(rated.getLast().getEvent()).isEqualTo(AMENDMENT.build());
    assertThat(rated).extracting(RatedUsage::getCorrectionId).containsExactly(null, "a1", "a1");
    assertThat(meter.counts()).isEqualTo("records 2 rated 2 reversals 1");
  }

  @Test
  void anAmendmentMayMoveUsageToAnotherKeyModelAndTime() {
    meter.apiKey("acme", "acme-prod", "key-2");
    meter.append(ORIGINAL);
    meter.prices(2, "gpt-5");
    Instant other = NOON.minus(Duration.ofDays(3));
    meter.append(
        event("a1").tenant("acme", "acme-prod", "key-2").at(other).model("gpt-5").amends(ORIGINAL));
    assertSums(1, 100, "0.0035");
    assertThat(rated)
        .extracting(one -> one.getEvent().getApiKeyId() + " " + one.getEvent().getModel())
        .containsExactly("key-1 gpt-4o", "key-1 gpt-4o", "key-2 gpt-5");
    assertThat(meter.counts()).isEqualTo("records 2 rated 2 reversals 1");
  }

  @Test
  void aChainOfAmendmentsEndsWithAVoid() {
    Events second = event("a2").units(Meter.OUTPUT, 300).amends(AMENDMENT);
    meter.append(ORIGINAL);
    meter.append(AMENDMENT);
    meter.append(second);
    assertSums(1, 300, "0.0055");
    meter.append(event("v1").voids(second));
    assertSums(0, 0, "0");
    meter.append(event("v2").voids(second));
    assertThat(rejections()).containsExactly("v2: conflict");
    assertThat(rejected.getFirst().getOriginalDigest())
        .isEqualTo(BodyDigest.inForce(second.build()).toBytes());
    assertThat(meter.counts())
        .isEqualTo("records 5 rated 3 rejected 1 void 1 conflict 1 reversals 3");
  }

  @Test
  void correctionsAheadOfTheirOriginalsTakeEffectTheMomentTheseCome() {
    Events second = event("a2").units(Meter.OUTPUT, 300).amends(AMENDMENT);
    meter.append(event("v1").voids(second));
    meter.append(second);
    meter.append(AMENDMENT);
    assertThat(meter.counts()).isEqualTo("records 3 waiting 3");
    assertSums(0, 0, "0");

    meter.append(ORIGINAL);

    assertThat(meter.counts()).isEqualTo("records 4 rated 3 void 1 reversals 3");
    assertSums(0, 0, "0");
    assertThat(rated).hasSize(6);
    assertThat(rejections()).isEmpty();
  }

  @Test
  void aCorrectionWhoseOriginalWaitsForItsKeyWaitsToo() {
    Events original = event("e1").tenant("acme", "acme-prod", "key-2");
    meter.append(original);
    meter.append(event("v1").voids(original));
    assertThat(meter.counts()).isEqualTo("records 2 waiting 2");
    meter.apiKey("acme", "acme-prod", "key-2");
    meter.advance(A_LOOK);
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 void 1 reversals 1");
    assertSums(0, 0, "0");
  }

  @Test
  void theWaitForAnOriginalHasAnEnd() {
    meter.append(event("v1").voids(ORIGINAL));
    meter.advance(THE_WAIT.minusMillis(1));
    assertThat(meter.counts()).isEqualTo("records 1 waiting 1");
    meter.advance(A_LOOK);
    assertThat(rejections()).containsExactly("v1: unknown_original");
    assertThat(rejected.getFirst().getField()).isEqualTo("correction.original_id");
    assertThat(rejected.getFirst().getValue()).isEqualTo("e1");
    meter.append(ORIGINAL);
    assertSums(1, 100, "0.0035");
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 rejected 1");
  }

  @Test
  void theWaitForAnAmendmentHasAnEndAndTellsTheBodyInForce() {
    Events second = event("a2").units(Meter.OUTPUT, 300).amends(AMENDMENT);
    meter.append(ORIGINAL);
    meter.append(second);
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 waiting 1");
    meter.advance(THE_WAIT.plus(A_LOOK));
    assertThat(rejections()).containsExactly("a2: conflict");
    assertThat(rejected.getFirst().getField()).isEqualTo("correction.original_digest");
    assertThat(rejected.getFirst().getValue())
        .isEqualTo(BodyDigest.inForce(AMENDMENT.build()).toString());
    assertThat(rejected.getFirst().getOriginalDigest())
        .isEqualTo(BodyDigest.of(ORIGINAL.build()).toBytes());
    assertSums(1, 100, "0.0035");
  }

  @Test
  void ofTwoCorrectionsOfOneBodyTheFirstWins() {
    meter.append(ORIGINAL);
    meter.append(AMENDMENT);
    meter.append(event("a2").units(Meter.OUTPUT, 300).amends(ORIGINAL));
    meter.append(event("v1").voids(ORIGINAL));
    assertThat(rejections()).containsExactly("a2: conflict", "v1: conflict");
    assertThat(rejected.getFirst().getOriginalDigest())
        .isEqualTo(BodyDigest.inForce(AMENDMENT.build()).toBytes());
    assertThat(rejected.getFirst().getValue())
        .isEqualTo(BodyDigest.of(ORIGINAL.build()).toString());
    assertSums(1, 200, "0.0045");
    assertThat(meter.counts()).isEqualTo("records 4 rated 2 rejected 2 conflict 2 reversals 1");
  }

  @Test
  void ofTwoThatWaitTheEarlierRecordWins() {
    meter.append(event("v1").voids(ORIGINAL));
    meter.append(AMENDMENT);
    meter.append(ORIGINAL);
    assertThat(rejections()).containsExactly("a1: conflict");
    assertSums(0, 0, "0");
    assertThat(meter.counts())
        .isEqualTo("records 3 rated 1 rejected 1 void 1 conflict 1 reversals 1");
  }

  @Test
  void aVoidIsFinal() {
    Events voided = event("v1").voids(ORIGINAL);
    meter.append(ORIGINAL);
    meter.append(voided);
    meter.append(event("v2").voids(ORIGINAL));
    meter.append(AMENDMENT);
    assertThat(rejections()).containsExactly("v2: conflict", "a1: conflict");
    assertThat(rejected.getFirst().getRule()).contains("void");
    assertSums(0, 0, "0");
  }

  @Test
  void copiesOfEverythingChangeNothing() {
    Events voided = event("v1").voids(AMENDMENT);
    for (Events one : List.of(ORIGINAL, AMENDMENT, voided)) {
      meter.append(one);
      meter.append(one);
    }
    meter.append(ORIGINAL);
    meter.append(AMENDMENT);
    meter.append(voided);
    assertSums(0, 0, "0");
    assertThat(meter.counts()).isEqualTo("records 9 rated 2 duplicate 6 void 1 reversals 2");
  }

  @Test
  void copiesThatWaitAreDuplicatesToo() {
    meter.append(AMENDMENT);
    meter.append(AMENDMENT);
    meter.append(ORIGINAL);
    assertThat(meter.counts()).isEqualTo("records 3 rated 2 duplicate 1 reversals 1");
    assertSums(1, 200, "0.0045");
  }

  @Test
  void anotherBodyUnderACorrectionsIdIsAConflict() {
    meter.append(ORIGINAL);
    meter.append(AMENDMENT);
    meter.append(event("a1").units(Meter.OUTPUT, 300).amends(ORIGINAL));
    assertThat(rejections()).containsExactly("a1: conflict");
    assertThat(rejected.getFirst().getField()).isEqualTo("id");
    assertThat(rejected.getFirst().getOriginalDigest())
        .isEqualTo(BodyDigest.of(AMENDMENT.build()).toBytes());
    assertSums(1, 200, "0.0045");
  }

  @Test
  void aReversalHasThePriceOfTheOriginalWhateverWasPublishedSince() {
    meter.append(ORIGINAL);
    meter.rates(2, "gpt-4o", "5.000000", "20.000000");
    meter.append(event("e2"));
    meter.append(AMENDMENT);
    read();
    assertThat(rated)
        .extracting(
            one -> one.getEvent().getId() + " " + one.getPriceVersion() + " " + one.getCost())
        .containsExactly(
            "e1 1 0.003500000000",
            "e2 2 0.007000000000",
            "e1 1 -0.003500000000",
            "a1 2 0.009000000000");
    meter.append(event("v1").voids(AMENDMENT));
    meter.append(event("v2").voids(event("e2")));
    assertSums(0, 0, "0");
  }

  @Test
  void anUnratedOriginalIsWithdrawn() {
    Events original = event("e1").model("gpt-5");
    meter.append(original);
    meter.append(event("v1").voids(original));
    assertThat(meter.counts()).isEqualTo("records 2 void 1 withdrawn 1");
    meter.prices(2, "gpt-5");
    meter.advance(A_LOOK);
    assertSums(0, 0, "0");
    assertThat(rated).isEmpty();
  }

  @Test
  void anAmendmentWithoutAPriceIsParkedAndItsOriginalReversed() {
    Events amendment = event("a1").model("gpt-5").amends(ORIGINAL);
    meter.append(ORIGINAL);
    meter.append(amendment);
    assertSums(0, 0, "0");
    assertThat(meter.unrated()).extracting(one -> one.getEvent().getId()).containsExactly("a1");
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 unrated 1 reversals 1");

    Events second = event("a2").model("gpt-5").units(Meter.OUTPUT, 300).amends(amendment);
    meter.append(second);
    assertThat(meter.counts()).isEqualTo("records 3 rated 1 unrated 1 withdrawn 1 reversals 1");
    meter.prices(2, "gpt-5");
    meter.advance(A_LOOK);
    assertSums(1, 300, "0.0055");

    meter.append(event("v1").voids(second));
    assertSums(0, 0, "0");
    assertThat(rated.getLast().getPriceVersion()).isEqualTo(2);
    assertThat(meter.counts()).isEqualTo("records 4 rated 2 void 1 withdrawn 1 reversals 2");
  }

  @Test
  void whatWasPricedLateIsReversedAtThatPrice() {
    Events original = event("e1").model("gpt-5");
    meter.append(original);
    meter.prices(2, "gpt-5");
    meter.advance(A_LOOK);
    meter.append(event("v1").voids(original));
    assertSums(0, 0, "0");
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 void 1 reversals 1");
  }

  @Test
  void whatWasWrittenOffHasNothingToReverse() {
    Events original = event("e1").model("gpt-5");
    meter.append(original);
    meter.writeOff("w1", null, "gpt-5", NOON.plusSeconds(1));
    meter.advance(A_LOOK);
    meter.append(event("a1").amends(original));
    assertSums(1, 100, "0.0035");
    assertThat(meter.counts()).isEqualTo("records 2 rated 1 written_off 1");
  }

  @Test
  void aCorrectionMayComeLongAfterItsOriginalWhileThatIsRemembered() {
    meter.append(ORIGINAL);
    meter.appendFrom(NOON.plus(Duration.ofDays(34)).minusSeconds(2));
    meter.append(AMENDMENT);
    meter.appendFrom(NOON.plus(Duration.ofDays(36)));
    meter.append(event("late").amends(AMENDMENT));
    assertThat(rejections()).containsExactly("late: late");
    // A void has a time of its own.
    meter.append(event("v1").voids(AMENDMENT).at(NOON.plus(Duration.ofDays(36))));
    assertSums(0, 0, "0");
  }

  @Test
  void anOriginalThatIsForgottenCannotBeCorrected() {
    meter.append(ORIGINAL);
    meter.appendFrom(NOON.plus(Duration.ofDays(60)));
    meter.append(event("e2").at(NOON.plus(Duration.ofDays(60))));
    meter.append(event("v1").voids(ORIGINAL).at(NOON.plus(Duration.ofDays(60))));
    meter.advance(THE_WAIT.plus(A_LOOK));
    assertThat(rejections()).containsExactly("v1: unknown_original");
  }

  @Test
  void historyOfABackfillIsAmendedWithinItAndVoidedAfterIt() {
    Instant january = Instant.parse("2026-01-10T00:00:00Z");
    meter.backfill("january", "import", january, NOON, NOON.plusSeconds(60));
    Events original = event("e1").source("import").backfill("january").at(january);
    Events amendment =
        event("a1")
            .source("import")
            .backfill("january")
            .at(january)
            .units(Meter.OUTPUT, 200)
            .amends(original);
    meter.append(original);
    meter.append(event("a0").source("import").at(january).amends(original));
    meter.append(amendment);
    assertSums(1, 200, "0.0045");
    meter.appendFrom(NOON.plusSeconds(60));
    meter.append(event("v1").source("import").voids(amendment).at(NOON));
    assertSums(0, 0, "0");
    assertThat(rejections()).containsExactly("a0: late");
  }

  @Test
  void brokenRulesAreNamed() {
    Correction good = event("a1").amends(ORIGINAL).build().getCorrection();
    ByteBuffer other = BodyDigest.of(event("e2").build()).toBytes();
    meter.append(
        event("a1")
            .correction(new Correction(CorrectionKind.AMEND, "e1", other, good.getOriginalBody())));
    meter.append(
        event("a2")
            .correction(
                new Correction(
                    CorrectionKind.AMEND,
                    "e1",
                    good.getOriginalDigest(),
                    ByteBuffer.wrap(new byte[] {1, 2, 3}))));
    meter.append(
        event("v1")
            .correction(
                new Correction(
                    CorrectionKind.VOID, "e1", good.getOriginalDigest(), good.getOriginalBody())));
    meter.append(event("a3").source("gateway-2").amends(ORIGINAL));
    read();
    assertThat(rejected).extracting(RejectedUsage::getReason).containsOnly("invalid");
    assertThat(rejected)
        .extracting(RejectedUsage::getField)
        .containsExactly(
            "correction.original_digest",
            "correction.original_body",
            "units",
            "correction.original_body.source");
    assertThat(meter.counts()).isEqualTo("records 4 rejected 4");
  }

  @Test
  void aCorrectionBelongsOnThePartitionOfItsOriginal() {
    meter.close();
    meter = new MeterDriver(state, 4, MeterBounds.standard()).withAcme().withPrices();
    int home = 0;
    while (UsagePartitions.of("acme", "gateway-1", "e" + home, 4) != 0) {
      home++;
    }
    Events original = event("e" + home);
    meter.append(original);
    for (int i = 0; i < 5; i++) {
      meter.append(event("v" + i).voids(original));
    }
    assertThat(meter.rerouted()).isEmpty();
    assertThat(meter.counts())
        .isEqualTo("records 6 rated 1 rejected 4 void 1 conflict 4 reversals 1");
  }

  @Test
  void waitingCorrectionsAreBounded() {
    meter.close();
    meter =
        new MeterDriver(state, 1, new MeterBounds(2, THE_WAIT, 100, 100, 2))
            .withAcme()
            .withPrices();
    for (int i = 0; i < 3; i++) {
      meter.append(event("v" + i).voids(event("e" + i)));
    }
    assertThat(rejections()).containsExactly("v2: waiting_full");
    assertThat(meter.counts()).isEqualTo("records 3 rejected 1 waiting 2");
  }
}
