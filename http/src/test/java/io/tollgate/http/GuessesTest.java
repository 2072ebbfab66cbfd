package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GuessesTest {
  private static final String HERE = "192.0.2.1";
  private Instant now = Instant.parse("2026-03-01T00:00:00Z");
  private final Guesses guesses = new Guesses(() -> now);

  private void wrong(int times) {
    for (int i = 0; i < times; i++) {
      guesses.tell(HERE, "tg-guess-" + i, false);
    }
  }

  @Test
  void slowsDownWhoeverTriesSecrets() {
    wrong(20);

    assertThatThrownBy(() -> guesses.requireRoom(HERE, "tg-next"))
        .isInstanceOfSatisfying(
            Refusal.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Refusal.Reason.TOO_MANY);
              assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(5));
            });
    assertThatCode(() -> guesses.requireRoom("192.0.2.2", "tg-next")).doesNotThrowAnyException();

    now = now.plusSeconds(5);
    assertThatCode(() -> guesses.requireRoom(HERE, "tg-next")).doesNotThrowAnyException();
    guesses.tell(HERE, "tg-next", false);
    assertThatThrownBy(() -> guesses.requireRoom(HERE, "tg-next")).isInstanceOf(Refusal.class);
  }

  @Test
  void letsThoseGoOnWhoseSecretWasRightFromThere() {
    guesses.tell(HERE, "tg-right", true);
    wrong(50);

    assertThatCode(() -> guesses.requireRoom(HERE, "tg-right")).doesNotThrowAnyException();
    now = now.plus(Duration.ofMinutes(11));
    wrong(200);
    assertThatThrownBy(() -> guesses.requireRoom(HERE, "tg-right")).isInstanceOf(Refusal.class);
  }
}
