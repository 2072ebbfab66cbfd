package io.tollgate.schemas;

import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/** Where a {@link TopicReader} begins in each partition. */
public sealed interface TopicStart {
  /** At the first record there is. */
  record First() implements TopicStart {}

  /** After what is committed when reading begins. */
  record End() implements TopicStart {}

  /** At the first record that was appended then or later. */
  record Appended(Instant from) implements TopicStart {}

  /**
   * At offsets that the caller keeps. A partition that is not named begins at its first record, and
   * so does one whose offset the topic does not have, because its records are gone or the topic is
   * a new one.
   *
   * @param offsets asked each time that reading begins, the next offset by partition
   */
  record Kept(Supplier<Map<Integer, Long>> offsets) implements TopicStart {}
}
