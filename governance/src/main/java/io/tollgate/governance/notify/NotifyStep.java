package io.tollgate.governance.notify;

/**
 * Told where the notifier is, on the thread that is there. A test uses it to die at the places
 * where dying could lose or double a delivery.
 */
@FunctionalInterface
public interface NotifyStep {
  /** Where the work can be cut off. */
  enum Place {
    /** Deliveries and offsets are written, not committed. */
    BEFORE_TAKEN_OVER,
    /** They are committed, nothing is sent. */
    AFTER_TAKEN_OVER,
    /** A lease is committed, nothing is sent. */
    AFTER_LEASE,
    /** The receiver has answered, the row does not say so. */
    AFTER_SENT
  }

  NotifyStep NONE = place -> {};

  void at(Place place);
}
