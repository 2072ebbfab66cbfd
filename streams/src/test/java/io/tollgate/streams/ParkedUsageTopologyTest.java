package io.tollgate.streams;

import static io.tollgate.streams.Events.NOON;
import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events without a price: what a new version or a decision does to them, and to which. */
class ParkedUsageTopologyTest {
  private static final Duration A_LOOK = Duration.ofMillis(500);

  @TempDir Path state;
  private MeterDriver meter;

  @BeforeEach
  void start() {
    meter = new MeterDriver(state).withAcme();
  }

  @AfterEach
  void stop() {
    meter.close();
  }

  private List<String> ratedIds() {
    return meter.rated().stream().map(one -> one.getEvent().getId()).toList();
  }

  @Test
  void aVersionPricesWhatItNames() {
    meter.append(event("e1").model("gpt-5"));
    meter.append(event("e2").model("gpt-6"));
    meter.append(event("e3").model("gpt-6-mini"));
    meter.prices(1, "gpt-6*");
    meter.advance(A_LOOK);
    assertThat(ratedIds()).containsExactlyInAnyOrder("e2", "e3");
    meter.prices(2, "gpt-5");
    meter.advance(A_LOOK);
    assertThat(ratedIds()).containsExactly("e1");
    assertThat(meter.counts()).isEqualTo("records 3 rated 3");
  }

  @Test
  void versionsThatFollowEachOtherDuringAPassAreAllTakenUp() {
    meter.close();
    meter =
        new MeterDriver(state, 1, new MeterBounds(10, Duration.ofSeconds(30), 100, 100, 2))
            .withAcme();
    for (int i = 0; i < 5; i++) {
      meter.append(event("a" + i).model("gpt-5"));
      meter.append(event("b" + i).model("gpt-6"));
    }
    meter.prices(1, "gpt-6");
    meter.advance(A_LOOK);
    meter.prices(2, "gpt-5");
    for (int i = 0; i < 10; i++) {
      meter.advance(A_LOOK);
    }
    // Version 2 names gpt-5 only, and hides version 1 from then on.
    assertThat(ratedIds()).contains("a0", "a1", "a2", "a3", "a4").hasSize(7);
  }

  @Test
  void aDecisionWritesOffWhatItNames() {
    meter.organization("globex");
    meter.workspace("globex", "globex-prod");
    meter.apiKey("globex", "globex-prod", "key-2");
    meter.append(event("e1").model("gpt-5"));
    meter.append(event("e2").model("gpt-6"));
    meter.append(event("e3").model("gpt-5").tenant("globex", "globex-prod", "key-2"));
    meter.unrated();

    meter.writeOff("w1", "acme", "gpt-5", NOON.plusSeconds(1));
    meter.advance(A_LOOK);
    List<UnratedUsage> told = meter.unrated();
    assertThat(told).extracting(one -> one.getEvent().getId()).containsExactly("e1");
    assertThat(told.getFirst().getReason()).isEqualTo("written_off");
    assertThat(told.getFirst().getDetail()).isEqualTo("w1: a trial");
    assertThat(told.getFirst().getPosition().getOffset()).isZero();
    assertThat(meter.counts()).isEqualTo("records 3 unrated 2 written_off 1");

    meter.prices(1, "gpt-5");
    meter.advance(A_LOOK);
    assertThat(ratedIds()).containsExactly("e3");
    meter.append(event("e1").model("gpt-5"));
    assertThat(meter.counts()).isEqualTo("records 4 rated 1 duplicate 1 unrated 1 written_off 1");
  }

  /** Room for that many in the partition. */
  private void places(int most) {
    meter.close();
    meter =
        new MeterDriver(
                state.resolve("few"), 1, new MeterBounds(10, Duration.ofSeconds(30), 100, most, 5))
            .withAcme();
    meter.organization("globex");
    meter.workspace("globex", "globex-prod");
    meter.apiKey("globex", "globex-prod", "key-2");
  }

