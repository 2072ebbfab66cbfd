package io.tollgate.ingest;

import org.jspecify.annotations.Nullable;

/** The publisher was closed, before the event was handed over or before Kafka acknowledged it. */
public final class PublisherClosed extends PublishFailed {
  private static final long serialVersionUID = 1L;
  private final boolean handedOver;

  PublisherClosed(boolean handedOver, @Nullable Throwable cause) {
    super(
        handedOver
            ? "The publisher was closed before Kafka acknowledged the event"
            : "The publisher is closed",
        cause);
    this.handedOver = handedOver;
  }

  @Override
  public Fault fault() {
    return Fault.CALLER;
  }

  @Override
  public boolean mayBeInLog() {
    return handedOver;
  }
}
