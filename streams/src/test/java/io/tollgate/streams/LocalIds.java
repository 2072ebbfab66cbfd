package io.tollgate.streams;

import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;

/** The ids of all our schemas without a registry: the same in every process of a test. */
final class LocalIds {
  private LocalIds() {}

  static LocalSchemaIds ofAllTopics() {
    LocalSchemaIds ids = new LocalSchemaIds();
    for (Topic<?> topic : Topics.ALL) {
      ids.idOf(topic.subject(), topic.schema());
    }
    return ids;
  }
}
