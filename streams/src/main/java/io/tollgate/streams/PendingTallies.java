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
 * put in the order of its cells' keys and added to them, over as many commits as that takes. How
 * far that has come is logged in the same transaction as the cells. A restart reads the log: what
 * is pending then is what was pending at the last commit. See docs/adr/0018-pending-tallies.md.
 */
final class PendingTallies {
  /** Values of the log; many small commits make many of them. */
  private static final int MOST_VALUES = 4_096;

  /**
   * Sums of the older layer that are put in order per commit, for each that is added to cells per
   * commit afterwards: so ordering all takes a quarter of the commits that adding all does.
   */
  private static final int ORDERED_PER_FOLDED = 4;

  private final KeyValueStore<Bytes, byte[]> log;
  private final BudgetBounds bounds;
  private PendingLayer newer = new PendingLayer();
  private PendingLayer older = new PendingLayer();

  /** What is still to be added to cells of the older layer. */
  private SumsInOrder olderInOrder = SumsInOrder.none();

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
    olderInOrder = older.inOrder();
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
    // Half as many again as the newer layer grew by, and ordered are four times as many: so the
    // older one is through when the newer has grown by five sixths of it.
    int most = Math.max(bounds.foldedPerCommit(), (newer.size() - sumsAtCommit) * 3 / 2);
    if (older.isEmpty()
        && (newer.size() >= bounds.foldedFrom() || newerLogged.size() >= MOST_VALUES)) {
      PendingLayer empty = older;
      older = newer;
      olderInOrder = older.inOrder();
      olderLast = null;
      olderLogged = newerLogged;
      olderBefore = sequence;
      newer = empty;
      newerLogged = new ArrayList<>();
    }
    sumsAtCommit = newer.size();
    if (!older.isEmpty() && olderInOrder.order(ORDERED_PER_FOLDED * most)) {
      fold(most, cells);
    }
  }

  private void fold(int most, Cells cells) {
    int left = most;
    while (left > 0 && olderInOrder.hasNext()) {
      left -= foldNext(cells);
    }
    if (olderInOrder.hasNext()) {
      Bytes last = Bytes.wrap(Objects.requireNonNull(olderLast, "nothing was folded"));
      log.put(TallyLog.FOLDED, new TallyLog.Folded(olderBefore, last).toBytes());
    } else {
      olderLogged.forEach(log::delete);
      olderLogged.clear();
      log.delete(TallyLog.FOLDED);
      older.clear();
      olderInOrder = SumsInOrder.none();
      olderLast = null;
    }
  }

  /** Adds all sums of the next cell to it; how many they were. */
  private int foldNext(Cells cells) {
    SumBytes first = olderInOrder.next();
    Tally sum = first.tally();
    int sums = 1;
    while (olderInOrder.nextIsLike(first)) {
      sum = sum.plus(olderInOrder.next().tally());
      sums++;
    }
    Bytes key = first.key();
    cells.add(TallyKey.cell(key), key, sum);
    olderLast = key.get();
    return sums;
  }
}
