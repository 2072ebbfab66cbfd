package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.AlertCause;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.streams.LineUnderTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * The auditor of the budget topology: follows what each task did in the order it did it, sums the
 * deltas itself, and has alerts, wallets and limit states judged after each act.
 */
final class BudgetAuditor {
  private final SimulatedBroker broker;
  private final Wire wire;
  private final AuditedTables tables;
  private final AuditedZones zones;
  private final AuditedSums sums;
  private final SettledTasks settled = new SettledTasks();
  private final BudgetLedger alerts;
  private final WalletLedger wallets;
  private final LimitLedger limits;
  private final TallyLedger tallies;

  BudgetAuditor(SimulatedBroker broker, Wire wire, AuditedTables tables) {
    this.broker = broker;
    this.wire = wire;
    this.tables = tables;
    this.zones = new AuditedZones(tables);
    this.sums = new AuditedSums(zones);
    this.alerts = new BudgetLedger(tables, sums);
    this.wallets = new WalletLedger(tables, sums, this::partition);
    this.tallies = new TallyLedger(sums, zones);
    this.limits = new LimitLedger(tables, zones, sums, this::partition);
  }

  void audit(Commit commit) {
    Deque<BudgetAlert> budgetAlerts = new ArrayDeque<>();
    Deque<BudgetAlert> walletAlerts = new ArrayDeque<>();
    Deque<LimitLedger.Told> states = new ArrayDeque<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      switch (entry.topic()) {
        case "budget.alerts" -> {
          BudgetAlert alert = wire.read(entry.value(), BudgetAlert.class);
          (alert.getCause() == AlertCause.WALLET ? walletAlerts : budgetAlerts).add(alert);
        }
        case "limits.state" ->
            states.add(
                new LimitLedger.Told(
                    new String(Objects.requireNonNull(entry.key()), StandardCharsets.UTF_8),
                    entry.value() == null ? null : wire.read(entry.value(), LimitState.class)));
        default -> {}
      }
    }
    for (Commit.Act act : commit.acts()) {
      UsageDelta delta = act instanceof Commit.Act.Read read ? read(read) : null;
      if (delta != null) {
        sums.add(delta);
      }
      seeZones(act);
      settled.see(act);
      alerts.after(act, delta, budgetAlerts);
      wallets.after(act, settled.isSettled(act), walletAlerts);
      limits.after(act, settled.isSettled(act), delta, states);
    }
    alerts.none(budgetAlerts.peek());
    wallets.none(walletAlerts.peek());
    if (!states.isEmpty()) {
      unless(!commit.acts().isEmpty(), "limits-true", "a state was written by nothing");
      limits.none(commit.acts().getLast(), states);
    }
  }

  private @Nullable UsageDelta read(Commit.Act.Read read) {
    SimulatedBroker.Entry entry =
        Objects.requireNonNull(
            broker.log(Application.BUDGET.source(), read.partition()).from(read.offset()));
    return wire.read(entry.value(), UsageDelta.class);
  }

  /** A task takes over the zones of organizations that it has usage of, whatever it does. */
  private void seeZones(Commit.Act act) {
    for (String organization : tables.organizations()) {
      if (partition(organization) == act.partition() && sums.hasUsage(organization)) {
        zones.see(organization, act.tables(), Instant.ofEpochMilli(act.at()));
      }
    }
  }

  /** The partition of usage.deltas that an organization's come to. */
  private int partition(String organization) {
    byte[] key = organization.getBytes(StandardCharsets.UTF_8);
    return Utils.toPositive(Utils.murmur2(key)) % broker.partitions(Application.BUDGET.source());
  }

  /** Asks a task that has just committed about something that it tallies. */
  void askLive(int task, LineUnderTest.Stores stores, Instant now) {
    tallies.askOne(stores, organization -> partition(organization) == task, now);
  }

  /** Asks it about everything. */
  void askLiveAll(int task, LineUnderTest.Stores stores, Instant now) {
    tallies.askAll(stores, organization -> partition(organization) == task, now);
  }

  /** Nothing is left to be read or told. */
  void auditAtRest(Instant now, TablePositions everything) {
    for (int p = 0; p < broker.partitions(Application.BUDGET.source()); p++) {
      SimulatedBroker.Log log = broker.log(Application.BUDGET.source(), p);
      long read = broker.committed(new TopicPartition(Application.BUDGET.source(), p));
      unless(
          log.from(read) == null, "tallies-equal-deltas", "partition %d is not read to its end", p);
    }
    alerts.auditAtRest(now);
    wallets.auditAtRest(everything);
    limits.auditAtRest(now, everything);
  }
}
