package io.tollgate.streams;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a record of usage.events has changed.
 *
 * @param from its outcome before; null for a record that was just read
 * @param to its outcome now
 */
record OutcomeChange(@Nullable Outcome from, Outcome to) {

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
    REROUTED
  }

  /** Prepared, because one is needed per event. */
  private static final OutcomeChange[] FIRST = new OutcomeChange[Outcome.values().length];

  static {
    for (Outcome outcome : Outcome.values()) {
      FIRST[outcome.ordinal()] = new OutcomeChange(null, outcome);
    }
  }

  /** The change of a record from an earlier outcome, or null where it was just read. */
  static OutcomeChange of(@Nullable Outcome from, Outcome to) {
    return from == null ? FIRST[to.ordinal()] : new OutcomeChange(from, to);
  }
}
