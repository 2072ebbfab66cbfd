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
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed store in Kafka Streams, killed with SIGKILL, with and without its files. */
class CommittedStoreIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pattern RESTORED = Pattern.compile("restored (\\d+) of");
  private static final int NAMES = 7;
  private static final int KILLS = 6;
  private static final int PER_RUN = 3_000;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  @TempDir Path data;
  private Broker broker;
  private @Nullable Process process;
  private int starts;
  private int sent;

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
    return data.resolve("counting-" + starts + ".log");
  }

  private Path state() {
    return data.resolve("state");
  }

  private void run() throws Exception {
    starts++;
    process = CountingProcess.start(broker.bootstrapServers(), state(), log());
  }

  private void kill() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      broker.sendRaw(0, ("name-" + sent++ % NAMES).getBytes(StandardCharsets.UTF_8));
    }
    broker.flush();
  }

  private List<String> counted() {
    List<String> values = new ArrayList<>();
    TopicReader.of(broker.bootstrapServers(), Topics.USAGE_RATED)
        .readToEnd(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
    return values;
  }

  /** What was counted is what would be without any kill; in the order of words. */
  private void assertCounted() {
    await().atMost(PATIENCE).until(() -> counted().size() >= sent);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < sent; i++) {
      expected.add("name-" + i % NAMES + "=" + (1 + i / NAMES % CountingProcess.MOST));
    }
    expected.sort(null);
    List<String> counted = counted();
    counted.sort(null);
    assertThat(counted).as("seed " + seed).isEqualTo(expected);
  }

  private long restored() throws Exception {
    long sum = 0;
    Matcher matcher = RESTORED.matcher(Files.readString(log()));
    while (matcher.find()) {
      sum += Long.parseLong(matcher.group(1));
    }
    return sum;
  }

  @Test
  void whatWasCommittedIsThereAfterAnyKillAndNothingElse() throws Exception {
    for (int i = 0; i < KILLS; i++) {
      run();
      send(PER_RUN);
      int until = sent - random.nextInt(PER_RUN);
      await().atMost(PATIENCE).until(() -> counted().size() >= until);
      kill();
    }
    run();
    send(NAMES);
    assertCounted();
    long withFiles = restored();
    kill();

    // Without the files all of the changelog is read.
    try (Stream<Path> files = Files.walk(state())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    run();
    send(NAMES);
    assertCounted();
    assertThat(restored()).as("records without files").isGreaterThan(withFiles);
  }
}
