package io.tollgate.schemas;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The units of an event as they were read: two or three entries in the order of the wire, which are
 * gone through once or twice and hardly ever looked up. A hash table per event would be more memory
 * than all else that is read of it. Immutable.
 */
final class FewUnits extends AbstractMap<String, Long> {
  private final String[] meters;
  private final long[] counts;

  /** The arrays become its own; no meter may be there twice. */
  FewUnits(String[] meters, long[] counts) {
    if (meters.length != counts.length) {
      throw new IllegalArgumentException(
          "%d meters with %d counts".formatted(meters.length, counts.length));
    }
    this.meters = meters;
    this.counts = counts;
  }

  @Override
  public int size() {
    return meters.length;
  }

  @Override
  public @Nullable Long get(@Nullable Object key) {
    int at = indexOf(key);
    return at < 0 ? null : Long.valueOf(counts[at]);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return indexOf(key) >= 0;
  }

  private int indexOf(@Nullable Object key) {
    for (int i = 0; i < meters.length; i++) {
      if (meters[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public Set<Map.Entry<String, Long>> entrySet() {
    return new Entries();
  }

  private final class Entries extends AbstractSet<Map.Entry<String, Long>> {
    @Override
    public int size() {
      return meters.length;
    }

    @Override
    public Iterator<Map.Entry<String, Long>> iterator() {
      return new InOrder();
    }
  }

  private final class InOrder implements Iterator<Map.Entry<String, Long>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < meters.length;
    }

    @Override
    public Map.Entry<String, Long> next() {
      if (next >= meters.length) {
        throw new NoSuchElementException();
      }
      int at = next++;
      return Map.entry(meters[at], counts[at]);
    }
  }
}
