package io.tollgate.billing;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One partition of usage.rated on its way into the table, from assignment to revocation. Knows
 * neither Kafka nor ClickHouse: it takes records, says what to commit and what to insert, and is
 * told the outcome. Not thread-safe: the polling thread owns it.
 *
 * <p>Invariants: ranges follow each other without a gap; at most one insert is under way; nothing
 * is inserted whose range was not committed before; the range after it is committed only when it
 * has landed; a range found committed is repeated before anything else.
 */
final class PartitionLane {
  /**
   * What to commit as the group's offset: everything below it has landed, the metadata holds the
   * plan from there.
   */
  record Commit(long offset, String metadata) {}

  private final int generation;
  private final int partition;
  private final LandingLimits limits;
  private final RowEncoder encoder;
  private final boolean first;

  /** Where the last owner's landed and planned rows end. */
  private final long explained;

  private final Deque<Batch> closed = new ArrayDeque<>();
  private @Nullable PlannedRange repeated;
  private @Nullable Batch open;
  private @Nullable Insertion insertion;
  private boolean checked;
  private long next;
  private Commit committed;
  private long landedRows;

  private PartitionLane(
      int generation,
      int partition,
      LandingLimits limits,
      RowEncoder encoder,
      Commit committed,
      boolean first,
      @Nullable PlannedRange repeated) {
    this.generation = generation;
    this.partition = partition;
    this.limits = limits;
    this.encoder = encoder;
    this.committed = committed;
    this.first = first;
    this.repeated = repeated;
    this.explained = repeated == null ? committed.offset() : repeated.end();
    this.next = committed.offset();
  }

  /** A partition that this consumer group has never committed. */
  static PartitionLane first(
      int generation, int partition, long beginning, LandingLimits limits, RowEncoder encoder) {
    return new PartitionLane(
        generation, partition, limits, encoder, new Commit(beginning, ""), true, null);
  }

  /**
   * A partition taken over from the last owner, which may be this process.
   *
   * @throws LandingHalted if the metadata is no plan, or one of another generation
   */
  static PartitionLane resumed(
      int generation, int partition, Commit committed, LandingLimits limits, RowEncoder encoder) {
    PlannedRange plan =
        PlannedRange.parse(partition, committed.offset(), committed.metadata()).orElse(null);
    if (plan != null && plan.generation() != generation) {
      throw new LandingHalted(
          plan + " was planned for generation " + plan.generation() + ", not " + generation);
    }
    return new PartitionLane(generation, partition, limits, encoder, committed, false, plan);
  }

  /** Where to read from. */
  long start() {
    return committed.offset();
  }

  /**
   * Compares with what the table holds; until then nothing is planned. The highest offset there is
   * a check only: it is never the point to resume from.
   *
   * @param highest offset of a row of this partition in the table
   * @throws LandingHalted if the table holds rows that no committed plan explains
   */
  void check(OptionalLong highest) {
    if (!checked && highest.isPresent() && (first || highest.getAsLong() >= explained)) {
      throw new LandingHalted(
          "partition "
              + partition
              + ": the table holds rows up to offset "
              + highest.getAsLong()
              + ", but the consumer "
              + (first ? "group has no offset" : "group's offset and plan end at " + explained)
              + "; restore the group's offsets before landing goes on");
    }
    checked = true;
  }

  boolean isChecked() {
    return checked;
  }

  /** Takes the next record in order of offsets. */
  void accept(LogRecord row, Instant now) {
    PlannedRange plan = repeated;
    if (plan != null) {
      if (row.offset() < plan.end()) {
        add(row, now);
        return;
      }
      finishRepeat(plan, now);
    }
    Batch current = open;
    if (current != null
        && (current.month() != Batch.month(row.appendedAtMillis())
            || current.count() >= limits.batchRows())) {
      closeOpen();
    }
    add(row, now);
    if (bytesOfOpen() >= limits.batchBytes()) {
      closeOpen();
    }
  }

