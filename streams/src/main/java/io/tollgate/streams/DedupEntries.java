package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How an entry of the dedup memory is laid out: fingerprint, body digest, state, price reference;
 * big-endian in the changelog, little-endian in a segment.
 */
final class DedupEntries {
  /** Of a whole entry with its fingerprint. */
  static final int BYTES = 4 * Long.BYTES + 1 + Integer.BYTES;

  private DedupEntries() {}

  /** Writes what follows the fingerprint. */
  static void write(DedupMemory.Entry entry, ByteBuffer to) {
    to.putLong(entry.digest().high())
        .putLong(entry.digest().low())
        .put(entry.state().code())
        .putInt(entry.priceRef());
  }

  /** Writes what a segment has of it beside the first half of the fingerprint, little-endian. */
  static void writeRow(long low, DedupMemory.Entry entry, byte[] to, int at) {
    ByteBuffer row =
        ByteBuffer.wrap(to, at, DedupSegment.ROW_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(low);
    write(entry, row);
  }

  /** Reads what follows the fingerprint. */
  static DedupMemory.Entry read(ByteBuffer from) {
    BodyDigest digest = new BodyDigest(from.getLong(), from.getLong());
    DedupMemory.State state = DedupMemory.State.of(from.get());
    return new DedupMemory.Entry(digest, state, from.getInt());
  }
}
