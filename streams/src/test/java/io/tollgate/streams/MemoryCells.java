package io.tollgate.streams;

import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/** Cells that survive what is simulated. */
final class MemoryCells implements CommittedCells {
  private static final byte[] NONE = {};

  private final NavigableMap<Bytes, byte[]> cells = new TreeMap<>();
  private long offset = Changelog.NO_OFFSET;

  @Override
  public byte @Nullable [] get(byte[] key) {
    return cells.get(Bytes.wrap(key));
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> range(
      @Nullable Bytes from, @Nullable Bytes to, boolean forward) {
    NavigableMap<Bytes, byte[]> found = from == null ? cells : cells.tailMap(from, true);
    if (to != null) {
      found = from != null && from.compareTo(to) > 0 ? new TreeMap<>() : found.headMap(to, true);
    }
    // A copy, as a reader of RocksDB goes on with what there was.
    found = new TreeMap<>(found);
    return new OverlaidIterator(forward ? found : found.descendingMap(), NONE, new Nothing());
  }

  @Override
  public void write(Consumer<Changes> changes) {
    changes.accept(
        (key, value) -> {
          if (value == null) {
            cells.remove(Bytes.wrap(key));
          } else {
            cells.put(Bytes.wrap(key), value);
          }
        });
  }

  @Override
  public void write(Consumer<Changes> changes, long newOffset) {
    write(changes);
    if (newOffset != Changelog.NO_OFFSET) {
      offset = newOffset;
    }
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public void forget() {
    cells.clear();
    offset = Changelog.NO_OFFSET;
  }

  /** What is closed can be opened again. */
  @Override
  public void close() {}

  private static final class Nothing implements KeyValueIterator<Bytes, byte[]> {
    @Override
    public boolean hasNext() {
      return false;
    }

    @Override
    public KeyValue<Bytes, byte[]> next() {
      throw new NoSuchElementException();
    }

    @Override
    public Bytes peekNextKey() {
      throw new NoSuchElementException();
    }

    @Override
    public void close() {}
  }
}
