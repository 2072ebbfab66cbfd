package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.schemas.Endpoints;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.PartitionOutcomes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.GroupState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two instances, of which one ends and is back within its session under its name and with its
 * folder: it has the tasks that it had, and nothing of the other's is moved. After an orderly end
 * it also has its state, and the other one does not notice.
 */
class StreamsRestartIT {
  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Duration COMMIT = Duration.ofMillis(300);

  /** Longer than a process takes to be back on the slowest machine. */
  private static final Duration SESSION = Duration.ofSeconds(120);

  private static final List<String> GROUPS = List.of("tollgate-meter", "tollgate-budget");
  private static final int EVENTS = 4_000;
  private static final int KEYS = 50;

  /** Two of each instance for the four partitions of usage, one for the two of deltas. */
  private static final int WORKING_THREADS = 6;

  @TempDir Path data;
  private final Instant now = Instant.now();
  private Broker broker;
  private Admin admin;
  private @Nullable Instance stays;
  private @Nullable Process killed;
  private @Nullable Instance restarted;
  private int sent;

  private record Instance(Streams streams, SimpleMeterRegistry meters) implements AutoCloseable {
    /** Of both topologies' threads. */
    double rebalances() {
      return sum("kafka.consumer.coordinator.rebalance.total");
    }

    /** Tasks that were taken from it. */
    double closedTasks() {
      return sum("kafka.stream.thread.task.closed.total");
    }

    private double sum(String name) {
      var found = meters.find(name).meters();
      assertThat(found).as(name).isNotEmpty();
      return found.stream().mapToDouble(Instance::value).sum();
    }

    private static double value(Meter meter) {
      return meter.measure().iterator().next().getValue();
    }

    @Override
    public void close() {
      streams.close();
    }
  }

  @BeforeEach
  void start() throws IOException {
    broker = Broker.start(data);
    broker.publishAcme(KEYS);
    admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()));
    stays = instance("stays", 1);
    killed =
        StreamsProcess.start(
            broker.bootstrapServers(),
            data.resolve("restarts"),
            COMMIT,
            COMMIT,
            data.resolve("restarts.log"),
            "restarts",
            "2",
            Long.toString(SESSION.toSeconds()));
    send();
    await().atMost(PATIENCE).until(this::everybodyIsSettled);
    await().atMost(PATIENCE).until(() -> committed() == sent);
  }

  @AfterEach
  void stop() {
    if (killed != null) {
      killed.destroyForcibly();
    }
    for (Instance instance : new Instance[] {restarted, stays}) {
      if (instance != null) {
        instance.close();
      }
    }
    admin.close();
    broker.close();
  }

  private Instance instance(String name, int port) {
    Streams streams =
        Streams.start(
            StreamsSettings.of(
                    new Endpoints(broker.bootstrapServers(), URI.create("http://localhost:1")),
                    data.resolve(name))
                .withInstance(
                    new StreamsInstance(
                        name,
                        Optional.of(URI.create("http://127.0.0.1:" + port)),
                        1,
                        false,
                        SESSION)),
            broker.ids,
            InstantSource.system());
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    streams.metrics(meters);
    return new Instance(streams, meters);
  }

  private void send() {
    for (int i = 0; i < EVENTS; i++) {
      int number = sent++;
      broker.send(
          event("event-" + number)
              .tenant("acme", "acme-prod", "key-" + number % KEYS)
              .at(now.minusSeconds(number % 7_200))
              .build());
    }
    broker.flush();
  }

  private long committed() {
    Map<Integer, PartitionOutcomes> newest = new HashMap<>();
    for (PartitionOutcomes one : broker.read(Topics.USAGE_OUTCOMES, true)) {
      newest.put(one.getPartition(), one);
    }
    return newest.values().stream().mapToLong(PartitionOutcomes::getRated).sum();
  }

  private Map<String, ConsumerGroupDescription> groups() throws Exception {
    return admin.describeConsumerGroups(GROUPS).all().get(30, TimeUnit.SECONDS);
  }

  /** By group and static name of a thread, the partitions it has; those that have any. */
  private Map<String, Set<String>> assigned() throws Exception {
    Map<String, Set<String>> assigned = new TreeMap<>();
    groups()
        .forEach(
            (group, description) ->
                description
                    .members()
                    .forEach(
                        member -> {
                          Set<String> partitions =
                              member.assignment().topicPartitions().stream()
                                  .map(Object::toString)
                                  .collect(Collectors.toCollection(TreeSet::new));
                          if (!partitions.isEmpty()) {
                            assigned.put(
                                group + " " + member.groupInstanceId().orElseThrow(), partitions);
                          }
                        }));
    return assigned;
  }

  /** Nothing is left to be moved: each thread of both has as much as the others. */
  private boolean everybodyIsSettled() throws Exception {
    return groups().values().stream().allMatch(group -> group.groupState() == GroupState.STABLE)
        && assigned().size() == WORKING_THREADS
        && stays().streams().health().up();
  }

  private Instance stays() {
    Instance instance = stays;
    assertThat(instance).isNotNull();
    return instance;
  }

  @Test
  void anInstanceThatIsBackWithinItsSessionHasItsTasks() throws Exception {
    Instance afterKill = aKilledOneHasItsTasksAndTakesNobodyElses();
    anOrderlyEndIsNotNoticedByAnybodyElse(afterKill);
  }

  /**
   * Kafka Streams trusts no store that an unclean end left behind: it reads it from its changelog,
   * and has the group look whether somebody else has it already. Nobody is to lose a task by that.
   */
  private Instance aKilledOneHasItsTasksAndTakesNobodyElses() throws Exception {
    Map<String, Set<String>> before = assigned();
    double closed = stays().closedTasks();
    Instance back = restartKilled();
    assertThat(assigned()).isEqualTo(before);
    assertThat(stays().closedTasks()).isEqualTo(closed);
    return back;
  }

  private void anOrderlyEndIsNotNoticedByAnybodyElse(Instance running) throws Exception {
    Map<String, Set<String>> before = assigned();
    double rebalances = stays().rebalances();
    assertThat(rebalances).isPositive();
    running.close();
    await().atMost(PATIENCE).until(this::everybodyIsSettled);
    restart();
    assertThat(assigned()).isEqualTo(before);
    assertThat(stays().rebalances()).isEqualTo(rebalances);
  }

  private Instance restartKilled() throws Exception {
    Process process = killed;
    assertThat(process).isNotNull();
    process.destroyForcibly().waitFor();
    Instance back = restart();
    await().atMost(PATIENCE).until(this::everybodyIsSettled);
    return back;
  }

  /** Returns when it has its state and has metered something. */
  private Instance restart() {
    Instance back = instance("restarts", 2);
    restarted = back;
    await().atMost(PATIENCE).until(() -> back.streams().health().up());
    send();
    await().atMost(PATIENCE).until(() -> committed() == sent);
    return back;
  }
}
