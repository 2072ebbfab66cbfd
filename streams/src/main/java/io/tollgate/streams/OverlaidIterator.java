package io.tollgate.streams;

import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/** Entries in the order of their keys, some of them replaced, added or deleted by others. */
final class OverlaidIterator implements KeyValueIterator<Bytes, byte[]> {
  private final Iterator<Map.Entry<Bytes, byte[]>> over;
  private final Comparator<? super Bytes> order;
  private final byte[] deleted;
  private final KeyValueIterator<Bytes, byte[]> under;
  private Map.@Nullable Entry<Bytes, byte[]> nextOver;
  private @Nullable KeyValue<Bytes, byte[]> next;

  /**
   * @param over in the order of the entries below
   * @param deleted this very array in place of a value says that there is no entry
   */
  OverlaidIterator(
      NavigableMap<Bytes, byte[]> over, byte[] deleted, KeyValueIterator<Bytes, byte[]> under) {
    Comparator<? super Bytes> given = over.comparator();
    this.over = over.entrySet().iterator();
    this.order = given == null ? Comparator.naturalOrder() : given;
    this.deleted = deleted;
    this.under = under;
    takeOver();
    look();
  }

  private void takeOver() {
    nextOver = over.hasNext() ? over.next() : null;
  }

  private void look() {
    next = null;
    while (next == null && (nextOver != null || under.hasNext())) {
      Map.Entry<Bytes, byte[]> above = nextOver;
      int compared =
          above == null
              ? 1
              : under.hasNext() ? order.compare(above.getKey(), under.peekNextKey()) : -1;
      if (above == null || compared > 0) {
        next = under.next();
      } else {
        if (compared == 0) {
          under.next();
        }
        if (above.getValue() != deleted) {
          next = KeyValue.pair(above.getKey(), above.getValue());
        }
        takeOver();
      }
    }
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public KeyValue<Bytes, byte[]> next() {
    KeyValue<Bytes, byte[]> one = next;
    if (one == null) {
      throw new NoSuchElementException();
    }
    look();
    return one;
  }

  @Override
  public Bytes peekNextKey() {
    KeyValue<Bytes, byte[]> one = next;
    if (one == null) {
      throw new NoSuchElementException();
    }
    return one.key;
  }

  @Override
  public void close() {
    under.close();
  }
}
