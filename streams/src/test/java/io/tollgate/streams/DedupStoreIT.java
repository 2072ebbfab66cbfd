package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.TopicReader;
import io.tollgate.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dedup store in Kafka Streams, killed with SIGKILL, with and without its local files. */
class DedupStoreIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern RESTORES = Pattern.compile("restores dedup from (\\d+) to (\\d+)");

  @TempDir Path data;
  private Broker broker;
  private @Nullable Process process;
  private int starts;

  @BeforeEach
  void start() {
    broker = Broker.start(data);
  }

  @AfterEach
  void stop() throws Exception {
    kill();
    broker.close();
  }

  private Path log() {
    return data.resolve("dedup-" + starts + ".log");
  }

  private Path state() {
    return data.resolve("state");
  }

  private void run() throws Exception {
    starts++;
    process = DedupProcess.start(broker.bootstrapServers(), state(), log());
  }

  private void kill() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  private void send(int from, int to) {
    for (int i = from; i < to; i++) {
      broker.sendRaw(0, ("event-" + i).getBytes(StandardCharsets.UTF_8));
    }
    broker.flush();
  }

  private List<String> sentOn() {
    List<String> values = new ArrayList<>();
    TopicReader.of(broker.bootstrapServers(), Topics.USAGE_RATED)
        .readToEnd(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
    return values;
  }

  private void assertEachOnce(int count) {
    await().atMost(PATIENCE).until(() -> sentOn().contains("event-" + (count - 1)));
    List<String> all = sentOn();
    assertThat(new HashSet<>(all)).hasSize(count);
    assertThat(all).hasSize(count);
  }

  /** Where the last start read the changelog from; the partition with all the ids. */
  private long restoredFrom() throws Exception {
    long from = -1;
    long longest = 0;
    Matcher matcher = RESTORES.matcher(Files.readString(log()));
    while (matcher.find()) {
      long end = Long.parseLong(matcher.group(2));
      if (end >= longest) {
        longest = end;
        from = Long.parseLong(matcher.group(1));
      }
    }
    assertThat(longest).as("end of the changelog").isGreaterThan(0);
    return from;
  }

  @Test
  void whatIsSealedIsTakenUpAfterAKillAndWhatIsLostIsReadFromTheChangelog() throws Exception {
    run();
    for (int i = 0; i < 8; i++) {
      int from = i * DedupProcess.SEALED_AT;
      send(from, from + DedupProcess.SEALED_AT);
      int last = from + DedupProcess.SEALED_AT - 1;
      await().atMost(PATIENCE).until(() -> sentOn().contains("event-" + last));
    }
    // In the middle of the next.
    send(8_000, 12_000);
    kill();

    run();
    send(0, 12_001);
    assertEachOnce(12_001);
    assertThat(restoredFrom()).as("first offset read").isGreaterThan(0);
    kill();

    try (Stream<Path> files = Files.walk(state())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    run();
    send(0, 12_002);
    assertEachOnce(12_002);
    assertThat(restoredFrom()).as("first offset read without files").isZero();
  }
}
