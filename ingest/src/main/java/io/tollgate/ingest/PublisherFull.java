package io.tollgate.ingest;

/**
 * No room came free among the events in flight, or in the buffer, within the time the settings
 * allow.
 */
public final class PublisherFull extends PublishFailed {
  private static final long serialVersionUID = 1L;

  PublisherFull(String message) {
    super(message, null);
  }

  @Override
  public Fault fault() {
    return Fault.OUT_OF_RESOURCES;
  }

  @Override
  public boolean mayBeInLog() {
    return false;
  }
}
