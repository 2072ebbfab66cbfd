package io.tollgate.billing;

/** Turns a record of a landed topic into a row of its table. */
@FunctionalInterface
interface RowEncoder {
  /**
   * Appends the row.
   *
   * @throws LandingHalted if the record is not what the topic holds, or has a value that the table
   *     cannot
   */
  void append(LogRecord row, RowBinary rows);
}
