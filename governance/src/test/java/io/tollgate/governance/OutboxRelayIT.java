package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.OutboxRelay;
import io.tollgate.governance.store.OwnPrincipals;
import io.tollgate.governance.store.RelayStep;
import io.tollgate.http.Caller;
import io.tollgate.schemas.RegistryClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills relays where it hurts and counts what came through. */
@ExtendWith(SharedStack.class)
class OutboxRelayIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);
  private static final int WRITERS = 4;
  private static final int KEYS_PER_WRITER = 3;
  private static final int VERSIONS = 100;
  private static final Caller CALLER = new Caller.Operator("op_test", false, List.of());

  private GovernanceConfig config;
  private Database database;
  private Changes changes;
  private String prefix;

  @BeforeEach
  void open(@TempDir Path folder, TestInfo test) {
    prefix = test.getTestMethod().orElseThrow().getName();
    config = SharedStack.config("relay_" + prefix.toLowerCase(Locale.ROOT), folder);
    database = Database.open(config.database());
    changes = new Changes(database, InstantSource.system(), new OwnPrincipals(), () -> {});
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void losesAndReordersNothingWhenKilled() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> writers =
          IntStream.range(0, WRITERS).mapToObj(i -> executor.submit(() -> write(i))).toList();
      for (RelayStep.Place place :
          List.of(
              RelayStep.Place.BEFORE_PUBLISH,
              RelayStep.Place.BETWEEN_PUBLISH_AND_MARK,
              RelayStep.Place.BEFORE_PUBLISH,
              RelayStep.Place.BETWEEN_PUBLISH_AND_MARK)) {
        killAt(place);
      }
      for (Future<Integer> writer : writers) {
        assertThat(writer.get()).isEqualTo(KEYS_PER_WRITER * VERSIONS);
      }
    }
    // So that the last kill has rows behind it, whatever the writers' pace was.
    write(WRITERS);
    killAt(RelayStep.Place.BETWEEN_PUBLISH_AND_MARK);
    relayTheRest();

    Map<String, List<Integer>> versions = TopicVersions.onTheTopic(config.kafka(), prefix + "-");
    assertThat(versions).hasSize((WRITERS + 1) * KEYS_PER_WRITER);
    int doubled = 0;
    for (Map.Entry<String, List<Integer>> key : versions.entrySet()) {
      List<Integer> seen = key.getValue();
      assertThat(seen.stream().distinct().toList())
          .as("first sightings of %s are all versions in order", key.getKey())
          .isEqualTo(IntStream.rangeClosed(1, VERSIONS).boxed().toList());
      assertThat(seen.getLast()).as("the newest of %s wins", key.getKey()).isEqualTo(VERSIONS);
      doubled += seen.size() - VERSIONS;
    }
    assertThat(doubled).as("records published again after a kill before marking").isPositive();
  }

  private void killAt(RelayStep.Place place) throws Exception {
    try (RelayProcess relay = RelayProcess.start(config, place, 2)) {
      relay.awaitPlace();
      assertThat(unpublished()).as("rows waiting at the kill at %s", place).isPositive();
      relay.kill();
    }
  }

  @Test
  void waitsBehindAWriterThatHasNotCommitted() throws Exception {
    try (OutboxRelay relay = relay()) {
      database.write(
          handle -> {
            Change slow = new Change(handle, InstantSource.system().instant(), CALLER);
            TopicVersions.publish(slow, key(0, 0), 1);
            // A second writer would get the next id; it must not become visible before this one.
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
              Future<?> second =
                  executor.submit(
                      () ->
                          changes.makeOnly(
                              CALLER, change -> TopicVersions.publish(change, key(0, 1), 1)));
              await()
                  .during(Duration.ofMillis(500))
                  .atMost(Duration.ofSeconds(5))
                  .until(() -> !second.isDone());
              slow.handle().commit();
            }
            return true;
          });
      await().atMost(ARRIVES).until(() -> unpublished() == 0);
      assertThat(relay.health().up()).isTrue();
    }

    assertThat(TopicVersions.onTheTopic(config.kafka(), prefix + "-").keySet())
        .containsExactly(key(0, 0), key(0, 1));
  }

  @Test
  void onlyOneRelayWorksAtATime() throws Exception {
    try (OutboxRelay first = relay()) {
      await().atMost(ARRIVES).until(() -> first.health().up());
      try (OutboxRelay second = relay()) {
        await().atMost(ARRIVES).until(() -> second.health().detail().contains("another instance"));
        first.close();
        changes.makeOnly(CALLER, change -> TopicVersions.publish(change, key(0, 0), 1));
        await().atMost(ARRIVES).until(() -> unpublished() == 0);
      }
    }
  }

  @Test
  void keepsChangesWhileKafkaIsAway() throws Exception {
    try (OutboxRelay relay = relay()) {
      await().atMost(ARRIVES).until(() -> relay.health().up());
      SharedStack.stack().kafka().kill();
      changes.makeOnly(CALLER, change -> TopicVersions.publish(change, key(0, 0), 1));
      await().atMost(ARRIVES).until(() -> !relay.health().up());
      assertThat(unpublished()).isEqualTo(1);
      SharedStack.stack().kafka().restart();
      await().atMost(ARRIVES).until(() -> unpublished() == 0);
      await().atMost(ARRIVES).until(() -> relay.health().up());
    }

    assertThat(TopicVersions.onTheTopic(config.kafka(), prefix + "-")).containsKey(key(0, 0));
  }

  @Test
  void publishesWithinAFractionOfASecond() {
    try (OutboxRelay relay = relay()) {
      await().atMost(ARRIVES).until(() -> relay.health().up());
      changes.makeOnly(CALLER, change -> TopicVersions.publish(change, key(0, 0), 1));
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(2))
          .until(() -> unpublished() == 0);
    }
  }

  /** Raises each of a writer's keys version by version, one transaction each. */
  private int write(int writer) {
    int written = 0;
    for (int version = 1; version <= VERSIONS; version++) {
      for (int k = 0; k < KEYS_PER_WRITER; k++) {
        String key = key(writer, k);
        int wanted = version;
        changes.makeOnly(CALLER, change -> TopicVersions.publish(change, key, wanted));
        written++;
      }
    }
    return written;
  }

  private String key(int writer, int key) {
    return prefix + "-" + writer + "-" + key;
  }

  private OutboxRelay relay() {
    return OutboxRelay.start(config, RegistryClient.at(config.kafka().registry()), RelayStep.NONE);
  }

  private void relayTheRest() {
    try (OutboxRelay relay = relay()) {
      await().atMost(ARRIVES).until(() -> unpublished() == 0);
      assertThat(relay.health().up()).isTrue();
    }
  }

  private int unpublished() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                .mapTo(Integer.class)
                .one());
  }
}
