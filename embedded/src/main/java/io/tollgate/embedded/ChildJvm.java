package io.tollgate.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a child process that runs this very JVM. */
final class ChildJvm {
  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private ChildJvm() {}

  /**
   * A child in a session of its own does not get the terminal's Ctrl-C, so that the supervisor
   * decides the order in which things stop.
   */
  static List<String> ownSession() {
    return Files.isExecutable(SETSID) ? List.of(SETSID.toString()) : List.of();
  }

  static List<String> command(
      int heapMib, List<String> options, String classPath, String main, List<String> arguments) {
    List<String> command = new ArrayList<>(ownSession());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heapMib + "m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dfile.encoding=UTF-8"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return List.copyOf(command);
  }

  static String ownClassPath() {
    return System.getProperty("java.class.path");
  }
}
