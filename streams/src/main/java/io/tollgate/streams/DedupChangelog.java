package io.tollgate.streams;

import org.jspecify.annotations.Nullable;

/** Where the dedup memory is written so that it can be read back, within transactions. */
interface DedupChangelog {
  /** Writes a record; null deletes what the key had. */
  void write(byte[] key, byte @Nullable [] value);

  /**
   * The offset of the newest record that is known to be written, or {@link
   * DedupSegments#NO_OFFSET}. After a commit that is the newest there is.
   */
  long offset();

  /**
   * Whether a record is being processed. If so, the transaction of everything written before this
   * record has been committed or this is not called any more; in callbacks before a commit it is
   * false.
   */
  boolean isProcessing();
}
