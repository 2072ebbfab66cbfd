package io.tollgate.streams;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When each key is to be looked at again; at most one moment per key. Not thread-safe.
 *
 * @param <K> what is looked at
 */
final class WakeUps<K> {
  private final NavigableMap<Instant, SequencedSet<K>> byMoment = new TreeMap<>();
  private final Map<K, Instant> moments = new HashMap<>();

  /** Sets a key's moment in place of the one before; null for none. */
  void set(K key, @Nullable Instant at) {
    Instant before = at == null ? moments.remove(key) : moments.put(key, at);
    if (before != null && before.equals(at)) {
      return;
    }
    if (before != null) {
      SequencedSet<K> same = byMoment.get(before);
      if (same != null) {
        same.remove(key);
        if (same.isEmpty()) {
          byMoment.remove(before);
        }
      }
    }
    if (at != null) {
      byMoment.computeIfAbsent(at, moment -> new LinkedHashSet<>()).add(key);
    }
  }

  /**
   * Takes out the keys whose moment has come, the earliest first.
   *
   * @param most of them; the others come next time
   */
  List<K> due(Instant now, int most) {
    List<K> due = new ArrayList<>();
    while (due.size() < most && !byMoment.isEmpty() && !byMoment.firstKey().isAfter(now)) {
      Iterator<K> keys = byMoment.firstEntry().getValue().iterator();
      while (keys.hasNext() && due.size() < most) {
        K key = keys.next();
        keys.remove();
        moments.remove(key);
        due.add(key);
      }
      if (!keys.hasNext()) {
        byMoment.pollFirstEntry();
      }
    }
    return due;
  }

  int size() {
    return moments.size();
  }
}
