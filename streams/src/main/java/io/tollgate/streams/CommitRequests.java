package io.tollgate.streams;

import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Commits asked for out of turn by one processor of a task, for what somebody waits for: nobody
 * sees an alert before its commit. Each is a transaction, so they keep a distance; what comes
 * sooner waits for the next. Confined to its task's thread.
 */
final class CommitRequests {
  private final ProcessorContext<?, ?> context;
  private final long between;
  private boolean wanted;
  private long next;

  /**
   * To be made in the processor's {@code init}.
   *
   * @param between two commits at least, and before the first
   */
  CommitRequests(ProcessorContext<?, ?> context, Duration between) {
    this.context = context;
    this.between = between.toMillis();
    this.next = context.currentSystemTimeMs() + this.between;
    context.schedule(between, PunctuationType.WALL_CLOCK_TIME, now -> look());
  }

  /** Has the task committed soon: at once, or a distance after the last time. */
  void ask() {
    wanted = true;
    look();
  }

  private void look() {
    long now = context.currentSystemTimeMs();
    if (wanted && now >= next) {
      wanted = false;
      next = now + between;
      context.commit();
    }
  }
}
