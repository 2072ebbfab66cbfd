package io.tollgate.streams;

import io.tollgate.schemas.Endpoints;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The streams role as a process of its own, so that a test can kill it. */
final class StreamsProcess {
  private StreamsProcess() {}

  /**
   * Arguments: Kafka's bootstrap servers, the state folder, milliseconds between the commits of the
   * meter topology and of the budget topology; the instance's name, its port and the seconds of its
   * session, if there are others.
   */
  public static void main(String[] args) throws InterruptedException {
    StreamsSettings usual =
        StreamsSettings.of(
            new Endpoints(args[0], URI.create("http://localhost:1")), Path.of(args[1]));
    StreamsSettings settings =
        new StreamsSettings(
            usual.endpoints(),
            usual.applicationPrefix(),
            instance(args),
            usual.stateFolder(),
            usual.meterThreads(),
            commits(Long.parseLong(args[2]), Long.parseLong(args[3])),
            // Long enough for a commit that a test holds back; a restart ends the transaction at
            // once.
            Duration.ofMinutes(14),
            usual.bounds());
    Streams streams = Streams.start(settings, LocalIds.ofAllTopics(), InstantSource.system());
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    new CountDownLatch(1).await();
  }

  /** A test that holds back the commits of budgets holds back those of alerts, too. */
  private static CommitIntervals commits(long meterMillis, long budgetMillis) {
    Duration budget = Duration.ofMillis(budgetMillis);
    return new CommitIntervals(Duration.ofMillis(meterMillis), budget, budget);
  }

  private static StreamsInstance instance(String[] args) {
    return args.length < 7
        ? StreamsInstance.ALONE
        : new StreamsInstance(
            args[4],
            Optional.of(URI.create("http://127.0.0.1:" + args[5])),
            1,
            false,
            Duration.ofSeconds(Long.parseLong(args[6])));
  }

  static Process start(
      String kafka,
      Path state,
      Duration meterCommit,
      Duration budgetCommit,
      Path log,
      String... instance)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                java,
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                StreamsProcess.class.getName(),
                kafka,
                state.toString(),
                Long.toString(meterCommit.toMillis()),
                Long.toString(budgetCommit.toMillis())));
    command.addAll(List.of(instance));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
        .start();
  }
}
