package io.tollgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "overshoot,  --budgets,  0,   '--budgets = 0: must be at least 1'",
    "overshoot,  --gateways, 0,   '--gateways = 0: must be at least 1'",
    "overshoot,  --rate,     -1,  '--rate = -1: must be at least 1'",
    "contenders, --rounds,   0,   '--rounds = 0: must be at least 1'",
    "contenders, --only,     ax,  '--only = ax: must be letters of contenders, a to g'",
    "skew,       --any-user, 101, '--any-user = 101: must be 0 to 100'",
  })
  void whatNothingCanBeMeasuredWithIsRefusedBeforeAnythingStarts(
      String part, String option, String value, String wanted) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      assertThat(Bench.execute(part, option, value)).isEqualTo(2);
    } finally {
      System.setErr(before);
    }
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(wanted);
  }
}
