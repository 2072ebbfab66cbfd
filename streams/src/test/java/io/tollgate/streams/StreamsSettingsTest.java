package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.Endpoints;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StreamsSettingsTest {
  private final Endpoints endpoints =
      new Endpoints("localhost:9092", URI.create("http://localhost:8081"));

  private StreamsSettings settings(
      String prefix, int threads, Duration meterCommit, Duration transactionTimeout) {
    return new StreamsSettings(
        endpoints,
        prefix,
        StreamsInstance.ALONE,
        Path.of("state"),
        threads,
        new CommitIntervals(meterCommit, Duration.ofMillis(200), Duration.ofMillis(100)),
        transactionTimeout,
        MeterBounds.standard());
  }

  @Test
  void theUsualOnesAreValidAndLeaveASecondForAlerts() {
    StreamsSettings usual = StreamsSettings.of(endpoints, Path.of("state"));
    assertThat(usual.commits().meter()).isLessThanOrEqualTo(Duration.ofMillis(500));
    assertThat(usual.applicationId("meter")).isEqualTo("tollgate-meter");
  }

  @Test
  void refusesWhatCannotWork() {
    Duration commit = Duration.ofMillis(400);
    Duration timeout = Duration.ofSeconds(10);
    assertThatThrownBy(() -> settings("a b", 1, commit, timeout))
        .hasMessageContaining("applicationPrefix");
    assertThatThrownBy(() -> settings("a", 0, commit, timeout))
        .hasMessageContaining("meterThreads");
    assertThatThrownBy(() -> settings("a", 1, Duration.ZERO, timeout))
        .hasMessageContaining("positive");
    assertThatThrownBy(() -> settings("a", 1, timeout, timeout))
        .hasMessageContaining("transactionTimeout");
  }

  @Test
  void restartsPauseLongerAndLonger() {
    assertThat(RunningTopology.pauseBefore(1)).isEqualTo(Duration.ofMillis(500));
    assertThat(RunningTopology.pauseBefore(3)).isEqualTo(Duration.ofSeconds(2));
    assertThat(RunningTopology.pauseBefore(RunningTopology.MOST_RESTARTS))
        .isEqualTo(Duration.ofSeconds(10));
  }
}
