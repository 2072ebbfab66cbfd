package io.tollgate.governance.tenancy;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeletionTest {
  private static final Instant NOW = Instant.parse("2026-06-15T12:00:00Z");

  @Test
  void needsTheIdTyped() {
    assertThatThrownBy(() -> new Deletion(Optional.empty(), true).check("w", Optional.empty(), NOW))
        .isInstanceOf(InvalidInput.class)
        .hasMessageContaining("confirm");
    assertThatThrownBy(() -> new Deletion(Optional.of("W"), true).check("w", Optional.empty(), NOW))
        .isInstanceOf(InvalidInput.class);
    assertThatCode(() -> new Deletion(Optional.of("w"), false).check("w", Optional.empty(), NOW))
        .doesNotThrowAnyException();
  }

  @Test
  void isRefusedForSevenDaysAfterTheLastUseUnlessForced() {
    Deletion deletion = new Deletion(Optional.of("w"), false);
    Instant sevenDaysAgo = NOW.minus(Deletion.IN_USE);

    assertThatThrownBy(() -> deletion.check("w", Optional.of(sevenDaysAgo.plusMillis(1)), NOW))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("within the last 7 days");
    assertThatCode(() -> deletion.check("w", Optional.of(sevenDaysAgo), NOW))
        .doesNotThrowAnyException();
    assertThatCode(() -> new Deletion(Optional.of("w"), true).check("w", Optional.of(NOW), NOW))
        .doesNotThrowAnyException();
  }
}
