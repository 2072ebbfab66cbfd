package io.tollgate.governance.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.avro.Backfill;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackfillTermsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final Duration WINDOW = Duration.ofDays(34);
  private static final String LATEST = "2026-04-04T00:00:00Z";

  private static BackfillTerms closing(@Nullable String closesAt) {
    return new BackfillTerms("trace", "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", closesAt);
  }

  @Test
  void closesWithinTheDedupWindow() {
    assertThat(closing(null).open("b", NOW, WINDOW).getClosesAt()).isEqualTo(LATEST);
    assertThat(closing(LATEST).open("b", NOW, WINDOW).getClosesAt()).isEqualTo(LATEST);
    for (String closesAt : new String[] {"2026-04-04T00:00:00.001Z", "2026-03-01T00:00:00Z"}) {
      assertThatThrownBy(() -> closing(closesAt).open("b", NOW, WINDOW))
          .isInstanceOfSatisfying(
              InvalidInput.class, e -> assertThat(e.field()).isEqualTo("closes_at"));
    }
  }

  @Test
  void knowsTheSameTermsAgain() {
    Backfill opened = closing("2026-03-02T00:00:00Z").open("b", NOW, WINDOW);

    assertThat(closing("2026-03-02T00:00:00Z").isSameAs(opened)).isTrue();
    assertThat(closing("2026-03-02T01:00:00+01:00").isSameAs(opened)).isTrue();
    assertThat(closing(null).isSameAs(opened)).isTrue();
    assertThat(closing("2026-03-03T00:00:00Z").isSameAs(opened)).isFalse();
    assertThat(
            new BackfillTerms("other", "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", null)
                .isSameAs(opened))
        .isFalse();
  }

  @Test
  void refusesAnEmptyRange() {
    assertThatThrownBy(
            () -> new BackfillTerms("t", "2023-11-01T00:00:00Z", "2023-11-01T00:00:00Z", null))
        .isInstanceOfSatisfying(InvalidInput.class, e -> assertThat(e.field()).isEqualTo("to"));
  }
}
