package io.tollgate.governance.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SealingKeysTest {
  private static final String ONE = "one " + "A".repeat(43) + "=\n";
  private static final String TWO = "two " + "B".repeat(42) + "A=\n";

  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("sealing.key");
  }

  private SealingKeys keys(String lines) throws Exception {
    Files.writeString(file, lines);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return SealingKeys.read(file);
  }

  @Test
  void opensWhatItSealedAboutTheSameThing() {
    SealingKeys keys = SealingKeys.make(file, random);
    SealedText sealed = keys.seal("whsec_x", "alert channel a", random);

    assertThat(sealed.value()).startsWith(keys.current() + ":").doesNotContain("whsec_x");
    assertThat(keys.seal("whsec_x", "alert channel a", random)).isNotEqualTo(sealed);
    assertThat(SealingKeys.read(file).open(sealed, "alert channel a")).isEqualTo("whsec_x");
    assertThatThrownBy(() -> keys.open(sealed, "alert channel b"))
        .hasMessageContaining("is not what the key " + keys.current() + " sealed for it");
  }

  @Test
  void sealsWithTheFirstAndOpensWithAll() throws Exception {
    SealedText old = keys(ONE).seal("secret", "it", random);
    SealingKeys both = keys(TWO + ONE);

    assertThat(both.open(old, "it")).isEqualTo("secret");
    assertThat(both.seal("secret", "it", random).key()).isEqualTo("two");
    assertThatThrownBy(() -> keys(TWO).open(old, "it"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the secret of it is sealed with the key one, which this process does not have");
    // Another key under the name of the first.
    assertThatThrownBy(() -> keys(TWO.replace("two", "one")).open(old, "it"))
        .hasMessageContaining("is not what the key one sealed for it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                     | must have 1 to 16 lines, not 0
          one                                                    | line 1 must be a name, a space and a key
          a/b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=       | line 1 must be a name, a space and a key
          one AAAA                                               | line 1 must have a key of 32 bytes, not 3
          one AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_       | line 1 must have a key in base64
          """)
  void saysWhatIsWrongWithAFileAndNotWhatIsInIt(String lines, String rule) {
    assertThatThrownBy(() -> keys(lines))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(rule)
        .satisfies(e -> assertThat(e.toString() + e.getCause()).doesNotContain("AAAA"));
  }

  @Test
  void refusesANameTwiceAndAFileThatOthersMayRead() throws Exception {
    assertThatThrownBy(() -> keys(ONE + ONE))
        .hasMessageContaining("line 2 has the name of another line, one");

    keys(ONE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> SealingKeys.read(file))
        .hasMessageContaining("must be readable by its owner only; run chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    assertThat(SealingKeys.read(file).current()).isEqualTo("one");
  }
}
