package io.tollgate.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tollgate.embedded.LocalKafka;
import io.tollgate.schemas.CorrectedBody;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.CorrectionKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UsagePublisherIT {
  private static final int PARTITIONS = 4;
  private static final SchemaIds SCHEMAS = new LocalSchemaIds();
  private static LocalKafka kafka;

  @BeforeAll
  static void start(@TempDir Path data) {
    kafka = LocalKafka.start(LocalKafka.Config.in(data));
    UsageLog.create(kafka.bootstrapServers());
  }

  /** A test that fails with the broker killed is to be the only one that fails. */
  @BeforeEach
  void brokerIsUp() {
    if (!kafka.isAlive()) {
      kafka.restart();
    }
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Test
  void everyFutureNamesThePlaceWhereItsEventIs() {
    List<CompletableFuture<Acknowledged>> futures;
    try (UsagePublisher publisher = open(PublisherSettings.standard())) {
      futures =
          IntStream.range(0, 5_000)
              .mapToObj(number -> publisher.publish(TestEvents.event("places", number)))
              .toList();
      publisher.flush();
      assertThat(futures).allMatch(CompletableFuture::isDone);
      assertThat(publisher.inFlight()).isZero();
    }

    Map<String, List<UsageLog.Entry>> log = log().bySource("places");
    assertThat(log.size()).isEqualTo(futures.size());
    for (int number = 0; number < futures.size(); number++) {
      UsageEvent event = TestEvents.event("places", number);
      List<UsageLog.Entry> entries = log.get(event.getId());
      assertThat(entries).hasSize(1);
      UsageLog.Entry entry = entries.getFirst();
      assertThat(entry.place()).isEqualTo(futures.get(number).join());
      assertThat(entry.event()).isEqualTo(event);
      assertThat(entry.partition())
          .isEqualTo(UsagePartitions.of("acme", "places", event.getId(), PARTITIONS));
      assertThat(entry.key()).isEqualTo("acme/search/" + event.getApiKeyId());
      assertThat(entry.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    }
  }

  @Test
  void aBrokenRuleIsThrownAndNothingIsSent() {
    UsageEvent event = TestEvents.event("rules", 1);
    event.setUser("u".repeat(257));
    UsageEvent never = TestEvents.event("rules", 1);
    never.setUser("u".repeat(70 * 1024));
    UsageEvent large = TestEvents.event("rules", 2);
    large.setCorrection(CorrectedBody.correction(CorrectionKind.AMEND, never));
    try (UsagePublisher publisher = open(PublisherSettings.standard())) {
      assertThatThrownBy(() -> publisher.publish(event))
          .isInstanceOf(InvalidInput.class)
          .hasMessageStartingWith("user = uuu")
          .hasMessageEndingWith("must be 0 to 256 bytes");
      assertThatThrownBy(() -> publisher.publish(large))
          .isInstanceOf(InvalidInput.class)
          .hasMessageMatching("event = 7\\d{4} bytes: must be at most 65536 bytes encoded");
    }
    assertThat(log().bySource("rules")).isEmpty();
  }

  @Test
  void tooManyEventsInFlightAreRefusedOrWaitedFor() {
    PublisherSettings lingering = PublisherSettings.standard().withLingerMillis(1_000);
    try (UsagePublisher publisher = open(lingering.withInFlight(1, 0))) {
      CompletableFuture<Acknowledged> first = publisher.publish(TestEvents.event("full", 1));
      PublishFailed failed = failure(publisher.publish(TestEvents.event("full", 2)));
      assertThat(failed)
          .isInstanceOf(PublisherFull.class)
          .hasMessage("1 events are in flight and none was acknowledged within 0 ms");
      assertThat(failed.fault()).isEqualTo(Fault.OUT_OF_RESOURCES);
      assertThat(failed.mayBeInLog()).isFalse();
      publisher.flush();
      assertThat(first).isCompleted();
    }
    try (UsagePublisher publisher = open(lingering.withInFlight(1, 20_000))) {
      CompletableFuture<Acknowledged> first = publisher.publish(TestEvents.event("full", 3));
      CompletableFuture<Acknowledged> second = publisher.publish(TestEvents.event("full", 4));
      assertThat(first.orTimeout(20, TimeUnit.SECONDS).join()).isNotNull();
      assertThat(second.orTimeout(20, TimeUnit.SECONDS).join()).isNotNull();
    }
    assertThat(log().bySource("full")).containsOnlyKeys("event-1", "event-3", "event-4");
  }

  @Test
  void aFullBufferIsRefused() {
    PublisherSettings small =
        PublisherSettings.standard()
            .withBatchBytes(1 << 10)
            .withBufferBytes(1 << 16)
            .withLingerMillis(5_000)
            .withInFlight(1_000_000, 0);
    List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
    try (UsagePublisher publisher = open(small)) {
      kafka.kill();
      for (int number = 0; number < 5_000; number++) {
        futures.add(publisher.publish(TestEvents.event("buffer", number)));
      }
      assertThat(futures.getLast()).isCompletedExceptionally();
      assertThat(failure(futures.getLast()))
          .isInstanceOf(PublisherFull.class)
          .hasMessage("The buffer of 65536 bytes had no room within 0 ms");
      kafka.restart();
    }
    Map<String, List<UsageLog.Entry>> log = log().bySource("buffer");
    for (int number = 0; number < futures.size(); number++) {
      boolean acknowledged = !futures.get(number).isCompletedExceptionally();
      assertThat(log.containsKey("event-" + number)).isEqualTo(acknowledged);
    }
    assertThat(log).isNotEmpty();
  }

  @Test
  void aClosedPublisherSaysSoAndLeavesNoFutureOpen() {
    UsagePublisher publisher = open(PublisherSettings.standard().withLingerMillis(5_000));
    CompletableFuture<Acknowledged> lingering = publisher.publish(TestEvents.event("closed", 1));
    publisher.close(Duration.ZERO);

    PublishFailed cut = failure(lingering);
    assertThat(cut)
        .isInstanceOf(PublisherClosed.class)
        .hasMessage("The publisher was closed before Kafka acknowledged the event");
    assertThat(cut.mayBeInLog()).isTrue();
    assertThat(cut.retryIsSafe()).isTrue();

    PublishFailed after = failure(publisher.publish(TestEvents.event("closed", 2)));
    assertThat(after).isInstanceOf(PublisherClosed.class).hasMessage("The publisher is closed");
    assertThat(after.mayBeInLog()).isFalse();
    assertThat(after.fault()).isEqualTo(Fault.CALLER);
    publisher.close();
  }

  @Test
  void closingSendsWhatLingers() {
    CompletableFuture<Acknowledged> future;
    try (UsagePublisher publisher = open(PublisherSettings.standard().withLingerMillis(5_000))) {
      future = publisher.publish(TestEvents.event("lingers", 1));
    }
    assertThat(log().bySource("lingers").get("event-1").getFirst().place())
        .isEqualTo(future.join());
  }

  @Test
  void withoutABrokerEveryFutureFailsWithinTheDeliveryBound() {
    PublisherSettings quick = PublisherSettings.standard().withTimeouts(1_000, 2_000);
    try (UsagePublisher publisher = open(quick)) {
      publisher.publish(TestEvents.event("away", 0)).join();
      kafka.kill();
      List<CompletableFuture<Acknowledged>> futures =
          IntStream.range(1, 100)
              .mapToObj(number -> publisher.publish(TestEvents.event("away", number)))
              .toList();
      CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
          .exceptionally(failure -> null)
          .orTimeout(10, TimeUnit.SECONDS)
          .join();
      for (CompletableFuture<Acknowledged> future : futures) {
        assertThat(failure(future))
            .isInstanceOf(KafkaUnavailable.class)
            .hasMessageStartingWith("Kafka did not acknowledge the event within 2000 ms");
        assertThat(failure(future).mayBeInLog()).isTrue();
        assertThat(failure(future).fault()).isEqualTo(Fault.KAFKA);
      }
      assertThatThrownBy(() -> open(quick))
          .isInstanceOf(KafkaUnavailable.class)
          .hasMessageEndingWith("did not name the partitions of usage.events");
      kafka.restart();

      assertThat(publisher.publish(TestEvents.event("away", 1)).join()).isNotNull();
    }
  }

  @Test
  void aBrokerKilledInMidStreamLosesNothing() {
    List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
    try (UsagePublisher publisher = open(PublisherSettings.standard())) {
      publishMany(publisher, futures, 20_000);
      int inFlight = publisher.inFlight();
      kafka.kill();
      assertThat(inFlight).isPositive();
      publishMany(publisher, futures, 5_000);
      assertThat(publisher.inFlight()).isPositive();
      kafka.restart();
      publishMany(publisher, futures, 5_000);
    }

    Map<String, List<UsageLog.Entry>> log = log().bySource("broker");
    for (int number = 0; number < futures.size(); number++) {
      Acknowledged place = futures.get(number).join();
      assertThat(log.get("event-" + number))
          .extracting(UsageLog.Entry::place)
          .containsExactly(place);
    }
    assertThat(log.size()).isEqualTo(30_000);
  }

  private static void publishMany(
      UsagePublisher publisher, List<CompletableFuture<Acknowledged>> futures, int count) {
    for (int i = 0; i < count; i++) {
      futures.add(publisher.publish(TestEvents.event("broker", futures.size())));
    }
  }

  private static UsagePublisher open(PublisherSettings settings) {
    return UsagePublisher.open(kafka.bootstrapServers(), SCHEMAS, settings);
  }

  private static UsageLog log() {
    return UsageLog.read(kafka.bootstrapServers(), SCHEMAS);
  }

  private static PublishFailed failure(CompletableFuture<Acknowledged> future) {
    CompletionException failed =
        catchThrowableOfType(
            CompletionException.class, () -> future.orTimeout(20, TimeUnit.SECONDS).join());
    return (PublishFailed) failed.getCause();
  }
}
