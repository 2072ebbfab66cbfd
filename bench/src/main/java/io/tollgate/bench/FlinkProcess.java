package io.tollgate.bench;

import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How contender (f) is started: on a Java that Flink supports, with jars of its own, which the
 * build puts into bench/flink/target.
 */
final class FlinkProcess {
  private static final List<Integer> SUPPORTED = List.of(17, 21);

  /**
   * Flink's checkpoint interval. At the others' 0.4 s a checkpoint's own work and its two
   * transactions per slot take most of the interval.
   */
  private static final Duration CHECKPOINT = Duration.ofSeconds(1);

  private FlinkProcess() {}

  static List<String> command(Endpoints endpoints, SchemaIds ids, int heapMib, Path state)
      throws IOException {
    Path flink = folder();
    List<String> command = new ArrayList<>();
    command.add(java().resolve("bin/java").toString());
    command.addAll(Rig.heap(heapMib));
    command.add("-Djava.io.tmpdir=" + state);
    // Avro makes objects only of classes that it is told to trust.
    command.add("-Dorg.apache.avro.SERIALIZABLE_PACKAGES=io.tollgate.schemas.avro");
    for (String opened : List.of("java.util", "java.lang", "java.net", "java.nio", "java.time")) {
      command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-cp",
            flink.resolve("*") + ":" + flink.resolve("lib").resolve("*"),
            "io.tollgate.bench.flink.FlinkMain",
            endpoints.bootstrapServers(),
            Integer.toString(ids.idOf(Topics.USAGE_RATED.subject(), Topics.USAGE_RATED.schema())),
            state.toString(),
            Long.toString(CHECKPOINT.toMillis())));
    return command;
  }

  /** Where the launcher says; in tests, which run in the module, beside it. */
  private static Path folder() {
    String told = System.getProperty("tollgate.bench.flink", "flink/target");
    Path built = Path.of(told).toAbsolutePath();
    if (!Files.isDirectory(built.resolve("lib"))) {
      throw new IllegalStateException(
          "nothing is built in " + built + "; ./tollgate bench builds it");
    }
    return built;
  }

  /**
   * A Java home of a version that Flink supports; where there is none the Java that runs the bench,
   * on which Flink is not supported but has been seen to work.
   */
  private static Path java() throws IOException {
    List<Path> homes = new ArrayList<>();
    String named = System.getenv("JAVA_HOME");
    if (named != null) {
      homes.add(Path.of(named));
    }
    Path installed = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(installed)) {
      try (Stream<Path> all = Files.list(installed)) {
        homes.addAll(all.sorted().toList());
      }
    }
    for (int version : SUPPORTED) {
      for (Path home : homes) {
        if (Integer.toString(version).equals(version(home))) {
          return home;
        }
      }
    }
    Report.say("no Java 17 or 21 found for Flink; it runs on this one, unsupported");
    return Path.of(System.getProperty("java.home"));
  }

  private static @Nullable String version(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isReadable(release) || !Files.isExecutable(home.resolve("bin/java"))) {
      return null;
    }
    Properties properties = new Properties();
    try (var in = Files.newInputStream(release)) {
      properties.load(in);
    }
    String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
    return version.split("[.+-]", 2)[0];
  }
}
