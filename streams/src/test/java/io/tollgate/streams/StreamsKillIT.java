package io.tollgate.streams;

import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The role as a process, killed with SIGKILL at the moments that matter. */
class StreamsKillIT {
  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Duration SOON = Duration.ofMillis(300);

  /** Not within the test: what is pending stays pending until the kill. */
  private static final Duration NEVER = Duration.ofMinutes(10);

  private static final int EVENTS = 12_000;

  /** 1,000 input at 2.5 and i % 7 output at 10 USD per million. */
  private static final BigDecimal INPUT_COST = new BigDecimal("0.0025");

  private static final BigDecimal OUTPUT_COST = new BigDecimal("0.00001");

  @TempDir Path data;
  private Broker broker;
  private @Nullable Process streams;
  private final Instant now = Instant.now();
  private int appendedRated = -1;

  @BeforeEach
  void start() {
    broker = Broker.start(data);
    broker.publishAcme(50);
  }

  @AfterEach
  void stop() {
    if (streams != null) {
      streams.destroyForcibly();
    }
    broker.close();
  }

  private void run(Duration meterCommit, Duration budgetCommit) throws IOException {
    streams =
        StreamsProcess.start(
            broker.bootstrapServers(),
            data.resolve("state"),
            meterCommit,
            budgetCommit,
            data.resolve("streams.log"));
  }

  private void kill() throws InterruptedException {
    Process process = streams;
    assertThat(process).isNotNull();
    assertThat(process.isAlive()).isTrue();
    process.destroyForcibly();
    process.waitFor();
  }

  private Events numbered(int i) {
    return event("event-" + i)
        .tenant("acme", "acme-prod", "key-" + i % 50)
        .at(now.minusSeconds(i % 7_200))
        .units(Meter.OUTPUT, i % 7);
  }

  private void send(int from, int to) {
    for (int i = from; i < to; i++) {
      broker.send(numbered(i).build());
    }
    broker.flush();
  }

  private static BigDecimal cost(int from, int to) {
    BigDecimal cost = BigDecimal.ZERO;
    for (int i = from; i < to; i++) {
      cost = cost.add(INPUT_COST).add(OUTPUT_COST.multiply(BigDecimal.valueOf(i % 7)));
    }
    return cost;
  }

  private void publishBudget(BigDecimal amount) {
    broker.put(
        Topics.BUDGETS,
        "all",
        Budget.newBuilder()
            .setBudgetId("all")
            .setOrganizationId("acme")
            .setScope(ScopeKind.ORGANIZATION)
            .setName("All time")
            .setAmount(amount.setScale(12))
            .setCurrency("USD")
            .setPeriod("total")
            .setThresholds(List.of(new BigDecimal("0.800000"), new BigDecimal("1.000000")))
            .setHard(false)
            .setVersion(1)
            .build());
    broker.flush();
  }

  private long committed() {
    return newest(broker.read(Topics.USAGE_OUTCOMES, true)).stream()
        .mapToLong(PartitionOutcomes::getRecords)
        .sum();
  }

  private int uncommittedRated() {
    // Aborted records are among them: only more than at the last look counts.
    int appended = broker.read(Topics.USAGE_RATED, false).size();
    int before = appendedRated;
    appendedRated = appended;
    return before < 0 ? 0 : appended - before;
  }

  private static Collection<PartitionOutcomes> newest(List<PartitionOutcomes> outcomes) {
    Map<Integer, PartitionOutcomes> newest = new HashMap<>();
    outcomes.forEach(one -> newest.put(one.getPartition(), one));
    return newest.values();
  }

