package io.tollgate.streams;

import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Commits that the processors of a task ask for out of turn, for what somebody waits for: nobody
 * sees an alert before its commit. Each is a transaction, so they keep a distance to the task's
 * commit before, whatever that was for; what comes sooner waits. Tasks of one thread commit
 * together, and each keeps its own distance. Confined to that thread.
 */
final class CommitRequests {
  private static final long UNKNOWN = Long.MIN_VALUE;

  private final ProcessorContext<?, ?> context;
  private final long between;
  private boolean wanted;

  /** Not before the first request: the clock of a task stands still while it is initialized. */
  private long next = UNKNOWN;

  /**
   * To be made in a processor's {@code init}.
   *
   * @param between two commits at least, and between the first request and its commit
   */
  CommitRequests(ProcessorContext<?, ?> context, Duration between) {
    this.context = context;
    this.between = between.toMillis();
    context.schedule(between, PunctuationType.WALL_CLOCK_TIME, now -> look());
  }

  /** Has the task committed soon: at once, if its last commit is a distance away. */
  void ask() {
    wanted = true;
    look();
  }

  /** Whatever was asked for is committed. */
  void committed() {
    wanted = false;
    next = context.currentSystemTimeMs() + between;
  }

  private void look() {
    if (!wanted) {
      return;
    }
    long now = context.currentSystemTimeMs();
    if (next == UNKNOWN) {
      next = now + between;
    }
    if (now >= next) {
      // Should the commit fail, the task begins anew, and so does this.
      context.commit();
    }
  }
}
