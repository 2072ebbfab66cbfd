package io.tollgate.billing;

/** Turns a record of usage.rated into a row of the table. */
@FunctionalInterface
interface RowEncoder {
  /**
   * Appends the row.
   *
   * @throws LandingHalted if the record is not a rated usage, or holds a value that the table
   *     cannot
   */
  void append(RatedRecord row, RowBinary rows);
}
