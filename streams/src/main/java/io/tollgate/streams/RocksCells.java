package io.tollgate.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The cells of one store in the {@link RocksFile} of its task. The offset is a cell like the
 * others, so that a batch is in force with its offset or not at all. Thread-safe.
 */
final class RocksCells implements CommittedCells {
  /** The first bit tells cells from what is noted about them. */
  private static final int CELLS = 0x8000_0000;

  private final RocksFile file;
  private final Runnable leave;

  /** What the keys of this store begin with. */
  private final byte[] first;

  /** No key is this or begins like this; those of this store come before. */
  private final byte[] end;

  /** Where the offset lies. */
  private final byte[] position;

  private final Set<Cursor> cursors = ConcurrentHashMap.newKeySet();
  private boolean open = true;

  private RocksCells(RocksFile file, String store, Runnable leave) {
    this.file = file;
    this.leave = leave;
    int prefix = prefix(store);
    this.first = ByteBuffer.allocate(Integer.BYTES).putInt(prefix).array();
    this.end = ByteBuffer.allocate(Integer.BYTES).putInt(prefix + 1).array();
    byte[] name = store.getBytes(StandardCharsets.UTF_8);
    this.position = ByteBuffer.allocate(1 + name.length).put((byte) 0).put(name).array();
  }

  /** Short, since it is in each key, and even: what follows it is nobody's. */
  static int prefix(String store) {
    return (store.hashCode() & ~1) | CELLS;
  }

  /**
   * What a store has in a file; nothing if it does not say up to where that goes.
   *
   * @param leave what ends the store's use of the file
   */
  static RocksCells open(RocksFile file, String store, Runnable leave) {
    RocksCells cells = new RocksCells(file, store, leave);
    if (cells.offset() == Changelog.NO_OFFSET && !cells.isEmpty()) {
      cells.forget();
    }
    return cells;
  }

  private boolean isEmpty() {
    try (KeyValueIterator<Bytes, byte[]> all = range(null, null, true)) {
      return !all.hasNext();
    }
  }

  @Override
  public synchronized long offset() {
    assertOpen();
    byte[] offset = file.get(position);
    return offset == null ? Changelog.NO_OFFSET : ByteBuffer.wrap(offset).getLong();
  }

  @Override
  public synchronized byte @Nullable [] get(byte[] key) {
    assertOpen();
    return file.get(inside(key));
  }

  @Override
  public synchronized KeyValueIterator<Bytes, byte[]> range(
      @Nullable Bytes from, @Nullable Bytes to, boolean forward) {
    assertOpen();
    return new Cursor(
        file.iterator(),
        from == null ? first : inside(from.get()),
        to == null ? end : inside(to.get()),
        forward);
  }

  private byte[] inside(byte[] key) {
    byte[] inside = Arrays.copyOf(first, first.length + key.length);
    System.arraycopy(key, 0, inside, first.length, key.length);
    return inside;
  }

  @Override
  public void write(Consumer<Changes> changes) {
    write(changes, Changelog.NO_OFFSET);
  }

  @Override
  public synchronized void write(Consumer<Changes> changes, long offset) {
    assertOpen();
    file.write(
        batch -> {
          changes.accept((key, value) -> batch.put(inside(key), value));
          if (offset != Changelog.NO_OFFSET) {
            batch.put(position, ByteBuffer.allocate(Long.BYTES).putLong(offset).array());
          }
        });
  }

  @Override
  public synchronized void forget() {
    assertOpen();
    file.write(
        batch -> {
          batch.put(position, null);
          batch.removeAll(first, end);
        });
  }

  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      cursors.forEach(Cursor::close);
      leave.run();
    }
  }

  private void assertOpen() {
    if (!open) {
      throw new InvalidStateStoreException(file.folder() + " is closed");
    }
  }

  /** Over what there was when it was opened. */
  private final class Cursor implements KeyValueIterator<Bytes, byte[]> {
    private final RocksIterator rocks;
    private final byte[] last;
    private final boolean forward;
    private @Nullable KeyValue<Bytes, byte[]> next;
    private boolean closed;

    private Cursor(RocksIterator rocks, byte[] from, byte[] to, boolean forward) {
      this.rocks = rocks;
      this.forward = forward;
      this.last = forward ? to : from;
      cursors.add(this);
      if (forward) {
        rocks.seek(from);
      } else {
        rocks.seekForPrev(to);
      }
      look();
    }

    private void look() {
      next = null;
      if (rocks.isValid()) {
        byte[] key = rocks.key();
        int beyond = Arrays.compareUnsigned(key, last);
        if (forward ? beyond <= 0 : beyond >= 0) {
          Bytes inside = Bytes.wrap(Arrays.copyOfRange(key, first.length, key.length));
          next = KeyValue.pair(inside, rocks.value());
        }
        return;
      }
      try {
        rocks.status();
      } catch (RocksDBException e) {
        throw file.failed("cannot be read", e);
      }
    }

    private void assertUsable() {
      if (closed) {
        throw new InvalidStateStoreException(file.folder() + " was closed while it was read");
      }
    }

    @Override
    public synchronized boolean hasNext() {
      assertUsable();
      return next != null;
    }

    @Override
    public synchronized KeyValue<Bytes, byte[]> next() {
      assertUsable();
      KeyValue<Bytes, byte[]> one = next;
      if (one == null) {
        throw new NoSuchElementException();
      }
      if (forward) {
        rocks.next();
      } else {
        rocks.prev();
      }
      look();
      return one;
    }

    @Override
    public synchronized Bytes peekNextKey() {
      assertUsable();
      KeyValue<Bytes, byte[]> one = next;
      if (one == null) {
        throw new NoSuchElementException();
      }
      return one.key;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        rocks.close();
        cursors.remove(this);
      }
    }
  }
}
