package io.tollgate.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScreenTest {
  private final StringWriter shown = new StringWriter();

  @Test
  void onATerminalTheBlockIsDrawnAgainInPlaceAndLinesStayAboveIt() {
    Screen screen = new Screen(new PrintWriter(shown), true);
    screen.draw(List.of("one", "two"));
    screen.line("stays");
    screen.draw(List.of("three"));
    screen.clear();

    assertThat(shown.toString().replace("\u001b[", "^"))
        .isEqualTo("one\ntwo\n^2A^0Jstays\nthree\n^1A^0J");
  }

  @Test
  void elsewhereThereAreOnlyLines() {
    Screen screen = new Screen(new PrintWriter(shown), false);
    screen.draw(List.of("one", "two"));
    screen.line("stays");
    screen.clear();

    assertThat(shown).hasToString("stays\n");
  }

  @Test
  void aDumbTerminalIsNone() {
    assertThat(Screen.isTerminal(2, Map.of("TERM", "dumb"))).isFalse();
    assertThat(Screen.isTerminal(2, Map.of())).isFalse();
  }

  @Test
  void columnsAreAsWideAsTheirWidestCellAndNumbersStandRight() {
    assertThat(new TextTable("name", ">count").row("a", "1").row("long one", "1,000").lines())
        .containsExactly("name      count", "a             1", "long one  1,000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1234.5 | 1,234.50",
        "0.000000000001 | 0.000000000001",
        "100 | 100.00",
        "0.125000 | 0.125"
      })
  void exactAmountsKeepEveryDigit(BigDecimal amount, String text) {
    assertThat(Shown.exact(amount)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"1,3,33", "79.999,100,79", "80,100,80", "5,0,0", "250,100,250"})
  void percentsAreRoundedDown(BigDecimal part, BigDecimal whole, long percent) {
    assertThat(Shown.percent(part, whole)).isEqualTo(percent);
    assertThat(Shown.bar(percent)).hasSize(15);
  }
}
