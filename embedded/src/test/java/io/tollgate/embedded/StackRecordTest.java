package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StackRecordTest {
  private static final StackRecord RECORD =
      new StackRecord(
          7,
          Map.of(
              Part.KAFKA, new StackRecord.Entry(8, Map.of("port", 9092, "controller", 9093), null),
              Part.POSTGRES, new StackRecord.Entry(9, Map.of("port", 5432), "secret")));

  @TempDir Path data;

  @Test
  void readsWhatItWrote() {
    RECORD.write(data);
    RECORD.write(data);
    assertThat(StackRecord.read(data)).hasValue(RECORD);
  }

  @Test
  void isNotThereBeforeTheFirstStart() {
    assertThat(StackRecord.read(data)).isEmpty();
  }

  @Test
  void keepsPasswordsToItsOwner() throws IOException {
    RECORD.write(data);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(data.resolve("stack.json"))))
        .isEqualTo("rw-------");
    assertThat(RECORD.toString()).doesNotContain("secret");
  }
}
