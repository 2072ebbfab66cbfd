package io.tollgate.governance.store;

/**
 * Told where the relay is in a batch, on its thread. A test uses it to die at the two places where
 * dying could lose or double a record.
 */
@FunctionalInterface
public interface RelayStep {
  /** Where a batch can be cut off. */
  public enum Place {
    /** Rows are read, nothing is sent. */
    BEFORE_PUBLISH,
    /** Kafka has the records, the rows do not say so. */
    BETWEEN_PUBLISH_AND_MARK
  }

  public RelayStep NONE = place -> {};

  public void at(Place place);
}
