package io.tollgate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real JVMs: this one runs from the module's jar, so its children can be learned from. */
final class StartCacheIT {
  /** With it a JVM ends at once instead of starting without what was learned. */
  private static final String OR_FAIL = "-XX:AOTMode=on";

  private static final int USAGE = 2;

  @TempDir private Path folder;

  @Test
  void laterStartsUseWhatOneRunLearned() throws Exception {
    StartCache cache = StartCache.of(LocalPostgres.class);
    Files.deleteIfExists(file(cache));
    assertThat(cache.isThere()).isFalse();
    assertThat(cache.using()).isEmpty();
    assertThat(cache.keep()).as("nothing was written yet").isFalse();

    assertThat(run(cache.classPath(), cache.learning()).status).isEqualTo(USAGE);
    assertThat(cache.isThere()).as("before it is kept").isFalse();
    assertThat(cache.keep()).isTrue();

    try {
      assertThat(cache.isThere()).isTrue();
      List<String> options = new ArrayList<>(cache.using());
      options.add(OR_FAIL);
      assertThat(run(cache.classPath(), options).status).isEqualTo(USAGE);
      options.addFirst("-Xlog:class+load");
      assertThat(run(cache.classPath(), options).output)
          .contains("io.tollgate.embedded.LocalPostgres source: shared objects file");
      assertThat(StartCache.of(StartCache.class).using())
          .as("another program of the same jars")
          .isEqualTo(cache.using());
    } finally {
      Files.delete(file(cache));
    }
  }

  /** The JVM does not look: it would run the classes that the jar had before. */
  @Test
  void anotherJarUnderTheSameNameIsLearnedAnew() throws Exception {
    Path jar =
        Files.copy(
            Path.of(
                LocalPostgres.class.getProtectionDomain().getCodeSource().getLocation().toURI()),
            folder.resolve("own.jar"));
    StartCache before = StartCache.beside(jar, List.of(jar));
    run(before.classPath(), before.learning());
    assertThat(before.keep()).isTrue();
    assertThat(StartCache.beside(jar, List.of(jar)).isThere()).isTrue();
    run(before.classPath(), before.learning());

    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));

    assertThat(StartCache.beside(jar, List.of(jar)).isThere()).isFalse();
    assertThat(before.keep()).as("a run during which a jar changed").isFalse();
    StartCache after = StartCache.beside(jar, List.of(jar));
    run(after.classPath(), after.learning());
    assertThat(after.keep()).isTrue();
    assertThat(before.isThere()).as("the older one").isFalse();
  }

  @Test
  void nothingIsLearnedOfAFolderOfClasses() {
    StartCache cache = StartCache.of(StartCacheIT.class);

    assertThat(cache.canLearn()).isFalse();
    assertThat(cache.using()).isEmpty();
    assertThatThrownBy(cache::learning).isInstanceOf(IllegalStateException.class);
  }

  private record Ran(int status, String output) {}

  private Ran run(String classPath, List<String> options) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, LocalPostgres.class.getName()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
  }

  private static Path file(StartCache cache) {
    return cache.file().orElseThrow();
  }
}
