package io.tollgate.governance.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SealedAnswerTest {
  private static final byte[] ANSWER = "{\"value\":\"tg-x\"}".getBytes(StandardCharsets.UTF_8);
  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");

  @Test
  void opensWithTheSameSecretAndKeyOnly() {
    byte[] sealed = SealedAnswer.by("Bearer one", "key").seal(ANSWER, random);

    assertThat(SealedAnswer.by("Bearer one", "key").open(sealed)).contains(ANSWER);
    assertThat(SealedAnswer.by("Bearer two", "key").open(sealed)).isEmpty();
    assertThat(SealedAnswer.by("Bearer one", "other").open(sealed)).isEmpty();
  }

  @Test
  void noticesEachChangedBitAndWhatIsCutOff() {
    SealedAnswer seal = SealedAnswer.by("Bearer one", "key");
    byte[] sealed = seal.seal(ANSWER, random);
    for (int i = 0; i < sealed.length * Byte.SIZE; i++) {
      byte[] changed = sealed.clone();
      changed[i / Byte.SIZE] ^= (byte) (1 << (i % Byte.SIZE));
      assertThat(seal.open(changed)).isEmpty();
    }
    for (int length = 0; length < sealed.length; length++) {
      assertThat(seal.open(java.util.Arrays.copyOf(sealed, length))).isEmpty();
    }
  }

  @Test
  void sealsTheSameAnswerAnotherWayEachTime() {
    SealedAnswer seal = SealedAnswer.by("Bearer one", "key");
    assertThat(seal.seal(ANSWER, random)).isNotEqualTo(seal.seal(ANSWER, random));
  }
}
