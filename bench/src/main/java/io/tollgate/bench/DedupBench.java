package io.tollgate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Feeds ids straight to the dedup memory in a process of its own, kills it with SIGKILL, and has
 * others take up: with the local files, and without them.
 */
@Command(
    name = "dedup",
    mixinStandardHelpOptions = true,
    description = {
      "Feeds ids straight to the dedup memory of one partition and measures disk, memory and"
          + " throughput, then the restart after SIGKILL with and without the local files.",
      "The changelog is a file, read back the way Kafka Streams restores a topic."
    })
final class DedupBench implements Callable<Integer> {
  @Mixin private DedupBenchOptions options = new DedupBenchOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (options.part != DedupBenchOptions.Part.ALL) {
      new DedupFeed(options).run();
      return 0;
    }
    if (options.folder != null) {
      Files.createDirectories(options.folder);
    }
    Path folder =
        options.folder == null
            ? Files.createTempDirectory("tollgate-dedup")
            : Files.createTempDirectory(options.folder, "tollgate-dedup");
    try {
      return all(folder) ? 0 : 1;
    } finally {
      delete(folder);
    }
  }

  private boolean all(Path folder) throws IOException, InterruptedException {
    System.out.printf(
        "%,d ids over %d days, %d %% of them met again, heap %s%n",
        options.ids, options.days, options.duplicates, options.heap);
    boolean right = part(DedupBenchOptions.Part.FEED, folder);
    System.out.println("killed (SIGKILL); started again with its local files:");
    right &= part(DedupBenchOptions.Part.RESTART, folder);
    delete(folder.resolve(DedupFeed.SEGMENTS));
    System.out.println("killed (SIGKILL); started again without them, from the changelog:");
    right &= part(DedupBenchOptions.Part.RESTART, folder);
    System.out.println(right ? "every id was recognised" : "NOT EVERY ID WAS RECOGNISED");
    return right;
  }

  /** Runs until it says that it is done, and kills it. */
  private boolean part(DedupBenchOptions.Part part, Path folder)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + options.heap);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Bench.class.getName());
    command.add("dedup");
    command.add("--part=" + part);
    command.add("--ids=" + options.ids);
    command.add("--days=" + options.days);
    command.add("--duplicates=" + options.duplicates);
    command.add("--folder=" + folder);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    boolean right = false;
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        if (line.equals(DedupFeed.DONE)) {
          right = true;
          break;
        }
        System.out.println("  " + line);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return right;
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
