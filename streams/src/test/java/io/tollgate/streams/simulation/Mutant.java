package io.tollgate.streams.simulation;

import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;

/** A deliberate fault in the line, put around a real processor. */
interface Mutant {
  /** The line as it is. */
  Mutant NONE = (application, builder) -> {};

  void apply(Application application, InternalTopologyBuilder builder);

  /** Whether files take what is not committed yet. */
  default boolean takesFilesEarly() {
    return false;
  }
}
