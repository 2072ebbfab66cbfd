package io.tollgate.schemas;

import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * Takes what a {@link TopicFollowing} reads, on its thread. After a failure, one thrown by {@link
 * #take} too, reading begins again where the reader's {@link TopicStart} says, so that records may
 * be seen again.
 */
@FunctionalInterface
public interface TopicFollower {
  /** What comes after a batch. */
  enum Next {
    GO_ON,
    /** The batch counts as not read: begin again at once where the start says. */
    BEGIN_AGAIN
  }

  /** Takes records, which are in order within a partition; there is at least one. */
  Next take(ConsumerRecords<String, byte[]> batch);

  /** Reading begins: the first time, and each time that it begins again. */
  default void begun() {}

  /** What was committed when reading began has been taken; once per beginning. */
  default void caughtUp() {}

  /** Reading has failed and begins again shortly; it is logged already. */
  default void failed(RuntimeException failure) {}
}
