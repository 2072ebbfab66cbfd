package io.tollgate.streams;

import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/**
 * The local copy of a store: key-value pairs and up to which record of the changelog they go, which
 * survives the process. One thread writes, others may read.
 */
interface CommittedCells extends AutoCloseable {
  /** What is to be written in one go. */
  interface Changes {
    /** Null removes the key. */
    void put(byte[] key, byte @Nullable [] value);
  }

  byte @Nullable [] get(byte[] key);

  /**
   * What is there now between two keys, both included.
   *
   * @param from null for the first
   * @param to null for the last
   * @param forward in the order of keys, else backwards
   */
  KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to, boolean forward);

  /** Writes all of it or, should the process be killed meanwhile, nothing. */
  void write(Consumer<Changes> changes);

  /** The same, together with the offset of the last record of the changelog that is in it. */
  void write(Consumer<Changes> changes, long offset);

  /** The offset written last; {@link Changelog#NO_OFFSET} if nothing here can be relied on. */
  long offset();

  /** Removes everything. */
  void forget();

  @Override
  void close();
}
