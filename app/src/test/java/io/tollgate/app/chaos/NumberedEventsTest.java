package io.tollgate.app.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.app.chaos.NumberedEvents.Kind;
import io.tollgate.app.chaos.NumberedEvents.Sending;
import io.tollgate.schemas.BodyDigest;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NumberedEventsTest {
  private static final int COUNT = 20_000;

  private final NumberedEvents events =
      new NumberedEvents(3, Instant.parse("2026-06-01T00:00:00Z"));

  @Test
  void duplicatesRepeatAndConflictsContradictAnEarlierEventOfTheSameOrganization() {
    Map<Kind, Long> seen = new HashMap<>();
    for (int number = 0; number < COUNT; number++) {
      Sending sending = events.sending(number);
      seen.merge(sending.kind(), 1L, Long::sum);
      Sending original = events.sending(sending.original());
      assertThat(original.kind()).isEqualTo(Kind.USAGE);
      assertThat(sending.event().getId()).isEqualTo(NumberedEvents.id(sending.original()));
      assertThat(sending.event().getOrganizationId())
          .isEqualTo(original.event().getOrganizationId());
      boolean same = BodyDigest.of(sending.event()).equals(BodyDigest.of(original.event()));
      assertThat(same).isEqualTo(sending.kind() != Kind.CONFLICT);
    }
    for (Kind kind : Kind.values()) {
      assertThat(events.count(kind, COUNT)).isPositive().isEqualTo(seen.get(kind));
    }
  }

  @Test
  void totalsAreThoseOfUsageAlone() {
    Total sum = Total.sum(events.totals(COUNT));
    assertThat(sum.requests()).isEqualTo(events.count(Kind.USAGE, COUNT));
    BigDecimal cost = BigDecimal.ZERO;
    for (int number = 0; number < COUNT; number++) {
      if (events.kind(number) == Kind.USAGE) {
        cost = cost.add(NumberedEvents.cost(events.sending(number).event()));
      }
    }
    assertThat(sum.cost()).isEqualByComparingTo(cost);
  }
}