  @Test
  void everyTotalIsExactAndEveryAlertIsTheOnlyOneWhereverItIsKilled() throws Exception {
    // 80 % is crossed early in the first run, 100 % by the last event of all.
    BigDecimal all = cost(0, EVENTS);
    publishBudget(all);

    // Between the crossing and its commit: the alert is on the topic, and nobody may have seen it.
    run(SOON, NEVER);
    send(0, EVENTS * 9 / 10);
    await().atMost(PATIENCE).until(() -> !broker.read(Topics.BUDGET_ALERTS, false).isEmpty());
    kill();
    assertThat(broker.read(Topics.BUDGET_ALERTS, true)).isEmpty();

    // In the middle of metering: rated usage is on the topic, uncommitted, and more is to come.
    run(NEVER, SOON);
    send(EVENTS * 9 / 10, EVENTS - 1);
    send(0, 1_000);
    await().atMost(PATIENCE).until(() -> uncommittedRated() > 0);
    long before = committed();
    kill();
    assertThat(before).as("lag at the kill").isLessThan(EVENTS - 1 + 1_000);

    // And once more while it restores and catches up.
    run(SOON, SOON);
    send(EVENTS - 1, EVENTS);
    await().atMost(PATIENCE).until(() -> committed() > before);
    kill();

    run(SOON, SOON);
    await().atMost(PATIENCE).until(() -> committed() == EVENTS + 1_000);
    await().atMost(PATIENCE).until(() -> broker.read(Topics.BUDGET_ALERTS, true).size() >= 2);
    await()
        .atMost(PATIENCE)
        .until(() -> sum(broker.read(Topics.USAGE_DELTAS, true)).compareTo(all.setScale(12)) >= 0);

    List<RatedUsage> rated = broker.read(Topics.USAGE_RATED, true);
    assertThat(rated.stream().map(one -> one.getEvent().getId()).distinct().count())
        .isEqualTo(EVENTS);
    assertThat(rated).hasSize(EVENTS);
    assertThat(rated.stream().map(RatedUsage::getCost).reduce(BigDecimal.ZERO, BigDecimal::add))
        .isEqualByComparingTo(all);
    List<UsageDelta> deltas = broker.read(Topics.USAGE_DELTAS, true);
    assertThat(sum(deltas)).isEqualByComparingTo(all);
    assertThat(
            deltas.stream()
                .flatMap(delta -> delta.getEntries().stream())
                .mapToLong(DeltaEntry::getRequests)
                .sum())
        .isEqualTo(EVENTS);
    Collection<PartitionOutcomes> outcomes = newest(broker.read(Topics.USAGE_OUTCOMES, true));
    assertThat(outcomes.stream().mapToLong(PartitionOutcomes::getRated).sum()).isEqualTo(EVENTS);
    assertThat(outcomes.stream().mapToLong(PartitionOutcomes::getDuplicate).sum()).isEqualTo(1_000);
    assertThat(broker.read(Topics.USAGE_REJECTED, true)).isEmpty();

    List<BudgetAlert> alerts = broker.read(Topics.BUDGET_ALERTS, true);
    assertThat(alerts)
        .extracting(BudgetAlert::getAlertId)
        .containsExactlyInAnyOrder("all/total/0.8/1", "all/total/1/1");
    assertThat(alerts.stream().filter(alert -> alert.getThreshold().compareTo(BigDecimal.ONE) == 0))
        .singleElement()
        .satisfies(alert -> assertThat(alert.getSpend()).isEqualByComparingTo(all));
  }

  private Events numbered(String id, String model) {
    return event(id).tenant("acme", "acme-prod", "key-1").at(now).model(model);
  }

  private PartitionOutcomes outcomes() {
    PartitionOutcomes sum =
        new PartitionOutcomes(1, 0, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, now, 0L, 0L, 0L, 0L);
    for (PartitionOutcomes one : newest(broker.read(Topics.USAGE_OUTCOMES, true))) {
      sum.setRecords(sum.getRecords() + one.getRecords());
      sum.setRated(sum.getRated() + one.getRated());
      sum.setRejected(sum.getRejected() + one.getRejected());
      sum.setUnrated(sum.getUnrated() + one.getUnrated());
      sum.setWaiting(sum.getWaiting() + one.getWaiting());
      sum.setVoids(sum.getVoids() + one.getVoids());
      sum.setWithdrawn(sum.getWithdrawn() + one.getWithdrawn());
      sum.setReversals(sum.getReversals() + one.getReversals());
    }
    return sum;
  }

