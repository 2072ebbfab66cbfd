package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderLockTest {
  @TempDir Path folder;

  @Test
  void theSecondIsToldWhoTheFirstIs() {
    try (FolderLock first = FolderLock.acquire(folder.resolve("new"))) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> FolderLock.acquire(folder.resolve("new")))
          .isInstanceOfSatisfying(
              FolderInUseException.class,
              e -> assertThat(e.pid()).isEqualTo(ProcessHandle.current().pid()))
          .hasMessageContaining(folder.resolve("new").toString());
    }
  }

  @Test
  void aReleasedFolderCanBeTaken() {
    FolderLock.acquire(folder).close();
    FolderLock.acquire(folder).close();
  }
}
