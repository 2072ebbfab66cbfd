package io.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SecretTest {
  private final Random random = new Random(7);

  @ParameterizedTest
  @EnumSource(Secret.Kind.class)
  void saysWhatItOpensAndCarries256RandomBits(Secret.Kind kind) {
    Secret secret = Secret.make(kind, random);

    assertThat(secret.prefix()).isEqualTo(kind.prefix());
    assertThat(secret.value()).hasSize(kind.prefix().length() + 43).matches("[A-Za-z0-9_-]+");
    assertThat(Secret.make(kind, random)).isNotEqualTo(secret);
  }

  @Test
  void hashesTheWholeSecret() {
    assertThat(new Secret("abc").hash())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void showsOnlyPrefixAndLastFourCharacters() {
    Secret secret = Secret.make(Secret.Kind.ADMIN_KEY, random);

    assertThat(secret.toString())
        .isEqualTo("tg-admin-..." + secret.lastFour())
        .doesNotContain(secret.value().substring(9, 30));
    assertThat(secret.lastFour()).hasSize(4);
  }

  @Test
  void showsNothingOfShortText() {
    assertThat(new Secret("tg-abcd")).hasToString("tg-...");
    assertThat(new Secret("hunter2")).hasToString("...");
  }
}
