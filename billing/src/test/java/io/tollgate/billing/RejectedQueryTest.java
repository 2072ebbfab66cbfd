package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.RejectedEventId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RejectedQueryTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private static RejectedQuery query(Optional<Instant> start, Optional<Instant> end) {
    return new RejectedQuery(
        new OrganizationId("acme"),
        List.of("a", "b"),
        Optional.of(RejectReason.LATE),
        start,
        end,
        Optional.of(new RejectedEventId(1, 3, 17)),
        20);
  }

  @Test
  void everyConditionIsAParameter() {
    SqlStatement sql = query(Optional.of(NOON), Optional.of(NOON.plusSeconds(1))).page();

    assertThat(sql.sql())
        .contains("WHERE organization_id = ?\n")
        .contains("  AND workspace_id IN (?, ?)\n  AND reason IN (?)\n")
        .contains("AND (rejected_at, rejected_partition, rejected_offset) < (SELECT")
        .endsWith(
            "ORDER BY rejected_at DESC, rejected_partition DESC, rejected_offset DESC\nLIMIT 21")
        .contains("'' AS shown");
    assertThat(sql.parameters())
        .containsExactly(
            "acme",
            "a",
            "b",
            "late",
            NOON.toEpochMilli(),
            NOON.plusSeconds(1).toEpochMilli(),
            "acme",
            1,
            3,
            17L);
  }

  @Test
  void aTimeRangeThatIsNoneIsRefused() {
    assertThatThrownBy(() -> query(Optional.of(NOON), Optional.of(NOON)))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("end_time");
  }

  @Test
  void anIdIsReadAsItIsWritten() {
    RejectedEventId id = new RejectedEventId(1, 31, 123_456_789_012L);

    assertThat(RejectedEventId.parse("after", id.toString())).isEqualTo(id);
    for (String bad : List.of("", "1-2", "1-2-3-4", "1--2", "a-b-c", "1-2-9999999999999999999")) {
      assertThatThrownBy(() -> RejectedEventId.parse("after", bad))
          .isInstanceOf(InvalidInput.class)
          .hasMessageContaining("after");
    }
  }
}
