package io.tollgate.streams;

import org.jspecify.annotations.Nullable;

/** Where a store is written so that it can be read back, within transactions. */
interface Changelog {
  /** What Kafka Streams takes for: there is nothing, read the changelog from its beginning. */
  long NO_OFFSET = -4;

  /** Writes a record; null deletes what the key had. */
  void write(byte[] key, byte @Nullable [] value);

  /**
   * The offset of the newest record that is known to be written, or {@link #NO_OFFSET}. After a
   * commit that is the newest there is.
   */
  long offset();

  /**
   * Whether a record is being processed. If so, the transaction of everything written before this
   * record has been committed or this is not called any more; in callbacks before a commit it is
   * false.
   */
  boolean isProcessing();
}
