package io.tollgate.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * What a task has summed up and not yet added to the cells in its stores. With each commit the sums
 * since the last one are logged, a few large values however many cells they are of; the cells
 * themselves are written later, each once for all that came meanwhile, a bounded number of sums per
 * commit. So judging does not wait for cells that nobody judges, and a cell costs the store the
 * same whether one event fell into it or a thousand.
 *
 * <p>There are two layers. The newer one grows; once it is large it becomes the older one, which is
 * added to the cells in order of their keys, over as many commits as that takes. How far that has
 * come is logged in the same transaction as the cells. A restart reads the log: what is pending
 * then is what was pending at the last commit. See docs/adr/0018-pending-tallies.md.
 */
final class PendingTallies {
  /** Values of the log; many small commits make many of them. */
  private static final int MOST_VALUES = 4_096;

  private final KeyValueStore<Bytes, byte[]> log;
  private final BudgetBounds bounds;
  private PendingLayer newer = new PendingLayer();
  private PendingLayer older = new PendingLayer();

  /** The older layer; what is still to be added to cells begins at the next. */
  private List<SumBytes> olderInOrder = List.of();

  private int olderNext;

  /** The cell of the older layer that was written last. */
  private byte @Nullable [] olderLast;

  private List<Bytes> newerLogged = new ArrayList<>();
  private List<Bytes> olderLogged = new ArrayList<>();
  private long sequence;

  /** What is logged of the older layer has lower numbers, of the newer one this or higher ones. */
  private long olderBefore;

  /** Sums of the newer layer at the last commit. */
  private int sumsAtCommit;

  /** Takes what is to be added to a cell in the store. */
  interface Cells {
    void add(Cell cell, Bytes key, Tally tally);
  }

  /**
   * As of the last commit of the task.
   *
   * @param log without a cache: it is written right before commits
   */
  PendingTallies(KeyValueStore<Bytes, byte[]> log, BudgetBounds bounds) {
    this.log = log;
    this.bounds = bounds;
    byte[] bytes = log.get(TallyLog.FOLDED);
    TallyLog.Folded folded = bytes == null ? null : TallyLog.Folded.fromBytes(bytes);
    olderBefore = folded == null ? 0 : folded.before();
    try (KeyValueIterator<Bytes, byte[]> all = log.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> value = all.next();
        if (!value.key.equals(TallyLog.FOLDED)) {
          load(value.key, value.value, folded);
        }
      }
    }
    olderInOrder = older.sorted();
    sumsAtCommit = newer.size();
  }

  private void load(Bytes key, byte[] value, TallyLog.@Nullable Folded folded) {
    long number = TallyLog.sequence(key);
    sequence = Math.max(sequence, number + 1);
    boolean isOlder = folded != null && number < folded.before();
    (isOlder ? olderLogged : newerLogged).add(key);
    PendingLayer layer = isOlder ? older : newer;
    TallyLog.forEach(
        value,
        sum -> {
          if (folded == null || !folded.covers(number, sum)) {
            layer.addLogged(sum);
          }
        });
  }

  void add(Cell cell, Tally tally) {
    newer.add(cell, tally);
  }

  /** Whether a commit is wanted before more is added. */
  boolean isFull() {
    return newer.size() - sumsAtCommit >= bounds.foldedFrom();
  }

  /**
   * Hands over what is pending of a scope from a quarter-hour to another, both included, in any
   * order; of one cell in as many sums as were added.
   */
  void forEach(Scope scope, int first, int last, ObjIntConsumer<Tally> each) {
    older.forEach(scope, first, last, olderLast, each);
    newer.forEach(scope, first, last, null, each);
  }

  /**
   * Logs what was added since the last commit, and adds some of what was logged before to the
   * cells.
   */
  void commit(Cells cells) {
    newer.log(
        (bucket, value) -> {
          Bytes key = TallyLog.key(bucket, sequence++);
          log.put(key, value);
          newerLogged.add(key);
        });
    // Half as many again as the newer layer grew by: so the older one is through before that is
    // full.
    int most = Math.max(bounds.foldedPerCommit(), (newer.size() - sumsAtCommit) * 3 / 2);
    if (older.isEmpty()
        && (newer.size() >= bounds.foldedFrom() || newerLogged.size() >= MOST_VALUES)) {
      PendingLayer empty = older;
      older = newer;
      olderInOrder = older.sorted();
      olderNext = 0;
      olderLast = null;
      olderLogged = newerLogged;
      olderBefore = sequence;
      newer = empty;
      newerLogged = new ArrayList<>();
    }
    sumsAtCommit = newer.size();
    if (!older.isEmpty()) {
      fold(most, cells);
    }
  }

  private void fold(int most, Cells cells) {
    int to = Math.min(olderInOrder.size(), olderNext + most);
    while (olderNext < to) {
      foldNext(cells);
    }
    if (olderNext == olderInOrder.size()) {
      olderLogged.forEach(log::delete);
      olderLogged.clear();
      log.delete(TallyLog.FOLDED);
      older.clear();
      olderInOrder = List.of();
      olderNext = 0;
      olderLast = null;
    } else {
      Bytes last = Bytes.wrap(Objects.requireNonNull(olderLast, "nothing was folded"));
      log.put(TallyLog.FOLDED, new TallyLog.Folded(olderBefore, last).toBytes());
    }
  }

  /** Adds all sums of the next cell to it. */
  private void foldNext(Cells cells) {
    SumBytes first = olderInOrder.get(olderNext++);
    Tally sum = first.tally();
    while (olderNext < olderInOrder.size() && olderInOrder.get(olderNext).compareTo(first) == 0) {
      sum = sum.plus(olderInOrder.get(olderNext++).tally());
    }
    Bytes key = first.key();
    cells.add(TallyKey.cell(key), key, sum);
    olderLast = key.get();
  }
}
