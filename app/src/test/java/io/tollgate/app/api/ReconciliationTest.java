package io.tollgate.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class ReconciliationTest {
  @Test
  void aDifferenceNamesOrganizationHourAndByHowMuch() throws JsonProcessingException {
    Reconciliation told =
        read(
            """
            {"balanced": false, "incomplete": false,
             "totals": {"events": 1200, "rated": 1100, "duplicate": 100, "rejected": 0, "landed_rows": 1099,
                        "costs": [{"currency": "USD", "cost": "12.500000000001"}]},
             "differences": [{"organization_id": "acme", "hour": "2026-06-01T10:00:00Z", "partition": null,
                              "measure": "cost", "broker": "1.5", "streams": null, "landed": "1.500000000001",
                              "difference": "0.000000000001", "detail": null}],
             "differences_found": 1, "remarks": ["late"]}
            """);

    assertThat(told.isBalanced()).isFalse();
    assertThat(told.summary())
        .isEqualTo(
            "1,200 events accepted = 1,100 rated + 100 duplicate; 1,099 rows landed,"
                + " 12.500000000001 USD; 1 differences");
    assertThat(told.differences())
        .containsExactly(
            "organization acme, hour 2026-06-01T10:00:00Z: cost differs by 0.000000000001"
                + " (broker 1.5, landed 1.500000000001)",
            "remark: late");
  }

  @Test
  void anIncompleteOneSaysWhatIsUnderWay() throws JsonProcessingException {
    Reconciliation told =
        read(
            """
            {"balanced": false, "incomplete": true,
             "lag": {"events": 5, "waiting": 1, "landing": 7, "reason": "moving"}}
            """);

    assertThat(told.summary())
        .isEqualTo(
            "the line was not at rest: 5 events without an outcome, 1 waiting, 7 offsets not landed"
                + " (moving)");
  }

  @Test
  void anAnswerThatSaysNothingIsNotBalanced() throws JsonProcessingException {
    assertThat(read("{}").isBalanced()).isFalse();
  }

  private static Reconciliation read(String json) throws JsonProcessingException {
    return new Reconciliation(new ObjectMapper().readTree(json));
  }
}
