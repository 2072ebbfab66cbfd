package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.UsageDelta;
import java.time.InstantSource;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;

/**
 * From what each commit of the meter topology added to the alerts of the budgets it touches and the
 * limit states of its scopes.
 *
 * <pre>
 * usage.deltas ─▶ tally-by-scope ─▶ judge-thresholds ─▶ state-limits ─▶ limits.state
 *                                    └──────▶ budget.alerts ◀──┘
 * </pre>
 *
 * <table>
 * <caption>Stores; all by organization, hence of one task</caption>
 * <tr><td>tallies, tally-days</td><td>{@link Tallies}</td></tr>
 * <tr><td>user-tallies</td><td>{@link UserTallies}</td></tr>
 * <tr><td>pending-tallies</td><td>{@link PendingTallies}</td></tr>
 * <tr><td>tally-positions</td><td>source offsets up to which deltas have come</td></tr>
 * <tr><td>organization-states</td><td>{@link OrganizationState}</td></tr>
 * <tr><td>tallied-subjects</td><td>{@link TalliedSubjects}</td></tr>
 * <tr><td>budgets-in-force</td><td>{@link InForceBudgets}</td></tr>
 * <tr><td>budget-states</td><td>{@link BudgetStates}</td></tr>
 * <tr><td>limit-states</td><td>{@link LimitStore}</td></tr>
 * </table>
 */
final class BudgetTopology {
  static final String TALLIES = "tallies";
  static final String TALLY_DAYS = "tally-days";
  static final String USER_TALLIES = "user-tallies";
  static final String PENDING_TALLIES = "pending-tallies";
  static final String TALLY_POSITIONS = "tally-positions";
  static final String ORGANIZATION_STATES = "organization-states";
  static final String TALLIED_SUBJECTS = "tallied-subjects";
  static final String BUDGETS_IN_FORCE = "budgets-in-force";
  static final String BUDGET_STATES = "budget-states";

  static final String ALERTS = "budget-alerts";
  static final String LIMITS = "state-limits";
  static final String LIMITS_STATE = "limits-state";
  static final String LIMIT_STATES = "limit-states";

  /** Hold no data. */
  static final String COMMIT_HOOK = "budget-commit-hook";

  static final String TASK_TALLIES = "task-tallies";

  private BudgetTopology() {}

  /**
   * Builds the topology.
   *
   * @param partitions of usage.deltas in this topic generation
   */
  static Topology build(GlobalTables tables, SchemaIds ids, int partitions) {
    return build(
        tables,
        ids,
        partitions,
        BudgetBounds.standard(),
        new SubjectsLeftOut(),
        new ConsistentReads(partitions),
        CommittedStores.onDisk(InstantSource.system()));
  }

  static Topology build(
      GlobalTables tables,
      SchemaIds ids,
      int partitions,
      BudgetBounds bounds,
      SubjectsLeftOut leftOut,
      ConsistentReads reads,
      CommittedStores stores) {
    AvroSerde<UsageDelta> deltas = AvroSerde.of(Topics.USAGE_DELTAS, ids);
    AvroSerde<Budget> budgets = AvroSerde.of(Topics.BUDGETS, ids);
    AvroSerde<BudgetAlert> alerts = AvroSerde.of(Topics.BUDGET_ALERTS, ids);
    AvroSerde<LimitState> limits = AvroSerde.of(Topics.LIMITS_STATE, ids);
    Topology topology = new Topology();
    tables.addBudgetTables(topology);
    topology
        .addSource(
            AutoOffsetReset.none(),
            "usage-deltas",
            new StringDeserializer(),
            deltas,
            Topics.USAGE_DELTAS.name())
        .addProcessor(
            "tally-by-scope",
            () -> new TallyByScope(tables, bounds, leftOut, reads),
            "usage-deltas")
        .addProcessor(
            "judge-thresholds",
            () -> new JudgeThresholds(tables, bounds, budgets),
            "tally-by-scope")
        .addProcessor(LIMITS, () -> new StateLimits(tables, limits, partitions), "judge-thresholds")
        .addSink(
            ALERTS,
            Topics.BUDGET_ALERTS.name(),
            new StringSerializer(),
            alerts,
            "judge-thresholds",
            LIMITS)
        .addSink(LIMITS_STATE, Topics.LIMITS_STATE.name(), new StringSerializer(), limits, LIMITS);
    String[] all = {"tally-by-scope", "judge-thresholds", LIMITS};
    topology
        .addStateStore(CommitHook.builder(COMMIT_HOOK, stores), "tally-by-scope")
        .addStateStore(TaskCell.builder(TASK_TALLIES), all)
        .addStateStore(
            stores.builder(TALLIES, Serdes.Bytes(), Serdes.ByteArray()), "tally-by-scope")
        .addStateStore(
            stores.builder(TALLY_DAYS, Serdes.Bytes(), Serdes.ByteArray()), "tally-by-scope")
        .addStateStore(
            stores.builder(USER_TALLIES, Serdes.Bytes(), Serdes.ByteArray()), "tally-by-scope")
        .addStateStore(
            stores.builder(PENDING_TALLIES, Serdes.Bytes(), Serdes.ByteArray()), "tally-by-scope")
        .addStateStore(
            stores.builder(TALLIED_SUBJECTS, Serdes.Bytes(), Serdes.ByteArray()), "tally-by-scope")
        .addStateStore(
            stores.builder(TALLY_POSITIONS, Serdes.String(), Serdes.Long()), "tally-by-scope")
        .addStateStore(
            stores.builder(ORGANIZATION_STATES, Serdes.String(), Serdes.ByteArray()), all)
        .addStateStore(
            stores.builder(BUDGETS_IN_FORCE, Serdes.String(), Serdes.ByteArray()),
            "judge-thresholds")
        .addStateStore(
            stores.builder(BUDGET_STATES, Serdes.String(), Serdes.ByteArray()), "judge-thresholds")
        .addStateStore(stores.builder(LIMIT_STATES, Serdes.String(), Serdes.ByteArray()), LIMITS);
    return topology;
  }
}
