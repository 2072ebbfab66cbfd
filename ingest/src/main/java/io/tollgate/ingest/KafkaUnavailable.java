package io.tollgate.ingest;

import org.jspecify.annotations.Nullable;

/** Kafka did not answer, or not with all in-sync replicas, within the delivery bound. */
public final class KafkaUnavailable extends PublishFailed {
  private static final long serialVersionUID = 1L;
  private final boolean mayBeInLog;

  KafkaUnavailable(String message, boolean mayBeInLog, @Nullable Throwable cause) {
    super(message, cause);
    this.mayBeInLog = mayBeInLog;
  }

  @Override
  public Fault fault() {
    return Fault.KAFKA;
  }

  @Override
  public boolean mayBeInLog() {
    return mayBeInLog;
  }
}
