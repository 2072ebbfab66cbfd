package io.tollgate.billing;

import java.util.List;
import java.util.Optional;

/**
 * How this process's landing fares.
 *
 * @param lastError what went wrong last, also after it went well again
 * @param partitions those this process owns, ascending
 */
public record LandingStatus(State state, Optional<String> lastError, List<Partition> partitions) {
  public LandingStatus {
    partitions = List.copyOf(partitions);
  }

  /** From starting to the end. */
  public enum State {
    RUNNING,
    /** ClickHouse or Kafka is away; tries again by itself, and the log is the buffer. */
    RETRYING,
    /** Met what repeating cannot mend: an operator has to look. */
    HALTED,
    CLOSED
  }

  /**
   * @param landedOffset every committed record below it has landed
   * @param endOffset where the committed part of the log ends
   * @param landedRows by this process since it owns the partition, repeated ranges included
   */
  public record Partition(int partition, long landedOffset, long endOffset, long landedRows) {
    /** Offsets still to land, transaction markers included. */
    public long lag() {
      return Math.max(0, endOffset - landedOffset);
    }
  }
}
