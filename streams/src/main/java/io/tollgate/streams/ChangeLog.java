package io.tollgate.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Which rows of a table have changed, in order of their newest change, so that a reader that was
 * away need not look at all of them. Written by the global thread, read by any; holds one entry per
 * id there ever was.
 */
final class ChangeLog {
  private final ConcurrentNavigableMap<Long, String> byNumber = new ConcurrentSkipListMap<>();
  private final Map<String, Long> newestOf = new ConcurrentHashMap<>();

  /** Written by the global thread only. */
  private volatile long last;

  /** A change of one row. */
  record Change(long number, String id) {}

  void add(String id) {
    long number = last + 1;
    byNumber.put(number, id);
    Long before = newestOf.put(id, number);
    if (before != null) {
      byNumber.remove(before);
    }
    last = number;
  }

  /**
   * The next changes after one, the oldest first.
   *
   * @param number of the last change that the reader has seen; 0 for none
   */
  List<Change> after(long number, int most) {
    if (number >= last) {
      return List.of();
    }
    List<Change> changes = new ArrayList<>();
    for (Map.Entry<Long, String> change : byNumber.tailMap(number, false).entrySet()) {
      if (changes.size() == most) {
        break;
      }
      changes.add(new Change(change.getKey(), change.getValue()));
    }
    return changes;
  }
}
