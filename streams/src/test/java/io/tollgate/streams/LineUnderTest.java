package io.tollgate.streams;

import io.tollgate.schemas.SchemaIds;
import org.apache.kafka.streams.Topology;

/** The real topologies, for the simulation: its package sees nothing else of this one. */
public final class LineUnderTest {
  private LineUnderTest() {}

  /** The meter topology with tables of its own, as one instance has it. */
  public static Topology meter(SchemaIds ids, int partitions) {
    return MeterTopology.build(ids, new GlobalTables(ids), partitions, MeterBounds.standard());
  }

  /** The budget topology with tables of its own. */
  public static Topology budget(SchemaIds ids, int partitions) {
    return BudgetTopology.build(new GlobalTables(ids), ids, partitions);
  }
}