  /**
   * What was accepted, parked, priced late or waits is known again after each kill: everything is
   * taken back once, at the price it had.
   */
  @Test
  void correctionsTakeBackWhatWasAcceptedBeforeTheKill() throws Exception {
    int each = 50;
    run(SOON, SOON);
    for (int i = 0; i < each; i++) {
      broker.send(numbered("priced-" + i, "gpt-4o").build());
      broker.send(numbered("parked-" + i, "gpt-5").build());
      broker.send(numbered("late-" + i, "gpt-5").build());
      // Ahead of their originals.
      broker.send(event("early-void-" + i).voids(numbered("early-" + i, "gpt-4o")).at(now).build());
    }
    broker.flush();
    await().atMost(PATIENCE).until(() -> outcomes().getRecords() == 4 * each);
    kill();

    // Voids of what is parked, amendments of what is priced, and what the early ones wait for.
    run(SOON, SOON);
    for (int i = 0; i < each; i++) {
      broker.send(numbered("early-" + i, "gpt-4o").build());
      broker.send(
          event("parked-void-" + i).voids(numbered("parked-" + i, "gpt-5")).at(now).build());
      broker.send(amendment(i).build());
    }
    broker.flush();
    await().atMost(PATIENCE).until(() -> outcomes().getRecords() == 7 * each);
    broker.publishPrices(2, "gpt-5");
    broker.flush();
    await().atMost(PATIENCE).until(() -> outcomes().getUnrated() == 0);
    await().atMost(PATIENCE).until(() -> outcomes().getWaiting() == 0);
    kill();

    run(SOON, SOON);
    for (int i = 0; i < each; i++) {
      broker.send(event("late-void-" + i).voids(numbered("late-" + i, "gpt-5")).at(now).build());
      broker.send(event("priced-void-" + i).voids(amendment(i)).at(now).build());
    }
    broker.flush();
    await().atMost(PATIENCE).until(() -> outcomes().getRecords() == 9 * each);

    PartitionOutcomes outcomes = outcomes();
    // A slow machine may take longer than the wait of 30 s for the restart.
    long inVain = outcomes.getRejected();
    assertThat(outcomes.getWithdrawn()).isEqualTo(each);
    assertThat(outcomes.getRated()).isEqualTo(4 * each);
    assertThat(outcomes.getVoids()).isEqualTo(4 * each - inVain);
    assertThat(outcomes.getReversals()).isEqualTo(4 * each - inVain);
    List<RatedUsage> rated = broker.read(Topics.USAGE_RATED, true);
    assertThat(rated).hasSize((int) (outcomes.getRated() + outcomes.getReversals()));
    assertThat(rated.stream().map(RatedUsage::getCost).reduce(BigDecimal.ZERO, BigDecimal::add))
        .isEqualByComparingTo(new BigDecimal("0.0035").multiply(BigDecimal.valueOf(inVain)));
    assertThat(
            rated.stream()
                .filter(one -> one.getEvent().getId().startsWith("late-"))
                .map(RatedUsage::getPriceVersion))
        .containsOnly(2);
  }

  private Events amendment(int i) {
    return numbered("amended-" + i, "gpt-4o")
        .units(Meter.OUTPUT, 200)
        .amends(numbered("priced-" + i, "gpt-4o"));
  }

  private static BigDecimal sum(List<UsageDelta> deltas) {
    return deltas.stream()
        .flatMap(delta -> delta.getEntries().stream())
        .map(DeltaEntry::getCost)
        .reduce(BigDecimal.ZERO.setScale(12), BigDecimal::add);
  }
}
