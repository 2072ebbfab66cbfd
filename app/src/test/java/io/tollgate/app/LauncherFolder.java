package io.tollgate.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A source tree in miniature around a copy of the {@code ./tollgate} script: a stand-in for Maven
 * that notes each call, and a stand-in for a JDK whose {@code java} prints its arguments. What the
 * script does can so be watched in milliseconds.
 */
final class LauncherFolder {
  /** What one run of the script left: its exit status and its two outputs. */
  record Run(int status, String out, String err) {}

  /** A run under way. */
  record Started(Process process, Path err) {
    Run end() throws IOException, InterruptedException {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("the script runs longer than " + BOUND_SECONDS + " s");
      }
      return new Run(process.exitValue(), out, Files.readString(err));
    }
  }

  private static final List<String> TOOLS =
      List.of(
          "awk",
          "bash",
          "cat",
          "cp",
          "date",
          "df",
          "dirname",
          "env",
          "find",
          "flock",
          "grep",
          "gzip",
          "head",
          "ln",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "tail",
          "tar",
          "tee",
          "tr");
  private static final long BOUND_SECONDS = 60;

  final Path root;
  final Path bin;
  final Path jdk;
  final Path mavenCalls;
  private final Map<String, String> environment = new HashMap<>();

  LauncherFolder(Path folder) throws IOException {
    root = Files.createDirectories(folder.resolve("a tree"));
    bin = Files.createDirectories(folder.resolve("bin"));
    mavenCalls = folder.resolve("maven-calls");
    jdk = jdk("25.0.3");
    // The one place a test cannot empty is the system's own folder of JDKs.
    script(
        root.resolve("tollgate"),
        Files.readString(projectFile("tollgate")).replace("/usr/lib/jvm/", folder + "/jvm/"));
    Files.createDirectories(root.resolve("app/src/main"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.writeString(root.resolve("app/pom.xml"), "<project/>");
    for (String tool : TOOLS) {
      Files.createSymbolicLink(bin.resolve(tool), onPath(tool));
    }
    environment.put("PATH", bin.toString());
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("TOLLGATE_JAVA_HOME", jdk.toString());
  }

  /** A file of the real project; the tests of a module run in its folder. */
  static Path projectFile(String name) {
    return Path.of("..").toAbsolutePath().normalize().resolve(name);
  }

  Path jdk(String version) throws IOException {
    Path home = Files.createDirectories(root.resolveSibling("jdk-" + version));
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    script(home.resolve("bin/java"), "#!/usr/bin/env bash\nprintf '%s\\n' \"$@\"\n");
    script(home.resolve("bin/javac"), "#!/usr/bin/env bash\n");
    return home;
  }

  /**
   * A Maven that notes its arguments, packages an empty application, and then runs {@code more}.
   */
  void maven(String more) throws IOException {
    script(
        bin.resolve("mvn"),
        """
        #!/usr/bin/env bash
        printf '%%s\\n' "$*" >> '%s'
        mkdir -p app/target/lib
        : > app/target/tollgate-app-1.jar
        : > app/target/lib/tollgate-schemas-1.jar
        : > app/target/lib/other-1.jar
        %s
        """
            .formatted(mavenCalls, more));
  }

  LauncherFolder with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  LauncherFolder without(String name) {
    environment.remove(name);
    return this;
  }

  Run run(String... arguments) throws IOException, InterruptedException {
    return start(root, root.resolve("tollgate"), arguments).end();
  }

  Started start(Path from, Path script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(from.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Path err = Files.createTempFile(root.getParent(), "err", "");
    return new Started(
        builder
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(err.toFile())
            .start(),
        err);
  }

  int mavenCalls() throws IOException {
    return Files.exists(mavenCalls) ? Files.readAllLines(mavenCalls).size() : 0;
  }

  static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path onPath(String tool) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path candidate = Path.of(folder, tool);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new IllegalStateException("this test needs the command " + tool);
  }
}
