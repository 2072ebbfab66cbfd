package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PlannedRangeTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);
  private static final PlannedRange RANGE = new PlannedRange(1, 7, 100, 200, 98, DIGEST);

  @Test
  void isFoundAgainBesideTheCommittedOffset() {
    assertThat(RANGE.metadata()).isEqualTo("plan-1 generation=1 end=200 count=98 digest=" + DIGEST);
    assertThat(PlannedRange.parse(7, 100, RANGE.metadata())).contains(RANGE);
  }

  @Test
  void blankMetadataSaysThatNothingIsUnderWay() {
    assertThat(PlannedRange.parse(7, 100, "")).isEmpty();
  }

  @Test
  void metadataOfAnotherProgramStopsLanding() {
    assertThatThrownBy(() -> PlannedRange.parse(7, 100, "mirror-maker"))
        .isInstanceOf(LandingHalted.class)
        .hasMessageContaining("partition 7")
        .hasMessageContaining("mirror-maker");
  }

  @Test
  void itsTokenNamesTopicGenerationPartitionRangeAndContent() {
    assertThat(RANGE.token()).isEqualTo("usage.rated/1/7/100-200/" + DIGEST);
  }

  @Test
  void refusesAnEmptyOrOverfullRange() {
    assertThatThrownBy(() -> new PlannedRange(1, 0, 5, 5, 0, DIGEST))
        .hasMessageContaining("[5, 5)");
    assertThatThrownBy(() -> new PlannedRange(1, 0, 5, 6, 2, DIGEST))
        .hasMessageContaining("2 records");
  }
}
