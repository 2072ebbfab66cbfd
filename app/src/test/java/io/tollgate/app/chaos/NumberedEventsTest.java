package io.tollgate.app.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.app.chaos.NumberedEvents.Kind;
import io.tollgate.app.chaos.NumberedEvents.Sending;
import io.tollgate.schemas.BodyDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NumberedEventsTest {
  private static final int COUNT = 20_000;

  private final NumberedEvents events =
      new NumberedEvents(3, Instant.parse("2026-06-01T00:00:00Z"));

  @Test
  void everyKindSaysWhatItIsToSayOfAnEarlierEventOfTheSameOrganization() {
    Map<Kind, Long> seen = new HashMap<>();
    Set<Long> corrected = new HashSet<>();
    for (int number = 0; number < COUNT; number++) {
      Sending sending = events.sending(number);
      seen.merge(sending.kind(), 1L, Long::sum);
      Sending original = events.sending(sending.original());
      assertThat(original.kind()).isEqualTo(Kind.USAGE);
      assertThat(sending.event().getOrganizationId())
          .isEqualTo(original.event().getOrganizationId());
      boolean sameId = sending.event().getId().equals(original.event().getId());
      boolean same = BodyDigest.of(sending.event()).equals(BodyDigest.of(original.event()));
      switch (sending.kind()) {
        case USAGE, DUPLICATE -> assertThat(same).isTrue();
        case CONFLICT -> assertThat(sameId && !same).isTrue();
        case VOID, AMEND -> {
          assertThat(sameId).isFalse();
          assertThat(corrected.add(sending.original())).as("corrected once").isTrue();
          assertThat(sending.event().getCorrection().getOriginalDigest())
              .isEqualTo(BodyDigest.of(original.event()).toBytes());
        }
      }
    }
    for (Kind kind : Kind.values()) {
      assertThat(events.count(kind, COUNT)).isPositive().isEqualTo(seen.get(kind));
    }
  }

  @Test
  void totalsAreThoseOfUsageThatIsInForce() {
    Total sum = Total.sum(events.totals(COUNT));
    assertThat(sum.requests())
        .isEqualTo(events.count(Kind.USAGE, COUNT) - events.count(Kind.VOID, COUNT));
    assertThat(sum.units().values()).allSatisfy(units -> assertThat(units).isPositive());
    assertThat(sum.cost()).isPositive();
  }
}
