package io.tollgate.streams;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.UsageDelta;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * From what each commit of the meter topology added to the alerts of the budgets it touches.
 *
 * <pre>
 * usage.deltas ─▶ tally-by-scope ─▶ judge-thresholds ─▶ budget.alerts
 *                 (tallies)         (budget-states; governance.budgets, .organizations)
 *                                   └▶ state-limits
 * </pre>
 */
final class BudgetTopology {
  static final String TALLIES = "tallies";
  static final String TALLY_POSITIONS = "tally-positions";
  static final String BUDGET_STATES = "budget-states";

  static final String ALERTS = "budget-alerts";
  static final String LIMITS = "state-limits";

  private BudgetTopology() {}

  static Topology build(GlobalTables tables, SchemaIds ids) {
    AvroSerde<UsageDelta> deltas = AvroSerde.of(Topics.USAGE_DELTAS, ids);
    AvroSerde<BudgetAlert> alerts = AvroSerde.of(Topics.BUDGET_ALERTS, ids);
    StoreBuilder<KeyValueStore<Bytes, byte[]>> tallies =
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(TALLIES), Serdes.Bytes(), Serdes.ByteArray())
            .withCachingEnabled();
    StoreBuilder<KeyValueStore<String, Long>> positions =
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(TALLY_POSITIONS), Serdes.String(), Serdes.Long())
            .withCachingEnabled();
    StoreBuilder<KeyValueStore<String, byte[]>> states =
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(BUDGET_STATES), Serdes.String(), Serdes.ByteArray())
            .withCachingEnabled();

    Topology topology = new Topology();
    tables.addBudgetTables(topology);
    topology
        .addSource(
            AutoOffsetReset.none(),
            "usage-deltas",
            new StringDeserializer(),
            deltas,
            Topics.USAGE_DELTAS.name())
        .addProcessor("tally-by-scope", TallyByScope::new, "usage-deltas")
        .addProcessor("judge-thresholds", () -> new JudgeThresholds(tables), "tally-by-scope")
        .addSink(
            ALERTS, Topics.BUDGET_ALERTS.name(), new StringSerializer(), alerts, "judge-thresholds")
        .addProcessor(LIMITS, StateLimits::new, "judge-thresholds")
        .addStateStore(tallies, "tally-by-scope", "judge-thresholds")
        .addStateStore(positions, "tally-by-scope")
        .addStateStore(states, "judge-thresholds");
    return topology;
  }
}
