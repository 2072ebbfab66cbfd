package io.tollgate.streams.simulation;

import java.util.HashMap;
import java.util.Map;

/** How far a client's global tables have come: per topic the offset that is applied next. */
record TablePositions(Map<String, Long> next) {
  static final TablePositions NONE = new TablePositions(Map.of());

  TablePositions {
    next = Map.copyOf(next);
  }

  long of(String topic) {
    return next.getOrDefault(topic, 0L);
  }

  TablePositions with(String topic, long offset) {
    Map<String, Long> changed = new HashMap<>(next);
    changed.put(topic, offset);
    return new TablePositions(changed);
  }
}
