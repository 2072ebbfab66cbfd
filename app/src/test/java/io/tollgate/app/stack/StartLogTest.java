package io.tollgate.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.InvalidInput;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartLogTest {
  @TempDir private Path folder;

  @Test
  void linesAreReadOnceCompleteAndFromWhereOneLeftOff() throws IOException {
    Path file = folder.resolve("logs/start.log");
    StartLog log = new StartLog(file);
    log.clear();
    log.step("kafka is\nready");
    Files.writeString(file, "step half", StandardOpenOption.APPEND);

    assertThat(log.lines(0)).containsExactly(new StartLog.Line.Step("kafka is ready"));
    assertThat(log.lines(1)).isEmpty();

    Files.writeString(file, " done\n", StandardOpenOption.APPEND);
    log.ready();
    log.failed("no");
    assertThat(log.lines(1))
        .containsExactly(
            new StartLog.Line.Step("half done"),
            new StartLog.Line.Ready(),
            new StartLog.Line.Failed("no"));

    log.delete();
    assertThat(file).doesNotExist();
  }

  @Test
  void aRecordedServerWhosePidIsSomebodyElseIsNotRunning() {
    DataFolder data = new DataFolder(folder);
    assertThat(data.running()).isEmpty();
    assertThatThrownBy(data::require)
        .isInstanceOf(StackProblem.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("./tollgate up");

    ServerRecord record =
        new ServerRecord(
            ProcessHandle.current().pid(),
            URI.create("http://127.0.0.1:1"),
            List.of("governance"),
            "127.0.0.1:2",
            URI.create("http://127.0.0.1:3"),
            "2026-11-22T00:00:00Z");
    data.write(record);

    assertThat(data.lastServer()).contains(record);
    assertThat(data.running())
        .as("this process does not name the folder in its command line")
        .isEmpty();
  }

  @Test
  void theUsualFolderFollowsTheEnvironment() {
    assertThat(DataFolder.usual(Map.of("XDG_DATA_HOME", "/data")).path())
        .isEqualTo(Path.of("/data/tollgate"));
    assertThat(DataFolder.usual(Map.of()).path())
        .isEqualTo(Path.of(System.getProperty("user.home"), ".local/share/tollgate"));
  }

  @Test
  void anUnknownRoleIsNamed() {
    assertThat(RoleName.of("landing")).isEqualTo(RoleName.LANDING);
    assertThatThrownBy(() -> RoleName.of("lending"))
        .isInstanceOf(InvalidInput.class)
        .hasMessage("--roles = lending: must be of governance, ingest, streams, landing, billing");
  }
}
