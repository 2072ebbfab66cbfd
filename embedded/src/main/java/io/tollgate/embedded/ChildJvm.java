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

  /** A main of ours, with our own class path. */
  static List<String> main(
      int heapMib, List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>(java(heapMib, options));
    command.add("-Dlogback.configurationFile=io/tollgate/embedded/child-logging.xml");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return List.copyOf(command);
  }

  /** A program in a jar of its own. */
  static List<String> jar(int heapMib, List<String> options, Path jar) {
    List<String> command = new ArrayList<>(java(heapMib, options));
    command.addAll(List.of("-jar", jar.toString()));
    return List.copyOf(command);
  }

  private static List<String> java(int heapMib, List<String> options) {
    List<String> command = new ArrayList<>(ownSession());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heapMib + "m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(options);
    return command;
  }
}
