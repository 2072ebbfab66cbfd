package io.tollgate.streams;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a record of usage.events has changed.
 *
 * @param from its outcome before; null for a record that was just read
 * @param to its outcome now
 * @param reversed whether a record of kind REVERSAL was written for it
 */
record OutcomeChange(@Nullable Outcome from, Outcome to, boolean reversed) {

  /**
   * What can have become of a record; every record below a committed offset has exactly one of
   * these.
   */
  enum Outcome {
    RATED,
    DUPLICATE,
    REJECTED,
    /** Rejected because of another body; counted under both. */
    CONFLICT,
    UNRATED,
    WAITING,
    REROUTED,
    /** A void that took effect. An amendment that did is rated or unrated. */
    VOID,
    /** Was unrated when a correction took it back: it is never priced. */
    WITHDRAWN,
    /** Was unrated when an audited decision ended the wait for its price. */
    WRITTEN_OFF
  }

  /** Prepared, because one is needed per event. */
  private static final OutcomeChange[] FIRST = new OutcomeChange[Outcome.values().length];

  static {
    for (Outcome outcome : Outcome.values()) {
      FIRST[outcome.ordinal()] = new OutcomeChange(null, outcome, false);
    }
  }

  /** The change of a record from an earlier outcome, or null where it was just read. */
  static OutcomeChange of(@Nullable Outcome from, Outcome to) {
    return from == null ? FIRST[to.ordinal()] : new OutcomeChange(from, to, false);
  }

  OutcomeChange withReversal(boolean written) {
    return written == reversed ? this : new OutcomeChange(from, to, written);
  }
}
