package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
  @ParameterizedTest
  @ValueSource(strings = {"\"3\"", " \"3\" ", "*"})
  void letsThroughWhoHasSeenTheCurrentVersion(String header) {
    assertThatCode(() -> Version.check(Optional.of(header), 3)).doesNotThrowAnyException();
  }

  @Test
  void letsTheLastWriterWinWithoutTheHeader() {
    assertThatCode(() -> Version.check(Optional.empty(), 3)).doesNotThrowAnyException();
  }

  @Test
  void refusesWhoHasSeenAnother() {
    assertThatThrownBy(() -> Version.check(Optional.of("\"2\""), 3))
        .isInstanceOfSatisfying(
            Refusal.class,
            e -> {
              assertThat(e.reason().status()).isEqualTo(412);
              assertThat(e.detail()).contains("\"3\"");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "W/\"3\"", "\"3\", \"4\"", "\"a\"", ""})
  void refusesWhatIsNoTagOfOurs(String header) {
    assertThatThrownBy(() -> Version.check(Optional.of(header), 3))
        .isInstanceOfSatisfying(
            InvalidInput.class, e -> assertThat(e.field()).isEqualTo("If-Match"));
  }
}
