package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private Instant now = Instant.parse("2026-03-01T00:00:00Z");
  private final Buckets buckets = new Buckets(3, Duration.ofSeconds(10), 2, () -> now);

  @Test
  void givesSoManyAtOnceAndOneEverySoOften() {
    for (int i = 0; i < 3; i++) {
      assertThat(buckets.take("a")).isEmpty();
    }
    assertThat(buckets.take("a")).contains(Duration.ofSeconds(10));
    now = now.plusSeconds(4);
    assertThat(buckets.take("a")).contains(Duration.ofSeconds(6));
    now = now.plusSeconds(6);
    assertThat(buckets.take("a")).isEmpty();
    assertThat(buckets.take("a")).isPresent();
    now = now.plusSeconds(1_000);
    for (int i = 0; i < 3; i++) {
      assertThat(buckets.take("a")).isEmpty();
    }
    assertThat(buckets.until("a")).isPresent();
  }

  @Test
  void forgetsWhomItHasNotSeenForLongest() {
    for (int i = 0; i < 3; i++) {
      assertThat(buckets.take("a")).isEmpty();
    }
    assertThat(buckets.take("b")).isEmpty();
    assertThat(buckets.take("c")).isEmpty();
    assertThat(buckets.until("a")).as("forgotten").isEmpty();
  }
}
