package io.tollgate.governance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"})
  void takesIanaTimeZones(String zone) {
    assertThat(Inputs.timeZone(zone)).isEqualTo(zone);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+02:00", "Berlin", "europe/berlin", "SystemV/PST8", "UTC+1"})
  void refusesOtherTimeZones(String zone) {
    assertThatThrownBy(() -> Inputs.timeZone(zone))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("time_zone");
  }

  @Test
  void takesCurrenciesWithAMinorUnit() {
    assertThat(Inputs.currency("USD")).isEqualTo("USD");
    assertThat(Inputs.currency("JPY")).isEqualTo("JPY");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "usd", "DOLLAR", "XXX", "XAU", "ABC"})
  void refusesWhatIsNoCurrency(String currency) {
    assertThatThrownBy(() -> Inputs.currency(currency)).isInstanceOf(InvalidInput.class);
  }

  @Test
  void readsTimesWithAnOffset() {
    assertThat(Inputs.instant("from", "2026-03-01T01:00:00+01:00"))
        .isEqualTo(Instant.parse("2026-03-01T00:00:00Z"));
    assertThat(Inputs.instant("from", "2026-03-01T00:00:00.123Z"))
        .isEqualTo(Instant.parse("2026-03-01T00:00:00.123Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "2026-03-01T00:00:00.1234Z",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "+999999999-01-01T00:00:00Z",
        "1772323200"
      })
  void refusesOtherTimes(String time) {
    assertThatThrownBy(() -> Inputs.instant("from", time))
        .isInstanceOfSatisfying(
            InvalidInput.class,
            e -> {
              assertThat(e.field()).isEqualTo("from");
              assertThat(e.value()).isEqualTo(time);
            });
  }

  @Test
  void boundsText() {
    assertThat(Inputs.text("name", "Ünïcode ✓")).isEqualTo("Ünïcode ✓");
    for (String bad : new String[] {"", "  ", "a\nb", "a\u0000b", "ü".repeat(129)}) {
      assertThatThrownBy(() -> Inputs.text("name", bad)).isInstanceOf(InvalidInput.class);
    }
  }

  @Test
  void knowsAddressesByTheirShape() {
    assertThat(Inputs.email("email", "Ada.Lovelace+x@Example.co.UK"))
        .isEqualTo("ada.lovelace+x@example.co.uk");
    for (String bad :
        new String[] {
          "",
          "ada",
          "ada@",
          "@example.com",
          "ada@example",
          "a b@example.com",
          "ada@-example.com",
          "ada@example.com\r\nBcc: x@example.com",
          "a".repeat(65) + "@example.com",
          "a@" + "b".repeat(63) + ("." + "c".repeat(63)).repeat(3) + ".com"
        }) {
      assertThatThrownBy(() -> Inputs.email("email", bad)).isInstanceOf(InvalidInput.class);
    }
  }
}
