package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Wallet;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalletStateTest {
  private static final WalletState NEW = new WalletState(1_978_000, Money.ZERO, List.of());

  private static Wallet wallet(String... marks) {
    return BudgetRecords.wallet()
        .setLowBalance(Stream.of(marks).map(mark -> Money.parse(mark).value()).toList())
        .build();
  }

  private static List<String> changes(WalletState state, Wallet wallet, String credited) {
    return state.judge(wallet, Money.parse(credited)).changes().stream()
        .map(
            change ->
                change.kind()
                    + " "
                    + change.mark().stripTrailingZeros().toPlainString()
                    + "/"
                    + change.episode())
        .toList();
  }

  @ParameterizedTest(name = "{0} of {1} burned: {2}")
  @CsvSource({
    "0,              10, ''",
    "4.999999999999, 10, ''",
    "5,              10, CROSSED 5/1",
    "8,              10, CROSSED 5/1 CROSSED 2/1",
    "11,             10, CROSSED 5/1 CROSSED 2/1",
    "0,              0,  ''", // nothing was credited yet
    "3,              0,  ''",
    "-1,             1,  CROSSED 5/1 CROSSED 2/1", // usage was taken back: the balance is 2
  })
  void aMarkIsReachedAtItsAmount(String burned, String credited, String expected) {
    List<String> changes = changes(NEW.plus(Money.parse(burned)), wallet("5", "2"), credited);
    assertThat(String.join(" ", changes)).isEqualTo(expected);
  }

  @Test
  void toppingUpEndsTheEpisodeAndTheNextHasAnotherNumber() {
    WalletState low = NEW.plus(Money.parse("6")).judge(wallet("5"), Money.parse("10")).state();
    assertThat(changes(low, wallet("5"), "10")).isEmpty();
    assertThat(changes(low, wallet("5"), "20")).containsExactly("RETRACTED 5/1");
    WalletState again = low.judge(wallet("5"), Money.parse("20")).state().plus(Money.parse("9"));
    assertThat(changes(again, wallet("5"), "20")).containsExactly("CROSSED 5/2");
  }

  @Test
  void anEditOfTheMarksIsJudgedAtOnce() {
    WalletState low = NEW.plus(Money.parse("6")).judge(wallet("5"), Money.parse("10")).state();
    assertThat(changes(low, wallet("7", "3"), "10"))
        .containsExactly("CROSSED 7/1", "RETRACTED 5/1");
  }

  @Test
  void isReadAsItWasWritten() {
    WalletState state =
        NEW.plus(Money.parse("9.000000000001")).judge(wallet("5", "2"), Money.parse("10")).state();
    assertThat(WalletState.fromBytes(state.toBytes())).isEqualTo(state);
    BudgetWindows windows =
        new BudgetWindows(
            3,
            List.of(
                new BudgetWindows.Window(
                    Instant.parse("2026-06-01T00:00:00Z"),
                    Instant.parse("2026-07-01T00:00:00Z"),
                    Money.parse("-1.5")),
                new BudgetWindows.Window(Instant.EPOCH, null, Money.parse("7"))));
    assertThat(BudgetWindows.fromBytes(windows.toBytes())).isEqualTo(windows);
  }
}
