package io.tollgate.bench;

import org.apache.kafka.streams.Topology;

/** A comparison job's topology, built anew for each pass. */
interface DslTopology {
  Topology build();
}
