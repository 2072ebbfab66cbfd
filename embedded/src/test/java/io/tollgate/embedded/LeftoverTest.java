package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeftoverTest {
  @TempDir Path folder;
  private Process process;

  @BeforeEach
  void startSomethingThatNamesTheFolder() throws IOException {
    process = new ProcessBuilder("/bin/sh", "-c", "read -r line", folder.toString()).start();
  }

  @AfterEach
  void endIt() {
    process.destroyForcibly();
  }

  @Test
  void endsTheRecordedProcessOfTheFolder() throws IOException {
    Leftover.record(folder, process.pid(), "TERM");
    Leftover.end(folder);
    assertThat(process.isAlive()).isFalse();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void sparesAProcessThatOnlyHasTheSamePid(@TempDir Path other) throws IOException {
    Leftover.record(other, process.pid(), "TERM");
    Leftover.end(other);
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void sparesEverybodyWhenTheRecordIsDamaged() throws IOException {
    Files.writeString(folder.resolve("pid"), process.pid() + "");
    Leftover.end(folder);
    assertThat(process.isAlive()).isTrue();
  }
}
