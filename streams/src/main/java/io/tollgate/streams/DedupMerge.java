package io.tollgate.streams;

import java.io.IOException;
import java.util.List;

/**
 * Makes one segment of several of the same day, a little at a time: who puts pays for merging with
 * a few steps per put, so that throughput is even and nothing runs beside. Of a fingerprint that is
 * in several of them the newest entry is kept.
 */
final class DedupMerge {
  private final List<DedupSegment> inputs;
  private final DedupSegmentWriter writer;
  private final long[] positions;
  private final long[] heads;
  private long left;

  /** Of segments from the oldest to the newest. */
  DedupMerge(List<DedupSegment> inputs, DedupSegmentWriter writer) {
    this.inputs = List.copyOf(inputs);
    this.writer = writer;
    this.positions = new long[inputs.size()];
    this.heads = new long[inputs.size()];
    for (int input = 0; input < heads.length; input++) {
      left += this.inputs.get(input).count();
      load(input);
    }
  }

  List<DedupSegment> inputs() {
    return inputs;
  }

  DedupSegmentWriter writer() {
    return writer;
  }

  int day() {
    return inputs.getFirst().day();
  }

  /**
   * Takes at most this many entries on.
   *
   * @return how many of the steps are left: more than none only once all is merged
   */
  long step(long most) throws IOException {
    long steps = most;
    while (left > 0 && steps > 0) {
      int least = -1;
      for (int input = 0; input < heads.length; input++) {
        if (positions[input] < inputs.get(input).count()
            && (least < 0 || isNotAfter(input, least))) {
          least = input;
        }
      }
      steps -= take(least);
    }
    return steps;
  }

  /** A later segment is preferred among equals. */
  private boolean isNotAfter(int input, int other) {
    int order = Long.compareUnsigned(heads[input], heads[other]);
    return order < 0 || (order == 0 && Long.compareUnsigned(low(input), low(other)) <= 0);
  }

  private long low(int input) {
    return inputs.get(input).low(positions[input]);
  }

  /** Writes the head of one input and skips those that it replaces. */
  private int take(int newest) throws IOException {
    DedupSegment segment = inputs.get(newest);
    long high = heads[newest];
    long at = positions[newest];
    if (at % DedupSegment.BLOCK == 0) {
      segment.checkHighs(at);
      segment.checkRows(at);
    }
    segment.copyRow(at, writer.rows(), writer.next(high));
    int taken = 0;
    for (int input = 0; input < heads.length; input++) {
      if (input != newest
          && positions[input] < inputs.get(input).count()
          && heads[input] == high
          && low(input) == segment.low(at)) {
        advance(input);
        taken++;
      }
    }
    advance(newest);
    return taken + 1;
  }

  private void advance(int input) {
    positions[input]++;
    left--;
    load(input);
  }

  private void load(int input) {
    if (positions[input] < inputs.get(input).count()) {
      heads[input] = inputs.get(input).high(positions[input]);
    }
  }
}
