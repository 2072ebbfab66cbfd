package io.tollgate.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.streams.errors.ProcessorStateException;
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
 * One RocksDB with the cells of all stores of a task: a database waits for the disk several times
 * while it is opened, and a start waits for the database. RocksDB's log survives the process, and
 * after a power failure a batch that is lost takes all later ones with it.
 *
 * <p>Files that are broken or were left too long ago are emptied when they are opened. Whoever
 * reads or writes has one of the stores open. Thread-safe.
 */
final class RocksFile {
  /**
   * A changelog forgets after a day that a key was deleted ({@code delete.retention.ms}), and
   * whoever has not read of it by then would keep the key for good.
   */
  private static final Duration LONGEST_AWAY = Duration.ofHours(12);

  private static final Logger LOG = LoggerFactory.getLogger(RocksFile.class);

  /** Where the time of the last batch lies: before the cells of all stores. */
  private static final byte[] WRITTEN = {};

  private final Path folder;
  private final InstantSource clock;
  private final Options options = BoundedRocksDb.options();
  private final RocksDB db;

  /** What the keys of the stores that are open begin with. */
  private final Set<Integer> open = new HashSet<>();

  /** What was read is not what was written: nothing here is of use any more. */
  private volatile boolean broken;

  private RocksFile(Path folder, InstantSource clock) {
    this.folder = folder;
    this.clock = clock;
    try {
      this.db = openDb();
    } catch (RuntimeException e) {
      options.close();
      throw e;
    }
  }

  static RocksFile open(Path folder, InstantSource clock) {
    RocksFile file = new RocksFile(folder, clock);
    try {
      if (!file.wasLeftTooLongAgo()) {
        return file;
      }
      file.broken = true;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
    file.close();
    return new RocksFile(folder, clock);
  }

  private boolean wasLeftTooLongAgo() {
    byte[] written = get(WRITTEN);
    if (written == null) {
      return false;
    }
    Instant left = Instant.ofEpochMilli(ByteBuffer.wrap(written).getLong());
    if (!left.plus(LONGEST_AWAY).isBefore(clock.instant())) {
      return false;
    }
    LOG.info("{} was left at {}: it is read from the changelogs again", folder, left);
    return true;
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
      LOG.warn("{} is broken: it is read from the changelogs again", folder, e);
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

  ProcessorStateException failed(String what, RocksDBException e) {
    broken |= isCorruption(e);
    return new ProcessorStateException(folder + " " + what, e);
  }

  Path folder() {
    return folder;
  }

  /**
   * Takes a store in.
   *
   * @throws IllegalStateException if its keys would begin like those of one that is open
   */
  synchronized void enter(int prefix, String store) {
    if (!open.add(prefix)) {
      throw new IllegalStateException(
          folder + " has a store open whose keys begin like those of " + store);
    }
  }

  /** Lets a store go, and closes the database after the last one; whether it was that. */
  synchronized boolean leave(int prefix) {
    if (open.remove(prefix) && open.isEmpty()) {
      close();
      return true;
    }
    return false;
  }

  private void close() {
    db.close();
    try {
      if (broken) {
        LOG.warn("{} is emptied", folder);
        RocksDB.destroyDB(folder.toString(), options);
      }
    } catch (RocksDBException e) {
      throw failed("cannot be emptied", e);
    } finally {
      options.close();
    }
  }

  byte @Nullable [] get(byte[] key) {
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw failed("cannot be read", e);
    }
  }

  RocksIterator iterator() {
    return db.newIterator();
  }

  /** Writes all of it or, should the process be killed meanwhile, nothing. */
  void write(Consumer<Batch> changes) {
    try (WriteBatch batch = new WriteBatch()) {
      Batch checked = new Batch(batch);
      changes.accept(checked);
      checked.put(WRITTEN, ByteBuffer.allocate(Long.BYTES).putLong(clock.millis()).array());
      db.write(BoundedRocksDb.NOT_WAITING, batch);
    } catch (RocksDBException e) {
      throw failed("cannot be written", e);
    }
  }

  /** What is to be written in one go. */
  final class Batch {
    private final WriteBatch batch;

    private Batch(WriteBatch batch) {
      this.batch = batch;
    }

    /** Null removes the key. */
    void put(byte[] key, byte @Nullable [] value) {
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

    /** Removes the keys from one up to another that stays. */
    void removeAll(byte[] from, byte[] to) {
      try {
        batch.deleteRange(from, to);
      } catch (RocksDBException e) {
        throw failed("cannot be written", e);
      }
    }
  }
}
