package io.tollgate.streams;

import io.tollgate.schemas.LocalSchemaIds;
import org.junit.jupiter.api.Test;

class TopologyDescriptionTest {
  private final LocalSchemaIds ids = new LocalSchemaIds();

  @Test
  void theMeterTopologyIsAsDescribed() {
    TopologySnapshots.assertUnchanged(
        "meter", MeterTopology.build(ids, new GlobalTables(ids), 32, MeterBounds.standard()));
  }

  @Test
  void theBudgetTopologyIsAsDescribed() {
    TopologySnapshots.assertUnchanged(
        "budget", BudgetTopology.build(new GlobalTables(ids), ids, 1));
  }
}
