package io.tollgate.bench;

import java.util.Map;
import java.util.Optional;

/** A contender at work in its own process: passes one after the other in a JVM that gets warm. */
interface Job {
  /**
   * Begins to read usage.events where the group of this application has committed; returns at once
   * or when started, does not end by itself.
   */
  void start(String application) throws Exception;

  /** Ends the pass; gives what it added up if it has written that nowhere. */
  Optional<Sums> stop() throws Exception;

  /** Bytes on disk by store when the last pass had ended, where that is measured. */
  default Map<String, Long> left() {
    return Map.of();
  }
}
