package io.tollgate.streams;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/** Sums by cell, in memory, and by the scope that they are found by. Not thread-safe. */
final class PendingLayer {
  private final Map<Cell, Sum> sums = new HashMap<>();
  private final Map<Scope, List<Sum>> byScope = new HashMap<>();

  /** The sum of a cell, with the cell's key, which is dear to make. */
  static final class Sum {
    private final Cell cell;
    private final Bytes key;
    private Tally sum;
    private @Nullable Tally unlogged;
    private boolean written;

    private Sum(Cell cell, Tally sum) {
      this.cell = cell;
      this.key = cell.key();
      this.sum = sum;
    }

    Cell cell() {
      return cell;
    }

    Bytes key() {
      return key;
    }

    Tally sum() {
      return sum;
    }

    /** It is in the store now, and in no answer from here. */
    void written() {
      written = true;
    }

    /** What was added since this was asked last. */
    Tally takeUnlogged() {
      Tally taken = Objects.requireNonNull(unlogged, "nothing was added");
      unlogged = null;
      return taken;
    }
  }

  int size() {
    return sums.size();
  }

  boolean isEmpty() {
    return sums.isEmpty();
  }

  /** Adds what has been logged. */
  void add(Cell cell, Tally added) {
    Sum known = sums.get(cell);
    if (known == null) {
      enter(cell, added);
    } else {
      known.sum = known.sum.plus(added);
    }
  }

  /**
   * Adds what is to be logged.
   *
   * @param begun takes the sum if there was nothing of it to be logged before
   */
  void add(Cell cell, Tally added, Collection<Sum> begun) {
    Sum sum = sums.get(cell);
    if (sum == null) {
      sum = enter(cell, added);
    } else {
      sum.sum = sum.sum.plus(added);
    }
    if (sum.unlogged == null) {
      sum.unlogged = added;
      begun.add(sum);
    } else {
      sum.unlogged = sum.unlogged.plus(added);
    }
  }

  private Sum enter(Cell cell, Tally first) {
    Sum sum = new Sum(cell, first);
    sums.put(cell, sum);
    byScope.computeIfAbsent(cell.scope(), s -> new ArrayList<>(1)).add(sum);
    return sum;
  }

  /** Hands over what counts for a scope from a quarter-hour to another, both included. */
  void forEach(Scope scope, int first, int last, ObjIntConsumer<Tally> each) {
    for (Sum sum : byScope.getOrDefault(Cell.index(scope), List.of())) {
      int quarterHour = sum.cell.quarterHour();
      if (!sum.written
          && quarterHour >= first
          && quarterHour <= last
          && sum.cell.countsFor(scope)) {
        each.accept(sum.sum, quarterHour);
      }
    }
  }

  /** All of them in the order of their cells' keys. */
  List<Sum> sorted() {
    List<Sum> all = new ArrayList<>(sums.values());
    all.sort(Comparator.comparing(Sum::key));
    return all;
  }
}
