package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PublisherSettingsTest {
  @Test
  void everySettingCanBeChangedByItself() {
    assertThat(
            PublisherSettings.standard()
                .withLingerMillis(20)
                .withBatchBytes(1 << 15)
                .withBufferBytes(1 << 24)
                .withInFlight(7, 0)
                .withTimeouts(2_000, 9_000))
        .isEqualTo(new PublisherSettings(20, 1 << 15, 1 << 24, 7, 0, 2_000, 9_000));
  }

  static Stream<Arguments> outOfBounds() {
    return Stream.of(
        Arguments.of(
            "linger_millis", (UnaryOperator<PublisherSettings>) s -> s.withLingerMillis(-1)),
        Arguments.of(
            "linger_millis", (UnaryOperator<PublisherSettings>) s -> s.withLingerMillis(5_001)),
        Arguments.of("batch_bytes", (UnaryOperator<PublisherSettings>) s -> s.withBatchBytes(1)),
        Arguments.of(
            "buffer_bytes", (UnaryOperator<PublisherSettings>) s -> s.withBufferBytes(1 << 20)),
        Arguments.of(
            "in_flight_events", (UnaryOperator<PublisherSettings>) s -> s.withInFlight(0, 0)),
        Arguments.of(
            "full_wait_millis", (UnaryOperator<PublisherSettings>) s -> s.withInFlight(1, 60_001)),
        Arguments.of(
            "request_timeout_millis",
            (UnaryOperator<PublisherSettings>) s -> s.withTimeouts(0, 10_000)),
        Arguments.of(
            "delivery_timeout_millis",
            (UnaryOperator<PublisherSettings>) s -> s.withTimeouts(10_000, 10_004)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("outOfBounds")
  void whatIsOutOfBoundsIsNamed(String field, UnaryOperator<PublisherSettings> change) {
    assertThatThrownBy(() -> change.apply(PublisherSettings.standard()))
        .isInstanceOfSatisfying(
            InvalidInput.class, refused -> assertThat(refused.field()).isEqualTo(field));
  }
}