  @Test
  void whatFindsNoPlaceIsRejectedWithItsBytesAndTheLineGoesOn() {
    places(4);
    for (int i = 0; i < 4; i++) {
      meter.append(event("e" + i).model("gpt-5"));
    }
    assertThat(meter.counts()).isEqualTo("records 4 rejected 2 unrated 2");
    List<RejectedUsage> refused = meter.rejected();
    assertThat(refused).extracting(RejectedUsage::getId).containsExactly("e2", "e3");
    RejectedUsage first = refused.getFirst();
    assertThat(first.getReason()).isEqualTo("parking_full");
    assertThat(first.getField()).isEqualTo("model");
    assertThat(first.getValue()).isEqualTo("gpt-5");
    assertThat(first.getRule()).contains("2 events of the organization", "mostParked 4");
    assertThat(first.getValueBytes().array()).isEqualTo(meter.encoded(event("e2").model("gpt-5")));

    // One tenant's unpriced model is nobody else's loss.
    meter.append(event("other").model("gpt-5").tenant("globex", "globex-prod", "key-2"));
    meter.prices(1, "gpt-6");
    meter.append(event("priced").model("gpt-6"));
    assertThat(ratedIds()).containsExactly("priced");
    assertThat(meter.counts()).isEqualTo("records 6 rated 1 rejected 2 unrated 3");
  }

  @Test
  void whatWasRefusedIsNewWhenItIsSentAgain() {
    places(2);
    meter.append(event("e1").model("gpt-5"));
    meter.append(event("e2").model("gpt-5"));
    meter.append(event("e2").model("gpt-5"));
    assertThat(meter.counts()).isEqualTo("records 3 rejected 2 unrated 1");
    meter.prices(1, "gpt-5");
    meter.append(event("e2").model("gpt-5"));
    meter.append(event("e2").model("gpt-5"));
    meter.advance(A_LOOK);
    assertThat(ratedIds()).containsExactly("e2", "e1");
    assertThat(meter.counts()).isEqualTo("records 5 rated 2 duplicate 1 rejected 2");
  }

  @Test
  void anAmendmentThatFindsNoPlaceTakesNothingBack() {
    places(2);
    meter.prices(1, "gpt-4o");
    Events original = event("e1");
    meter.append(original);
    meter.append(event("parked").model("gpt-5"));
    meter.append(event("a1").model("gpt-5").amends(original));
    assertThat(meter.rejected())
        .extracting(RejectedUsage::getReason)
        .containsExactly("parking_full");
    assertThat(ratedIds()).containsExactly("e1");
    assertThat(meter.counts()).isEqualTo("records 3 rated 1 rejected 1 unrated 1");
    // The body in force is still the original's.
    meter.append(event("v1").voids(original));
    assertThat(meter.counts())
        .isEqualTo("records 4 rated 1 rejected 1 unrated 1 void 1 reversals 1");
  }

  @Test
  void anAmendmentOfWhatIsParkedTakesItsPlace() {
    places(2);
    Events original = event("e1").model("gpt-5");
    meter.append(original);
    meter.append(event("e2").model("gpt-5").tenant("globex", "globex-prod", "key-2"));
    meter.append(event("a1").model("gpt-6").amends(original));
    assertThat(meter.counts()).isEqualTo("records 3 unrated 2 withdrawn 1");
    assertThat(meter.rejected()).isEmpty();
  }

  @Test
  void aDecisionAlsoHoldsForWhatIsReadAfterItButNotForWhatWasAcceptedLater() {
    meter.writeOff("w1", null, "gpt-5", NOON.plusSeconds(1));
    meter.writeOff("w1", null, "gpt-5", NOON.plusSeconds(1));
    meter.append(event("e1").model("gpt-5"));
    meter.appendFrom(NOON.plusSeconds(1));
    meter.append(event("e2").model("gpt-5"));
    meter.advance(A_LOOK);
    assertThat(meter.counts()).isEqualTo("records 2 unrated 1 written_off 1");
  }
}
