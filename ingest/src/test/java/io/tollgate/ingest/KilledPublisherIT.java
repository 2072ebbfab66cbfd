package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.embedded.LocalKafka;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.SchemaIds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway dies by SIGKILL with events in flight, several times, and comes back by publishing
 * everything again that it has no acknowledgement for.
 */
final class KilledPublisherIT {
  private static final String SOURCE = "killed";
  private static final int KILLS = 3;
  private static final SchemaIds SCHEMAS = new LocalSchemaIds();

  /** What the file of a killed program says. */
  private record Journal(Set<Integer> handedOver, Map<Integer, Acknowledged> acknowledged) {
    static Journal read(Path file) throws IOException {
      Set<Integer> handedOver = new HashSet<>();
      Map<Integer, Acknowledged> acknowledged = new HashMap<>();
      String text = Files.readString(file, StandardCharsets.US_ASCII);
      // The kill may have cut the last line.
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
        String[] words = line.split(" ");
        int number = Integer.parseInt(words[1]);
        if (words[0].equals("P")) {
          handedOver.add(number);
        } else {
          acknowledged.put(
              number, new Acknowledged(Integer.parseInt(words[2]), Long.parseLong(words[3])));
        }
      }
      return new Journal(handedOver, acknowledged);
    }
  }

  @Test
  void whatWasAcknowledgedIsThereOnceAndARetryIsADuplicate(@TempDir Path data) throws Exception {
    try (LocalKafka kafka = LocalKafka.start(LocalKafka.Config.in(data.resolve("stack")))) {
      UsageLog.create(kafka.bootstrapServers());
      Set<Integer> handedOver = new HashSet<>();
      for (int kill = 0; kill < KILLS; kill++) {
        Journal journal = runAndKill(kafka, data.resolve("journal-" + kill));
        assertThat(journal.handedOver().size()).isGreaterThan(journal.acknowledged().size());
        handedOver.addAll(journal.handedOver());
        assertEveryAcknowledgedIsInItsPlace(kafka, journal);
      }

      publishAgain(kafka, handedOver);

      Map<String, List<UsageLog.Entry>> log = log(kafka);
      assertThat(log.size()).isEqualTo(handedOver.size());
      for (int number : handedOver) {
        BodyDigest digest = BodyDigest.of(TestEvents.event(SOURCE, number));
        assertThat(log.get("event-" + number))
            .isNotEmpty()
            .allMatch(entry -> BodyDigest.of(entry.event()).equals(digest))
            .extracting(UsageLog.Entry::partition)
            .containsOnly(log.get("event-" + number).getFirst().partition());
      }
    }
  }

  private static Journal runAndKill(LocalKafka kafka, Path file) throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                PublishingProgram.class.getName(),
                kafka.bootstrapServers(),
                SOURCE,
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.exists(file) && Journal.read(file).acknowledged().size() > 1_000);
    } finally {
      program.destroyForcibly();
    }
    assertThat(program.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return Journal.read(file);
  }

  private static void assertEveryAcknowledgedIsInItsPlace(LocalKafka kafka, Journal journal) {
    Map<String, List<UsageLog.Entry>> log = log(kafka);
    journal
        .acknowledged()
        .forEach(
            (number, place) ->
                assertThat(log.get("event-" + number))
                    .extracting(UsageLog.Entry::place)
                    .containsOnlyOnce(place));
  }

  private static void publishAgain(LocalKafka kafka, Set<Integer> numbers) {
    try (UsagePublisher publisher =
        UsagePublisher.open(kafka.bootstrapServers(), SCHEMAS, PublisherSettings.standard())) {
      List<?> futures =
          numbers.stream()
              .map(number -> publisher.publish(TestEvents.event(SOURCE, number)))
              .toList();
      publisher.flush();
      assertThat(futures).hasSize(numbers.size());
    }
  }

  private static Map<String, List<UsageLog.Entry>> log(LocalKafka kafka) {
    return UsageLog.read(kafka.bootstrapServers(), SCHEMAS).bySource(SOURCE);
  }
}
