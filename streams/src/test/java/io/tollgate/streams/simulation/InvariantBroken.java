package io.tollgate.streams.simulation;

/** The auditor found the line to be wrong. */
final class InvariantBroken extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String invariant;

  InvariantBroken(String invariant, String what) {
    super(invariant + ": " + what);
    this.invariant = invariant;
  }

  String invariant() {
    return invariant;
  }

  /** Checks an invariant. */
  static void unless(boolean holds, String invariant, String what, Object... values) {
    if (!holds) {
      throw new InvariantBroken(invariant, what.formatted(values));
    }
  }
}
