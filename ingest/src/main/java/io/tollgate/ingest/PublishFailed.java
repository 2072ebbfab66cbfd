package io.tollgate.ingest;

import org.jspecify.annotations.Nullable;

/**
 * An event, valid as far as the publisher could see, was not acknowledged. Publishing it again with
 * the same source, id and body is always safe: whatever is in the log already is then counted as a
 * duplicate.
 */
public abstract sealed class PublishFailed extends RuntimeException
    permits PublisherFull, PublisherClosed, KafkaUnavailable, KafkaRefused {
  private static final long serialVersionUID = 1L;

  PublishFailed(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Whose failure it is, and so who can end it. */
  public abstract Fault fault();

  /**
   * Whether the event can be in the log although nobody acknowledged it. If false, it certainly is
   * not.
   */
  public abstract boolean mayBeInLog();

  /** Whether a retry with the same id is safe: always, see the class. */
  public final boolean retryIsSafe() {
    return true;
  }
}
