package io.tollgate.streams;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * What a task has summed up and not yet added to the cells in its store. With each commit the sums
 * since the last one are logged, a few large values however many cells they are of; the cells
 * themselves are written later, each once for all that came meanwhile, a bounded number per commit.
 * So judging does not wait for cells that nobody judges, and a cell costs the store the same
 * whether one event fell into it or a thousand.
 *
 * <p>There are two layers. The newer one grows; once it is large it becomes the older one, which is
 * added to the cells in order of their keys, over as many commits as that takes. How far that has
 * come is logged in the same transaction as the cells. A restart reads the log: what is pending
 * then is what was pending at the last commit. See docs/adr/0018-pending-tallies.md.
 */
final class PendingTallies {
  /** Values of the log; many small commits make many of them. */
  private static final int MOST_VALUES = 4_096;

  /** Cells written for each sum that was added since the last commit: so it keeps up. */
  private static final double CELLS_PER_SUM = 1.5;

  private final KeyValueStore<Bytes, byte[]> log;
  private final BudgetBounds bounds;
  private final TallyLog unlogged = new TallyLog();
  private NavigableMap<Bytes, Tally> newer = new TreeMap<>();
  private NavigableMap<Bytes, Tally> older = new TreeMap<>();
  private List<Bytes> newerLogged = new ArrayList<>();
  private List<Bytes> olderLogged = new ArrayList<>();
  private long sequence;

  /** What is logged of the older layer has lower numbers, of the newer one this or higher ones. */
  private long olderBefore;

  private int addedSinceCommit;

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
  }

  private void load(Bytes key, byte[] value, TallyLog.@Nullable Folded folded) {
    long number = TallyLog.sequence(key);
    sequence = Math.max(sequence, number + 1);
    boolean isOlder = folded != null && number < folded.before();
    (isOlder ? olderLogged : newerLogged).add(key);
    NavigableMap<Bytes, Tally> layer = isOlder ? older : newer;
    TallyLog.forEach(
        value,
        (cell, tally) -> {
          if (folded == null || !folded.covers(number, cell)) {
            layer.merge(cell, tally, Tally::plus);
          }
        });
  }

  /**
   * @param bucket of the cell's scope
   * @param cell its key in the store of cells
   */
  void add(int bucket, Bytes cell, Tally tally) {
    unlogged.add(bucket, cell, tally);
    newer.merge(cell, tally, Tally::plus);
    addedSinceCommit++;
  }

  /** Whether a commit is wanted before more is added. */
  boolean isFull() {
    return addedSinceCommit >= bounds.foldedFrom();
  }

  /**
   * Hands over what is pending in a range of cells, in any order; of one cell in up to two sums.
   */
  void forEach(TallyKey.Range range, BiConsumer<Bytes, Tally> each) {
    for (NavigableMap<Bytes, Tally> layer : List.of(older, newer)) {
      layer
          .subMap(range.from(), true, range.to(), true)
          .forEach(
              (cell, tally) -> {
                if (range.holds().test(cell)) {
                  each.accept(cell, tally);
                }
              });
    }
  }

  /** Whether something is pending in a range of cells. */
  boolean holds(TallyKey.Range range) {
    boolean[] found = {false};
    forEach(range, (cell, tally) -> found[0] = true);
    return found[0];
  }

  /**
   * Logs what was added since the last commit, and adds some of what was logged before to the
   * cells.
   *
   * @param cells adds to a cell in the store
   */
  void commit(BiConsumer<Bytes, Tally> cells) {
    unlogged.drain(
        (bucket, value) -> {
          Bytes key = TallyLog.key(bucket, sequence++);
          log.put(key, value);
          newerLogged.add(key);
        });
    int most = Math.max(bounds.foldedPerCommit(), (int) (addedSinceCommit * CELLS_PER_SUM));
    addedSinceCommit = 0;
    if (older.isEmpty()
        && (newer.size() >= bounds.foldedFrom() || newerLogged.size() >= MOST_VALUES)) {
      older = newer;
      olderLogged = newerLogged;
      olderBefore = sequence;
      newer = new TreeMap<>();
      newerLogged = new ArrayList<>();
    }
    if (!older.isEmpty()) {
      fold(most, cells);
    }
  }

  private void fold(int most, BiConsumer<Bytes, Tally> cells) {
    Bytes last = older.firstKey();
    Iterator<Map.Entry<Bytes, Tally>> next = older.entrySet().iterator();
    for (int i = 0; i < most && next.hasNext(); i++) {
      Map.Entry<Bytes, Tally> cell = next.next();
      last = cell.getKey();
      cells.accept(last, cell.getValue());
      next.remove();
    }
    if (older.isEmpty()) {
      olderLogged.forEach(log::delete);
      olderLogged.clear();
      log.delete(TallyLog.FOLDED);
    } else {
      log.put(TallyLog.FOLDED, new TallyLog.Folded(olderBefore, last).toBytes());
    }
  }
}
