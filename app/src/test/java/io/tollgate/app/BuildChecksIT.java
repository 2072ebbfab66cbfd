package io.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each check of the build bites: the real root pom over two modules in miniature, broken on
 * purpose.
 */
class BuildChecksIT {
  private static final long BOUND_SECONDS = 120;
  private static final String NULL_DEREFERENCE =
      """
      package io.tollgate.one;

      import org.jspecify.annotations.Nullable;

      final class Name {
        private Name() {}

        static int length(@Nullable String name) {
          return name.length();
        }
      }
      """;

  private record Run(int status, String output) {}

  @TempDir private Path root;

  @BeforeEach
  void layOut() throws IOException {
    for (String file :
        List.of(
            ".mvn/jvm.config",
            ".mvn/errorprone.config",
            ".mvn/nullaway.config",
            "tools/Sources.java")) {
      write(file, Files.readString(LauncherFolder.projectFile(file)));
    }
    write(
        "pom.xml",
        Files.readString(LauncherFolder.projectFile("pom.xml"))
            .replaceFirst(
                "(?s)<modules>.*</modules>",
                "<modules><module>one</module><module>two</module></modules>"));
    write("one/pom.xml", pom("one", ""));
    write("two/pom.xml", pom("two", ""));
    write(
        "one/src/main/java/io/tollgate/one/package-info.java",
        """
        @NullMarked
        package io.tollgate.one;

        import org.jspecify.annotations.NullMarked;
        """);
    write(
        "toolchains.xml",
        "<toolchains><toolchain><type>jdk</type><provides><version>%s</version></provides><configuration><jdkHome>%s</jdkHome></configuration></toolchain></toolchains>"
            .formatted(System.getProperty("java.version"), System.getProperty("java.home")));
  }

  @Test
  void anUnformattedSourceFailsTheBuild() throws Exception {
    write(
        "one/src/main/java/io/tollgate/one/Wide.java",
        "package io.tollgate.one;\nfinal  class Wide {}\n");
    Run run = maven("-N", "validate");
    assertThat(run.status()).isNotZero();
    assertThat(run.output())
        .contains("not formatted: one/src/main/java/io/tollgate/one/Wide.java")
        .contains("./tollgate format");
  }

  @Test
  void aSourceInAnotherModulesPackageFailsTheBuild() throws Exception {
    write(
        "two/src/test/java/io/tollgate/one/Peek.java",
        "package io.tollgate.one;\n\nclass Peek {}\n");
    Run run = maven("-N", "validate");
    assertThat(run.status()).isNotZero();
    assertThat(run.output())
        .contains("not in its module's package: two/src/test/java/io/tollgate/one/Peek.java");
  }

  @Test
  void aNullDereferenceFailsTheBuildButNotAQuickOne() throws Exception {
    write("one/src/main/java/io/tollgate/one/Name.java", NULL_DEREFERENCE);
    Run quick = maven("-Dquick", "compile");
    assertThat(quick.status()).as(quick.output()).isZero();
    Run full = maven("compile");
    assertThat(full.status()).isNotZero();
    assertThat(full.output()).contains("[NullAway] dereferenced expression 'name' is @Nullable");
  }

  @Test
  void aDependencyAgainstTheArrowsFailsTheBuild() throws Exception {
    write(
        "two/pom.xml",
        pom(
            "two",
            "<dependency><groupId>io.tollgate</groupId><artifactId>tollgate-one</artifactId><version>${project.version}</version></dependency>"));
    Run run = maven("compile");
    assertThat(run.status()).isNotZero();
    assertThat(run.output())
        .contains("A module depends on one it must not know")
        .containsPattern("io.tollgate:tollgate-one:jar:\\S+ <--- banned");
  }

  private static String pom(String name, String dependencies) {
    return """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <modelVersion>4.0.0</modelVersion>
      <parent><groupId>io.tollgate</groupId><artifactId>tollgate</artifactId><version>0.1.0-SNAPSHOT</version></parent>
      <artifactId>tollgate-%s</artifactId>
      <dependencies>%s</dependencies>
    </project>
    """
        .formatted(name, dependencies);
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Run maven(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("mvn", "-B", "-o", "-t", "toolchains.xml"));
    command.addAll(List.of(arguments));
    Path log = root.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(root.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // Set by the Maven around this test, and about its project, not ours.
    builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_"));
    Process process = builder.start();
    if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("Maven runs longer than " + BOUND_SECONDS + " s");
    }
    return new Run(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
  }
}