  /**
   * Tells how far the log has been read, transaction markers included, and that time has passed.
   *
   * @param position offset of the next record that would be read
   */
  void advance(long position, Instant now) {
    PlannedRange plan = repeated;
    if (plan != null) {
      if (position >= plan.end()) {
        finishRepeat(plan, now);
      }
      return;
    }
    Batch current = open;
    if (current == null) {
      next = Math.max(next, position);
    } else if (current.count() >= limits.batchRows()
        || !now.isBefore(current.openedAt().plus(limits.linger()))) {
      closeOpen();
    }
    if (insertion == null && !closed.isEmpty()) {
      Batch batch = closed.remove();
      insertion = new Insertion.Unplanned(batch, batch.close(generation), 0, now);
    }
  }

  private void add(LogRecord row, Instant now) {
    Batch batch = open;
    if (batch == null) {
      batch = new Batch(partition, next, Batch.month(row.appendedAtMillis()), now);
      open = batch;
    }
    batch.add(row, encoder);
    next = batch.end();
  }

  private void closeOpen() {
    if (open != null) {
      closed.add(open);
      open = null;
    }
  }

  private void finishRepeat(PlannedRange plan, Instant now) {
    Batch batch = open;
    if (batch == null) {
      throw new LandingHalted(
          plan
              + " was planned with "
              + plan.count()
              + " records, but the log holds none of them now");
    }
    PlannedRange read = batch.close(generation);
    if (!read.equals(plan)) {
      throw new LandingHalted(
          plan
              + " reads differently now: planned "
              + plan.metadata()
              + ", read "
              + read.metadata());
    }
    insertion = new Insertion.Unplanned(batch, plan, 0, now);
    open = null;
    repeated = null;
  }

  /** What to commit now; after it succeeded, {@link #committed} must be told. */
  Optional<Commit> wanted() {
    if (!checked) {
      return Optional.empty();
    }
    if (insertion instanceof Insertion.Unplanned unplanned) {
      return Optional.of(new Commit(unplanned.range().start(), unplanned.range().metadata()));
    }
    Commit done = new Commit(next, "");
    boolean idle = insertion == null && open == null && closed.isEmpty() && repeated == null;
    return idle && !done.equals(committed) ? Optional.of(done) : Optional.empty();
  }

  void committed(Commit commit, Instant now) {
    committed = commit;
    if (insertion instanceof Insertion.Unplanned unplanned) {
      insertion = unplanned.planned(now);
    }
  }

  /** What to send to ClickHouse now, if anything; counts as sent. */
  Optional<Insertion.Sent> due(Instant now) {
    if (insertion instanceof Insertion.Planned planned && !planned.dueAt().isAfter(now)) {
      Insertion.Sent sent = planned.sent();
      insertion = sent;
      return Optional.of(sent);
    }
    return Optional.empty();
  }

  void landed(Insertion.Sent sent) {
    if (insertion == sent) {
      insertion = null;
      landedRows += sent.batch().count();
    }
  }

  void failed(Insertion.Sent sent, Instant now) {
    if (insertion == sent) {
      insertion = sent.failed(now, limits);
    }
  }

  /** False while a full batch waits behind the one under way. */
  boolean wantsMore() {
    return closed.isEmpty();
  }

  /** Encoded rows held in memory. */
  long bufferedBytes() {
    long bytes = bytesOfOpen();
    for (Batch batch : closed) {
      bytes += batch.bytes();
    }
    return insertion == null ? bytes : bytes + insertion.batch().bytes();
  }

  private int bytesOfOpen() {
    return open == null ? 0 : open.bytes();
  }

  /** Everything below has landed. */
  long committedOffset() {
    return committed.offset();
  }

  /** Rows landed by this owner, repeated ones included. */
  long landedRows() {
    return landedRows;
  }

  int partition() {
    return partition;
  }
}
