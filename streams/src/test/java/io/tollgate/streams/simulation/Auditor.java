package io.tollgate.streams.simulation;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Knows nothing but the topics, what was committed, and when which instance had seen what of
 * governance; from that it works everything out again and compares. Shares no code with rating or
 * streams.
 */
final class Auditor {
  private static final List<String> GOVERNANCE =
      List.of(
          AuditedTables.ORGANIZATIONS,
          AuditedTables.WORKSPACES,
          AuditedTables.API_KEYS,
          AuditedTables.BACKFILLS,
          AuditedTables.BUDGETS,
          AuditedTables.LIMITS,
          AuditedTables.WALLETS,
          AuditedTables.CREDITS,
          AuditedTables.WRITE_OFFS,
          AuditedPrices.TOPIC);

  private final SimulatedBroker broker;
  private final UsageLedger usage;
  private final DeltaLedger deltas;
  private final SecondsLedger seconds;
  private final BudgetAuditor budgets;

  /**
   * @param eventHeader the wire header of events in the schema of this version
   * @param parkingPlaces per partition for events without a price
   */
  Auditor(SimulatedBroker broker, byte[] eventHeader, int parkingPlaces) {
    this.broker = broker;
    Wire wire = new Wire();
    AuditedTables tables = new AuditedTables(broker, wire);
    this.usage =
        new UsageLedger(
            broker, wire, eventHeader, tables, new AuditedPrices(broker, wire), parkingPlaces);
    this.deltas = new DeltaLedger(wire);
    this.seconds = new SecondsLedger(wire, tables);
    this.budgets = new BudgetAuditor(broker, wire, tables);
  }

  /** Looks at a committed transaction. */
  void audit(Commit commit) {
    switch (commit.application()) {
      case METER -> {
        usage.audit(commit);
        deltas.audit(commit);
        seconds.audit(commit);
      }
      case BUDGET -> budgets.audit(commit);
    }
  }

  /** Events that found no place among those without a price. */
  int refusedParking() {
    return usage.refusedParking();
  }

  /** Asks tasks of the budget topology that have just committed what they tally. */
  BudgetAuditor budgets() {
    return budgets;
  }

  /** Looks at everything once nothing moves any more. */
  void auditAtRest(Instant now) {
    Map<String, Long> all = new HashMap<>();
    for (String topic : GOVERNANCE) {
      all.put(topic, broker.log(topic, 0).end());
    }
    TablePositions everything = new TablePositions(all);
    usage.auditAtRest(everything);
    budgets.auditAtRest(now, everything);
  }
}
