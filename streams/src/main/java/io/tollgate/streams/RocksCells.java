package io.tollgate.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cells in RocksDB. The offset is a cell like the others, so that a batch is in force with its
 * offset or not at all; RocksDB's log survives the process, and after a power failure a batch that
 * is lost takes all later ones with it. Thread-safe.
 */
final class RocksCells implements CommittedCells {
  /**
   * A changelog forgets after a day that a key was deleted ({@code delete.retention.ms}), and
   * whoever has not read of it by then would keep the key for good.
   */
  private static final Duration LONGEST_AWAY = Duration.ofHours(12);

  private static final Logger LOG = LoggerFactory.getLogger(RocksCells.class);

  /** Where the offset lies: before all keys, of which none is empty. */
  private static final byte[] POSITION = {};

  private static final byte[] FIRST_KEY = {0};

  private final Path folder;
  private final InstantSource clock;
  private final Set<Cursor> cursors = ConcurrentHashMap.newKeySet();
  private Options options;
  private RocksDB db;
  private boolean open = true;

  /** Whether there was nothing in the folder. */
  private final boolean fresh;

  /** What was read is not what was written: nothing here is of use any more. */
  private boolean broken;

  private RocksCells(Path folder, InstantSource clock) {
    this.folder = folder;
    this.clock = clock;
    this.options = BoundedRocksDb.options();
    this.fresh = !Files.exists(folder);
    this.db = openDb();
  }

  /** Opens what is in a folder; what has no offset, is broken or was left too long ago, is not. */
  static RocksCells open(Path folder, InstantSource clock) {
    RocksCells cells = new RocksCells(folder, clock);
    ByteBuffer position = cells.position();
    if (position == null) {
      if (!cells.fresh) {
        cells.forget();
      }
    } else {
      Instant written = Instant.ofEpochMilli(position.getLong(Long.BYTES));
      if (written.plus(LONGEST_AWAY).isBefore(clock.instant())) {
        LOG.info("{} was left at {}: it is read from the changelog again", folder, written);
        cells.forget();
      }
    }
    return cells;
  }

  private RocksDB openDb() {
    try {
      Files.createDirectories(folder);
      return RocksDB.open(options, folder.toString());
    } catch (IOException e) {
      throw new ProcessorStateException(folder + " cannot be made", e);
    } catch (RocksDBException e) {
      if (!isCorruption(e)) {
        throw failed("cannot be opened", e);
      }
      LOG.warn("{} is broken: it is read from the changelog again", folder, e);
      try {
        RocksDB.destroyDB(folder.toString(), options);
        return RocksDB.open(options, folder.toString());
      } catch (RocksDBException again) {
        again.addSuppressed(e);
        throw failed("cannot be made anew", again);
      }
    }
  }

  private static boolean isCorruption(RocksDBException e) {
    Status status = e.getStatus();
    return status != null && status.getCode() == Status.Code.Corruption;
  }

  private ProcessorStateException failed(String what, RocksDBException e) {
    broken |= isCorruption(e);
    return new ProcessorStateException(folder + " " + what, e);
  }

  private @Nullable ByteBuffer position() {
    byte[] position = get(POSITION);
    return position == null ? null : ByteBuffer.wrap(position);
  }

  @Override
  public long offset() {
    ByteBuffer position = position();
    return position == null ? Changelog.NO_OFFSET : position.getLong(0);
  }

  @Override
  public synchronized byte @Nullable [] get(byte[] key) {
    assertOpen();
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw failed("cannot be read", e);
    }
  }

  @Override
  public synchronized KeyValueIterator<Bytes, byte[]> range(
      @Nullable Bytes from, @Nullable Bytes to, boolean forward) {
    assertOpen();
    return new Cursor(
        db.newIterator(),
        from == null ? FIRST_KEY : from.get(),
        to == null ? null : to.get(),
        forward);
  }

  @Override
  public void write(Consumer<Changes> changes) {
    write(changes, Changelog.NO_OFFSET);
  }

  @Override
  public synchronized void write(Consumer<Changes> changes, long offset) {
    assertOpen();
    try (WriteBatch batch = new WriteBatch()) {
      changes.accept((key, value) -> add(batch, key, value));
      if (offset != Changelog.NO_OFFSET) {
        add(
            batch,
            POSITION,
            ByteBuffer.allocate(2 * Long.BYTES).putLong(offset).putLong(clock.millis()).array());
      }
      db.write(BoundedRocksDb.NOT_WAITING, batch);
    } catch (RocksDBException e) {
      throw failed("cannot be written", e);
    }
  }

  private void add(WriteBatch batch, byte[] key, byte @Nullable [] value) {
    try {
      if (value == null) {
        batch.delete(key);
      } else {
        batch.put(key, value);
      }
    } catch (RocksDBException e) {
      throw failed("cannot be written", e);
    }
  }

  @Override
  public synchronized long size() {
    assertOpen();
    try {
      return db.getLongProperty("rocksdb.estimate-num-keys");
    } catch (RocksDBException e) {
      throw failed("cannot be read", e);
    }
  }

  @Override
  public synchronized void forget() {
    closeDb();
    options = BoundedRocksDb.options();
    try {
      RocksDB.destroyDB(folder.toString(), options);
    } catch (RocksDBException e) {
      throw failed("cannot be emptied", e);
    }
    broken = false;
    db = openDb();
  }

  @Override
  public synchronized void close() {
    if (!open) {
      return;
    }
    open = false;
    closeDb();
    if (broken) {
      LOG.warn("{} is broken: it is read from the changelog again", folder);
      try (Options fresh = BoundedRocksDb.options()) {
        RocksDB.destroyDB(folder.toString(), fresh);
      } catch (RocksDBException e) {
        throw failed("cannot be emptied", e);
      }
    }
  }

  private void closeDb() {
    cursors.forEach(Cursor::close);
    db.close();
    options.close();
  }

  private void assertOpen() {
    if (!open) {
      throw new InvalidStateStoreException(folder + " is closed");
    }
  }

  /** Over what there was when it was opened. */
  private final class Cursor implements KeyValueIterator<Bytes, byte[]> {
    private final RocksIterator rocks;
    private final byte @Nullable [] last;
    private final boolean forward;
    private @Nullable KeyValue<Bytes, byte[]> next;
    private boolean closed;

    /**
     * @param to null for the last key there is
     */
    private Cursor(RocksIterator rocks, byte[] from, byte @Nullable [] to, boolean forward) {
      this.rocks = rocks;
      this.forward = forward;
      this.last = forward ? to : from;
      cursors.add(this);
      if (forward) {
        rocks.seek(from);
      } else if (to == null) {
        rocks.seekToLast();
      } else {
        rocks.seekForPrev(to);
      }
      look();
    }

    private void look() {
      next = null;
      if (rocks.isValid()) {
        Bytes key = Bytes.wrap(rocks.key());
        int beyond = last == null ? 0 : key.compareTo(Bytes.wrap(last));
        if (forward ? beyond <= 0 : beyond >= 0) {
          next = KeyValue.pair(key, rocks.value());
        }
        return;
      }
      try {
        rocks.status();
      } catch (RocksDBException e) {
        throw failed("cannot be read", e);
      }
    }

    private void assertUsable() {
      if (closed) {
        throw new InvalidStateStoreException(folder + " was closed while it was read");
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
