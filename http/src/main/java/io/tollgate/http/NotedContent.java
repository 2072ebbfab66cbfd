package io.tollgate.http;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is read or answered.
 *
 * @param byMediaType the schema of each media type, the usual one first; none if there is no body
 */
record NotedContent(Map<String, Map<String, Object>> byMediaType) {
  static final NotedContent NOTHING = new NotedContent(Map.of());

  NotedContent {
    byMediaType = Collections.unmodifiableMap(new LinkedHashMap<>(byMediaType));
  }

  boolean isEmpty() {
    return byMediaType.isEmpty();
  }
}
