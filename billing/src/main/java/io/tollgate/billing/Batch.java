package io.tollgate.billing;

import java.time.Instant;
import java.time.LocalDate;

/**
 * Consecutive records of one partition and one month of append time, encoded, on their way into the
 * table.
 */
final class Batch {
  private static final long DAY_MILLIS = 86_400_000L;

  private final int partition;
  private final long start;
  private final int month;
  private final Instant openedAt;
  private final RowBinary rows = new RowBinary();
  private final RangeDigest digest = new RangeDigest();
  private long end;
  private long lastRatedAtMillis;
  private int count;

  /**
   * @param start offset at which the range begins: the end of the range before it
   * @param month of every row, see {@link #month(long)}
   */
  Batch(int partition, long start, int month, Instant openedAt) {
    this.partition = partition;
    this.start = start;
    this.end = start;
    this.month = month;
    this.openedAt = openedAt;
  }

  /** The table's partition for an append time: year × 100 + month, in UTC. */
  static int month(long appendedAtMillis) {
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(appendedAtMillis, DAY_MILLIS));
    return day.getYear() * 100 + day.getMonthValue();
  }

  void add(LogRecord row, RowEncoder encoder) {
    encoder.append(row, rows);
    digest.add(row);
    end = row.offset() + 1;
    lastRatedAtMillis = Math.max(lastRatedAtMillis, row.appendedAtMillis());
    count++;
  }

  /** The range to plan; ends the batch. */
  PlannedRange close(int generation) {
    return new PlannedRange(generation, partition, start, end, count, digest.hex());
  }

  long end() {
    return end;
  }

  int month() {
    return month;
  }

  int count() {
    return count;
  }

  int bytes() {
    return rows.size();
  }

  RowBinary rows() {
    return rows;
  }

  Instant openedAt() {
    return openedAt;
  }

  Instant lastRatedAt() {
    return Instant.ofEpochMilli(lastRatedAtMillis);
  }
}
