package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user runs it: through the script, in a process of its own. */
class DemoIT {
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration WHOLE = Duration.ofSeconds(240);

  /** What a Ctrl-C may take. */
  private static final Duration END = Duration.ofSeconds(10);

  @TempDir private Path folder;

  @Test
  void runsTheWholeLineAndLeavesNothingBehind() throws IOException, InterruptedException {
    Process demo = start("demo", "--events", "2000", "--seed", "7");
    boolean ended = demo.waitFor(WHOLE.toSeconds(), TimeUnit.SECONDS);
    String out = Files.readString(out());

    assertThat(ended).as(Files.readString(err())).isTrue();
    assertThat(demo.exitValue()).as(out + Files.readString(err())).isZero();
    assertThat(out)
        .contains("Good: all of it holds")
        .contains("the books balance")
        .doesNotContain("NO   ")
        .containsPattern("total +2,000 ");
    assertThat(out.split("INVOICE", -1)).as("an invoice per organization").hasSize(5);
    assertThat(Files.readString(err())).contains("% of \"Product, production, month\"");
    assertThat(temporary()).isDirectoryNotContaining("glob:**/tollgate-*");
  }

  @Test
  void ctrlCStopsEveryChild() throws IOException, InterruptedException {
    Process demo = start("demo", "--events", "2000");
    await().atMost(START).until(() -> Files.readString(err()).contains("kafka is ready"));
    List<ProcessHandle> below = demo.descendants().toList();
    assertThat(below).isNotEmpty();
    new ProcessBuilder("kill", "-INT", Long.toString(demo.pid())).start().waitFor();

    assertThat(demo.waitFor(END.toSeconds(), TimeUnit.SECONDS)).as("ended in time").isTrue();
    assertThat(demo.exitValue()).isEqualTo(130);
    assertThat(below).noneMatch(ProcessHandle::isAlive);
    assertThat(temporary()).isDirectoryNotContaining("glob:**/tollgate-*");
    assertThat(Files.readString(err())).doesNotContain("tollgate:");
  }

  private Process start(String... args) throws IOException {
    Files.createDirectories(temporary());
    // A shell's background job ignores Ctrl-C, and so would all that this test starts from within
    // one.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", "./tollgate"));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Repository.root().toFile())
            .redirectOutput(out().toFile())
            .redirectError(err().toFile());
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary());
    return builder.start();
  }

  private Path temporary() {
    return folder.resolve("tmp");
  }

  private Path out() {
    return folder.resolve("out");
  }

  private Path err() {
    return folder.resolve("err");
  }
}
