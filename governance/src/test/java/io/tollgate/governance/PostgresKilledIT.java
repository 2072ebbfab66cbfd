package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.OutboxRelay;
import io.tollgate.governance.store.OwnPrincipals;
import io.tollgate.governance.store.RelayStep;
import io.tollgate.http.Caller;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.RegistryClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills PostgreSQL between the steps of a change's way to Kafka, and counts what came through. */
@ExtendWith(SharedStack.class)
class PostgresKilledIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);
  private static final Caller CALLER = new Caller.Operator("op_test", false, List.of());
  private static final int WRITERS = 3;
  private static final int KEYS_PER_WRITER = 2;

  /** By every writer between two kills. */
  private static final int ROUND = 20;

  @TempDir private static @Nullable Path data;
  private static @Nullable OwnPostgres postgres;

  @BeforeAll
  static void start() {
    postgres = OwnPostgres.in(Objects.requireNonNull(data));
  }

  @AfterAll
  static void stop() {
    postgres().close();
  }

  private static OwnPostgres postgres() {
    return Objects.requireNonNull(postgres);
  }

  /** Writes versions until told to stop; what was refused it does not try again. */
  private static final class Writer implements Callable<Integer> {
    private final Changes changes;
    private final String prefix;
    private final AtomicBoolean stopping;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Map<String, List<Integer>> written = new LinkedHashMap<>();
    private final List<Refusal> refused = new ArrayList<>();

    Writer(Changes changes, String prefix, AtomicBoolean stopping) {
      this.changes = changes;
      this.prefix = prefix;
      this.stopping = stopping;
    }

    @Override
    public Integer call() {
      for (int version = 1; !stopping.get(); version++) {
        for (int key = 0; key < KEYS_PER_WRITER; key++) {
          write(prefix + key, version);
        }
      }
      return acknowledged.get();
    }

    private void write(String key, int version) {
      try {
        changes.makeOnly(CALLER, change -> TopicVersions.publish(change, key, version));
        written.computeIfAbsent(key, missing -> new ArrayList<>()).add(version);
        acknowledged.incrementAndGet();
      } catch (Refusal e) {
        refused.add(e);
      }
    }
  }

  @Test
  void losesAndReordersNothing(@TempDir Path folder) throws Exception {
    GovernanceConfig config = postgres().config("killed_relay", folder);
    AtomicBoolean stopping = new AtomicBoolean();
    try (Database database = Database.open(config.database())) {
      Changes changes =
          new Changes(database, InstantSource.system(), new OwnPrincipals(), () -> {});
      List<Writer> writers =
          IntStream.range(0, WRITERS)
              .mapToObj(i -> new Writer(changes, "pgk-" + i + "-", stopping))
              .toList();
      try (OutboxRelay relay = relay(config, postgres()::at);
          ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Integer>> running = writers.stream().map(executor::submit).toList();
        for (RelayStep.Place place :
            List.of(
                RelayStep.Place.BEFORE_PUBLISH,
                RelayStep.Place.BETWEEN_PUBLISH_AND_MARK,
                RelayStep.Place.BEFORE_PUBLISH,
                RelayStep.Place.BETWEEN_PUBLISH_AND_MARK)) {
          awaitMore(writers);
          postgres().killAt(place);
          postgres().awaitKilled();
          await().atMost(ARRIVES).until(() -> !relay.health().up());
          await()
              .atMost(ARRIVES)
              .until(() -> writers.stream().noneMatch(one -> one.refused.isEmpty()));
          postgres().restart();
          await().atMost(ARRIVES).until(() -> relay.health().up());
        }
        awaitMore(writers);
        stopping.set(true);
        for (Future<Integer> one : running) {
          assertThat(one.get()).isPositive();
        }
        await().atMost(ARRIVES).until(() -> unpublished(database) == 0);
      } finally {
        stopping.set(true);
      }

      Map<String, List<Integer>> committed = committed(database);
      Map<String, List<Integer>> published = TopicVersions.onTheTopic(config.kafka(), "pgk-");
      assertThat(published.keySet()).isEqualTo(committed.keySet());
      for (Writer writer : writers) {
        assertThat(writer.refused).allMatch(one -> one.reason() == Refusal.Reason.TOO_BUSY);
        writer.written.forEach(
            (key, versions) ->
                assertThat(committed.get(key))
                    .as("what was said to be done")
                    .containsAll(versions));
      }
      int repeated = 0;
      for (Map.Entry<String, List<Integer>> key : committed.entrySet()) {
        List<Integer> seen = published.get(key.getKey());
        assertInOrder(key.getKey(), key.getValue(), seen);
        repeated += seen.size() - key.getValue().size();
      }
      assertThat(repeated).as("records repeated after a kill before marking").isPositive();
    }
  }

  /** Each committed one, once or again from an earlier one on, and the newest last. */
  private static void assertInOrder(String key, List<Integer> committed, List<Integer> seen) {
    assertThat(seen.stream().distinct().toList())
        .as("first sightings of %s are what was committed, in order", key)
        .isEqualTo(committed);
    assertThat(seen.getLast()).as("the newest of %s wins", key).isEqualTo(committed.getLast());
    for (int i = 1; i < seen.size(); i++) {
      assertThat(committed.indexOf(seen.get(i)))
          .as("nothing of %s is left out when it is repeated: %s", key, seen)
          .isLessThanOrEqualTo(committed.indexOf(seen.get(i - 1)) + 1);
    }
  }

  @Test
  void losesNothingWhenTheRelayDiesWithIt(@TempDir Path folder) throws Exception {
    GovernanceConfig config = postgres().config("killed_both", folder);
    try (Database database = Database.open(config.database())) {
      Changes changes =
          new Changes(database, InstantSource.system(), new OwnPrincipals(), () -> {});
      int version = 0;
      for (RelayStep.Place place : RelayStep.Place.values()) {
        for (int i = 0; i < ROUND; i++) {
          int next = ++version;
          changes.makeOnly(CALLER, change -> TopicVersions.publish(change, "pgb-0", next));
        }
        try (RelayProcess relay = RelayProcess.start(config, place, 1)) {
          relay.awaitPlace();
          postgres().kill();
          relay.kill();
        }
        postgres().restart();
      }
      try (OutboxRelay relay = relay(config, RelayStep.NONE)) {
        await().ignoreExceptions().atMost(ARRIVES).until(() -> unpublished(database) == 0);
        assertThat(relay.health().up()).isTrue();
      }

      List<Integer> committed = committed(database).get("pgb-0");
      assertThat(committed).isEqualTo(IntStream.rangeClosed(1, version).boxed().toList());
      assertInOrder(
          "pgb-0", committed, TopicVersions.onTheTopic(config.kafka(), "pgb-").get("pgb-0"));
    }
  }

  @Test
  void leavesNothingOfAChangeThatWasCutOff(@TempDir Path folder) {
    GovernanceConfig config = postgres().config("killed_change", folder);
    try (Database database = Database.open(config.database());
        OutboxRelay relay = relay(config, RelayStep.NONE)) {
      Changes changes =
          new Changes(database, InstantSource.system(), new OwnPrincipals(), relay::wake);
      changes.makeOnly(CALLER, change -> TopicVersions.publish(change, "pgc-0", 1));
      assertThatThrownBy(
              () ->
                  changes.makeOnly(
                      CALLER,
                      change -> {
                        TopicVersions.publish(change, "pgc-0", 2);
                        postgres().kill();
                      }))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("the database does not answer now");
      Instant asked = Instant.now();
      assertThatThrownBy(
              () -> changes.makeOnly(CALLER, change -> TopicVersions.publish(change, "pgc-0", 3)))
          .isInstanceOf(Refusal.class);
      assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(10));
      postgres().restart();
      await()
          .ignoreException(Refusal.class)
          .atMost(ARRIVES)
          .until(
              () -> {
                changes.makeOnly(CALLER, change -> TopicVersions.publish(change, "pgc-0", 4));
                return true;
              });
      await().atMost(ARRIVES).until(() -> unpublished(database) == 0);
    }

    assertThat(TopicVersions.onTheTopic(config.kafka(), "pgc-").get("pgc-0").stream().distinct())
        .containsExactly(1, 4);
  }

  private static OutboxRelay relay(GovernanceConfig config, RelayStep step) {
    return OutboxRelay.start(config, RegistryClient.at(config.kafka().registry()), step);
  }

  private static void awaitMore(List<Writer> writers) {
    for (Writer writer : writers) {
      int wanted = writer.acknowledged.get() + ROUND;
      await().atMost(ARRIVES).until(() -> writer.acknowledged.get() >= wanted);
    }
  }

  private static int unpublished(Database database) {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                .mapTo(Integer.class)
                .one());
  }

  /** What the database has of each key, in the order of its commits. */
  private static Map<String, List<Integer>> committed(Database database) {
    Map<String, List<Integer>> versions = new LinkedHashMap<>();
    database.read(
        handle -> {
          handle
              .createQuery("SELECT key, body, schema FROM outbox ORDER BY id")
              .map((row, context) -> TopicVersions.of(row))
              .forEach(
                  one ->
                      versions
                          .computeIfAbsent(one.key(), missing -> new ArrayList<>())
                          .add(one.version()));
          return true;
        });
    return versions;
  }
}
