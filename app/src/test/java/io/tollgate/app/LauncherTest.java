package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.app.LauncherFolder.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code ./tollgate} itself decides: which JDK, whether to build, and what it says when it
 * cannot.
 */
class LauncherTest {
  @TempDir private Path temporary;
  private LauncherFolder folder;

  @BeforeEach
  void layOut() throws IOException {
    folder = new LauncherFolder(temporary);
    folder.maven("");
  }

  @Test
  void aNamedFolderWithoutJdkIsRefused() throws Exception {
    assertOneLine(
        folder.with("TOLLGATE_JAVA_HOME", "/nonexistent").run("status"),
        2,
        "TOLLGATE_JAVA_HOME=/nonexistent is not a JDK 25 or newer (found: no JDK)");
  }

  @Test
  void aNamedOlderJdkIsRefusedWithItsVersion() throws Exception {
    Path old = folder.jdk("17.0.15");
    assertOneLine(
        folder.with("TOLLGATE_JAVA_HOME", old.toString()).run("status"), 2, "(found: 17.0.15)");
  }

  @Test
  void withoutAnyJdkOneLineSaysWhatToInstall() throws Exception {
    assertOneLine(
        folder.without("TOLLGATE_JAVA_HOME").run("demo"), 2, "no JDK 25 or newer found (looked at");
  }

  @Test
  void aJdkOnThePathIsFoundThroughItsLink() throws Exception {
    Files.createSymbolicLink(folder.bin.resolve("java"), folder.jdk.resolve("bin/java"));
    Run run = folder.without("TOLLGATE_JAVA_HOME").run("java-home");
    assertThat(run.out().strip()).isEqualTo(folder.jdk.toString());
  }

  @Test
  void anOlderJavaHomeIsPassedOver() throws Exception {
    Path jvm = Files.createDirectories(temporary.resolve("jvm"));
    Files.createSymbolicLink(jvm.resolve("newest"), folder.jdk("26"));
    Run run =
        folder
            .without("TOLLGATE_JAVA_HOME")
            .with("JAVA_HOME", folder.jdk("21.0.1").toString())
            .run("java-home");
    assertThat(run.out().strip()).isEqualTo(jvm.resolve("newest").toString());
  }

  @Test
  void withoutMavenOneLineSaysWhatToInstall() throws Exception {
    Files.delete(folder.bin.resolve("mvn"));
    assertOneLine(folder.run("status"), 2, "Maven (mvn) is not on the PATH");
  }

  @Test
  void withoutNpmOneLineSaysWhatToInstall() throws Exception {
    Path fetch = folder.root.resolve("embedded/fetch-engines");
    Files.createDirectories(fetch.getParent());
    LauncherFolder.script(
        fetch, Files.readString(LauncherFolder.projectFile("embedded/fetch-engines")));
    assertThat(folder.run("build").status()).isZero();
    assertOneLine(folder.run("demo"), 3, "npm is missing: install Node.js with npm");
  }

  @Test
  void unknownArgumentsAreNamed() throws Exception {
    assertOneLine(folder.run("test", "--bogus"), 2, "unknown argument for test: --bogus");
    assertOneLine(folder.run("build", "x"), 2, "unknown argument for build: x");
    assertOneLine(folder.run("format", "x"), 2, "unknown argument for format: x");
    assertThat(folder.mavenCalls()).isZero();
  }

  @Test
  void helpBeforeTheFirstBuildFetchesNothing() throws Exception {
    Run run = folder.run("--help");
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("./tollgate demo").contains("./tollgate test [--fast]");
    assertThat(folder.mavenCalls()).isZero();
  }

  @Test
  void buildsOnceAndHandsArgumentsOverUntouched() throws Exception {
    Run first = folder.run("usage", "two words", "*", "--json");
    assertThat(first.status()).isZero();
    assertThat(first.out())
        .endsWith("io.tollgate.app.Tollgate\nusage\ntwo words\n*\n--json\n")
        .doesNotContain("Built");
    assertThat(first.err()).contains("Built in");

    Run second = folder.run("status");
    assertThat(second.err()).isEmpty();
    assertThat(folder.mavenCalls()).isEqualTo(1);
  }

  @Test
  void buildsAgainAfterAnEdit() throws Exception {
    folder.run("build");
    Path source = Files.writeString(folder.root.resolve("app/src/main/New.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    folder.run("build");
    assertThat(folder.mavenCalls()).isEqualTo(2);
  }

  @Test
  void worksThroughALinkFromAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("tg"), Path.of("a tree/tollgate"));
    Run run = folder.start(temporary.resolve("bin"), link, "status").end();
    assertThat(run.out()).contains(folder.root + "/target/run/").endsWith("status\n");
  }

  @Test
  void twoRunsAtOnceBuildOnce() throws Exception {
    folder.maven("sleep 1");
    LauncherFolder.Started one = folder.start(folder.root, folder.root.resolve("tollgate"), "a");
    LauncherFolder.Started two = folder.start(folder.root, folder.root.resolve("tollgate"), "b");
    assertThat(one.end().out()).endsWith("a\n");
    assertThat(two.end().out()).endsWith("b\n");
    assertThat(folder.mavenCalls()).isEqualTo(1);
  }

  @Test
  void aRebuildLeavesTheJarsOfARunningProcessAlone() throws Exception {
    LauncherFolder.script(
        folder.jdk.resolve("bin/java"),
        "#!/usr/bin/env bash\necho \"$@\"\nread -r _ <> '" + pipe() + "'\n");
    LauncherFolder.Started up = folder.start(folder.root, folder.root.resolve("tollgate"), "up");
    try {
      String image = imageOf(up);
      Path source = Files.writeString(folder.root.resolve("app/src/main/New.java"), "");
      Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
      folder.run("build");
      assertThat(Path.of(image)).isDirectoryContaining("glob:**/tollgate-app-1.jar");
      assertThat(folder.mavenCalls()).isEqualTo(2);
    } finally {
      up.process().destroy();
      up.process().waitFor();
    }
  }

  @Test
  void aFailedBuildShowsItsErrorsAndNoMore() throws Exception {
    folder.maven("echo '[INFO] Scanning'; echo '[ERROR] App.java:[3,1] not a statement'; exit 1");
    Run run = folder.run("status");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("[ERROR] App.java:[3,1] not a statement")
        .contains("the whole log is in")
        .doesNotContain("Scanning");
  }

  private Path pipe() throws Exception {
    Path pipe = temporary.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static String imageOf(LauncherFolder.Started up) throws IOException {
    String line = up.process().inputReader().readLine();
    String classPath =
        line.substring(line.indexOf("-cp ") + 4, line.indexOf(" io.tollgate.app.Tollgate"));
    return classPath.substring(0, classPath.length() - "/*".length());
  }

  private static void assertOneLine(Run run, int status, String text) {
    assertThat(run.status()).isEqualTo(status);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).singleElement().asString().contains(text);
  }
}
