package io.tollgate.streams.simulation;

import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topics;
import io.tollgate.streams.LineUnderTest;
import org.apache.kafka.streams.Topology;

/** The two applications of the line, each with one source topic. */
enum Application {
  METER(Topics.USAGE_EVENTS.name()),
  BUDGET(Topics.USAGE_DELTAS.name());

  private final String source;

  Application(String source) {
    this.source = source;
  }

  String source() {
    return source;
  }

  String id() {
    return this == METER ? "tollgate-meter" : "tollgate-budget";
  }

  Topology topology(
      SchemaIds ids,
      LineUnderTest.Disks disks,
      int usagePartitions,
      int tallyPartitions,
      int parkingPlaces) {
    return switch (this) {
      case METER -> LineUnderTest.meter(ids, disks, usagePartitions, parkingPlaces);
      case BUDGET -> LineUnderTest.budget(ids, disks, tallyPartitions);
    };
  }
}
