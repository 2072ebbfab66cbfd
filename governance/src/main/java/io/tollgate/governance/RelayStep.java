package io.tollgate.governance;

/**
 * Told where the relay is in a batch, on its thread. A test uses it to die at the two places where
 * dying could lose or double a record.
 */
@FunctionalInterface
interface RelayStep {
  /** Where a batch can be cut off. */
  enum Place {
    /** Rows are read, nothing is sent. */
    BEFORE_PUBLISH,
    /** Kafka has the records, the rows do not say so. */
    BETWEEN_PUBLISH_AND_MARK
  }

  RelayStep NONE = place -> {};

  void at(Place place);
}
