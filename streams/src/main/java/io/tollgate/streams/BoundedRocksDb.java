package io.tollgate.streams;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/** One block cache and one bound of write buffers for all RocksDB stores of the process. */
final class BoundedRocksDb {
  private static final long CACHE_BYTES = 96L << 20;
  private static final long WRITE_BUFFER_BYTES = 48L << 20;
  private static final long MEMTABLE_BYTES = 4L << 20;
  private static final int MEMTABLES = 3;
  private static final int LOG_FILES = 2;

  static {
    RocksDB.loadLibrary();
  }

  /** They live as long as the process. */
  private static final Cache CACHE = new LRUCache(CACHE_BYTES);

  private static final BloomFilter FILTER = new BloomFilter();
  private static final WriteBufferManager WRITE_BUFFERS =
      new WriteBufferManager(WRITE_BUFFER_BYTES, CACHE);

  /** For the disk; in the log, which survives the process, is what was written. */
  static final WriteOptions NOT_WAITING = new WriteOptions();

  private BoundedRocksDb() {}

  /** Loads RocksDB's library, which takes a third of a second; else the first store does. */
  static void load() {
    options().close();
  }

  /** Of one store; to be closed after it. */
  static Options options() {
    return new Options()
        .setCreateIfMissing(true)
        .setWriteBufferManager(WRITE_BUFFERS)
        .setWriteBufferSize(MEMTABLE_BYTES)
        .setMaxWriteBufferNumber(MEMTABLES)
        .setCompactionStyle(CompactionStyle.UNIVERSAL)
        .setCompressionType(CompressionType.NO_COMPRESSION)
        .setIncreaseParallelism(Math.max(Runtime.getRuntime().availableProcessors(), 2))
        .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
        .setKeepLogFileNum(LOG_FILES)
        // A start waits for the opening: what the log holds goes to a file with the rest later.
        .setAvoidFlushDuringRecovery(true)
        .setSkipStatsUpdateOnDbOpen(true)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(CACHE)
                .setCacheIndexAndFilterBlocks(true)
                .setFilterPolicy(FILTER));
  }
}
