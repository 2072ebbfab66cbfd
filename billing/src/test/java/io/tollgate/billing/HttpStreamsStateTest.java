package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.Money;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HttpStreamsStateTest {
  @Test
  void readsHoursExactly() {
    assertThat(
            HttpStreamsState.read(
                """
                {"object":"streams.tallies","organization_id":"acme",
                 "total":{"requests":3,"units":{"input":9007199254740993},"cost":"0.300000000001"},
                 "hours":[{"start_time":1790812800,"end_time":1790816400,"requests":3,
                   "units":{"input":9007199254740993,"output":0},"cost":"0.300000000001"}],
                 "positions":[]}\
                """))
        .isEqualTo(
            Map.of(
                Instant.parse("2026-10-01T00:00:00Z"),
                new HourTotals(
                    3, Map.of("input", 9_007_199_254_740_993L), Money.parse("0.300000000001"))));
  }

  @Test
  void whatIsNotTalliesIsSaidToBe() {
    assertThatThrownBy(() -> HttpStreamsState.read("<html>"))
        .isInstanceOf(StreamsState.StreamsUnavailable.class)
        .hasMessageContaining("something else than tallies");
    assertThatThrownBy(() -> HttpStreamsState.read("{\"hours\":[{\"cost\":\"1e3\"}]}"))
        .isInstanceOf(StreamsState.StreamsUnavailable.class);
  }
}
