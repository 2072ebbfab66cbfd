package io.tollgate.app.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.app.api.TollgateClient;
import io.tollgate.app.stack.DataFolder;
import io.tollgate.app.stack.RoleName;
import io.tollgate.app.stack.ServerProcess;
import io.tollgate.app.stack.ServerRecord;
import io.tollgate.embedded.LocalStack;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.TopicSizing;
import io.tollgate.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise that killing any process at any time changes no total, on real processes: streams and
 * landing three times each, the publishing gateway, the broker, and ClickHouse for ten seconds, all
 * with work under way. The outbox relay's kills are in governance's own OutboxRelayIT.
 */
@Timeout(600)
class FaultIT {
  private static final Duration AWAY = Duration.ofSeconds(10);
  private static final int KILLS = 3;
  private static final int HEAP_MIB = 384;

  private final long seed = Long.getLong("seed", System.nanoTime() % 1_000_000);
  private final NumberedEvents events =
      new NumberedEvents(seed, Instant.now().truncatedTo(ChronoUnit.MILLIS));
  private final List<Process> programs = new ArrayList<>();
  private final List<ServerProcess> servers = new ArrayList<>();

  @TempDir private Path folder;
  private LocalStack stack;
  private LineProbe probe;

  @BeforeEach
  void start() {
    System.out.println("FaultIT -Dseed=" + seed);
    stack = LocalStack.in(folder).durable(false).start();
    stack.postgres().ensureDatabase("tollgate");
    probe = new LineProbe(stack.kafka().bootstrapServers(), TopicSizing.local().usagePartitions());
  }

  @AfterEach
  void stop() {
    programs.forEach(Process::destroyForcibly);
    servers.forEach(FaultIT::kill);
    probe.close();
    stack.close();
  }

  @Test
  void killsChangeNoTotal() throws IOException {
    serve(RoleName.GOVERNANCE);
    setUp(new DataFolder(folder).require());
    ServerProcess streams = serve(RoleName.STREAMS);
    ServerProcess landing = serve(RoleName.LANDING);
    SendLedger ledger = SendLedger.in(Files.createDirectories(folder.resolve("gateway")));
    Process gateway = send();

    for (int i = 0; i < KILLS; i++) {
      streams = killStreams(streams);
    }
    gateway = killGateway(gateway, ledger);
    killBroker();
    for (int i = 0; i < KILLS; i++) {
      landing = killLanding(landing);
    }
    takeClickHouseAway();

    Files.createFile(folder.resolve("gateway").resolve("stop"));
    within(120).until(() -> isOver(programs.getLast()));
    assertThat(gateway.exitValue()).isZero();
    within(120).until(() -> probe.lag(Topics.USAGE_EVENTS) == 0 && probe.uncommittedRated() == 0);
    within(60).until(() -> probe.lag(Topics.USAGE_RATED) == 0 && probe.openPlans() == 0);
    assertTotals(ledger);
  }

  private void assertTotals(SendLedger ledger) throws IOException {
    long sent = ledger.begun();
    BitSet acknowledged = ledger.acknowledged();
    assertThat(acknowledged.cardinality())
        .as("every future completed")
        .isEqualTo(Math.toIntExact(sent));
    LineTotals totals =
        new LineTotals(
            stack.kafka().bootstrapServers(),
            RegistryClient.at(stack.registry().url()),
            stack.clickHouse());
    assertThat(totals.rated())
        .as("rated, read committed, seed " + seed)
        .isEqualTo(events.totals(sent));
    assertThat(totals.landed()).as("landed, seed " + seed).isEqualTo(events.totals(sent));
    BitSet landed = totals.landedNumbers();
    assertThat(landed).as("each event once").isEqualTo(acknowledged);
    LineTotals.Outcomes outcomes = totals.outcomes();
    assertThat(outcomes.rated()).isEqualTo(sent);
    assertThat(outcomes.rejected()).isZero();
    assertThat(outcomes.records()).isEqualTo(outcomes.rated() + outcomes.duplicates());
    System.out.printf(
        "FaultIT: %d events, %d records, %d duplicates of resends dropped%n",
        sent, outcomes.records(), outcomes.duplicates());
  }

  private ServerProcess killStreams(ServerProcess streams) {
    long before = probe.progress(Topics.USAGE_EVENTS);
    within(90).until(() -> probe.progress(Topics.USAGE_EVENTS) > before);
    killWhen(streams, () -> probe.uncommittedRated() > 0 && probe.lag(Topics.USAGE_EVENTS) > 0);
    // Nobody ends the transaction before its time-out: what was open at the kill is open now.
    assertThat(probe.uncommittedRated()).as("uncommitted records at the kill").isPositive();
    assertThat(probe.lag(Topics.USAGE_EVENTS)).as("lag at the kill").isPositive();
    return serve(RoleName.STREAMS);
  }

  private ServerProcess killLanding(ServerProcess landing) {
    long before = probe.progress(Topics.USAGE_RATED);
    within(90).until(() -> probe.progress(Topics.USAGE_RATED) > before);
    killWhen(landing, () -> probe.openPlans() > 0 && probe.lag(Topics.USAGE_RATED) > 0);
    within(60).until(() -> probe.lag(Topics.USAGE_RATED) > 0);
    return serve(RoleName.LANDING);
  }

  private Process killGateway(Process gateway, SendLedger ledger) throws IOException {
    within(60).until(() -> ledger.begun() > ledger.acknowledged().cardinality());
    gateway.destroyForcibly();
    within(10).until(() -> !gateway.isAlive());
    assertThat(ledger.begun() - ledger.acknowledged().cardinality())
        .as("in flight at the kill")
        .isPositive();
    return send();
  }

  private void killBroker() {
    within(60).until(() -> probe.lag(Topics.USAGE_EVENTS) > 0 && probe.uncommittedRated() > 0);
    long before = probe.progress(Topics.USAGE_EVENTS);
    stack.kafka().kill();
    stack.kafka().restart();
    within(120).until(() -> probe.progress(Topics.USAGE_EVENTS) > before);
  }

  private void takeClickHouseAway() {
    within(60).until(() -> probe.lag(Topics.USAGE_RATED) > 0);
    stack.clickHouse().kill();
    Instant back = Instant.now().plus(AWAY);
    within(30).until(() -> Instant.now().isAfter(back));
    assertThat(probe.lag(Topics.USAGE_RATED)).as("lag while ClickHouse is away").isPositive();
    stack.clickHouse().restart();
  }

  private void killWhen(ServerProcess server, BooleanSupplier underWay) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(underWay::getAsBoolean);
    kill(server);
    within(10).until(() -> !server.isAlive());
    servers.remove(server);
  }

  private static void kill(ServerProcess server) {
    ProcessHandle.of(server.pid()).ifPresent(ProcessHandle::destroyForcibly);
  }

  private static boolean isOver(Process process) {
    return !process.isAlive();
  }

  private static ConditionFactory within(int seconds) {
    return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(100));
  }

  private ServerProcess serve(RoleName role) {
    ServerProcess server =
        ServerProcess.spawn(
            new ServerProcess.Launch(new DataFolder(folder), 0, List.of(role), HEAP_MIB, false));
    servers.add(server);
    // One after the other: the folder remembers the newest server only.
    server.awaitReady(line -> {});
    return server;
  }

  private Process send() throws IOException {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SendingProgram.class.getName(),
                folder.resolve("gateway").toString(),
                stack.kafka().bootstrapServers(),
                stack.registry().url().toString(),
                Long.toString(seed),
                events.base().toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("gateway.log").toFile()))
            .start();
    programs.add(program);
    return program;
  }

  private void setUp(ServerRecord control) {
    try (TollgateClient client =
        new TollgateClient(control.url(), new DataFolder(folder).readOperatorKey())) {
      prices(client);
      NumberedEvents.keys().stream()
          .map(NumberedEvents.Key::organization)
          .distinct()
          .forEach(id -> organization(client, id));
      NumberedEvents.keys().stream()
          .map(key -> List.of(key.organization(), key.workspace()))
          .distinct()
          .forEach(
              pair ->
                  client.post(
                      new OrganizationId(pair.get(0)),
                      "/v1/organization/projects",
                      named(pair.get(1))));
      for (NumberedEvents.Key key : NumberedEvents.keys()) {
        client.post(
            new OrganizationId(key.organization()),
            "/v1/organization/projects/" + key.workspace() + "/api_keys",
            named(key.key()));
      }
    }
  }

  private static void organization(TollgateClient client, String id) {
    client.post(
        "/v1/platform/organizations", named(id).put("time_zone", "UTC").put("currency", "USD"));
  }

  private static void prices(TollgateClient client) {
    client.post(
        "/v1/platform/price_books", object().put("id", "fault-prices").put("currency", "USD"));
    ObjectNode version = object().put("effective_from", "2020-01-01T00:00:00Z");
    ArrayNode rates = version.putArray("rates");
    NumberedEvents.RATES.forEach(
        (model, meters) ->
            meters.forEach(
                (meter, rate) ->
                    rates
                        .addObject()
                        .put("provider", NumberedEvents.PROVIDER)
                        .put("model", model)
                        .put("meter", meter)
                        .put("rate", rate)));
    client.post("/v1/platform/price_books/fault-prices/versions", version);
    assertThat(client.list(Optional.empty(), "/v1/platform/price_books/fault-prices/versions"))
        .hasSize(1);
  }

  private static ObjectNode named(String id) {
    return object().put("id", id).put("name", id);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
