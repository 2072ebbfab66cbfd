package io.tollgate.streams;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Writes a {@link DedupSegment} from entries in the order of their fingerprints, in one pass. The
 * header comes last, so that a file that was not finished is not a segment.
 */
final class DedupSegmentWriter implements Closeable {
  /** Blocks written to the file at once. */
  private static final int BUFFERED_BLOCKS = 16;

  private static final int BUFFERED = BUFFERED_BLOCKS * DedupSegment.BLOCK;

  private final Path file;
  private final int day;
  private final FileChannel channel;
  private final long rowsOffset;

  private final byte[] rows = new byte[BUFFERED * DedupSegment.ROW_BYTES];
  private final ByteBuffer highs =
      ByteBuffer.allocate(BUFFERED * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private int buffered;
  private long written;

  /** Two checksums per block. */
  private byte[] checksums = new byte[1024];

  private int checksumBytes;
  private final CRC32C crc = new CRC32C();

  /** Room for at most this many entries. */
  DedupSegmentWriter(Path file, int day, long most) throws IOException {
    this.file = file;
    this.day = day;
    this.rowsOffset = DedupSegment.HEADER_BYTES + most * Long.BYTES;
    this.channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
  }

  Path file() {
    return file;
  }

  /** Where {@link #next} wants the rest of an entry. */
  byte[] rows() {
    return rows;
  }

  /**
   * Begins the next entry.
   *
   * @return where in {@link #rows} the {@link DedupSegment#ROW_BYTES} after the first half of its
   *     fingerprint go
   */
  int next(long high) throws IOException {
    if (buffered == BUFFERED) {
      flush();
    }
    highs.putLong(high);
    int at = buffered * DedupSegment.ROW_BYTES;
    buffered++;
    return at;
  }

  private void flush() throws IOException {
    for (int from = 0; from < buffered; from += DedupSegment.BLOCK) {
      int count = Math.min(DedupSegment.BLOCK, buffered - from);
      checksum(highs.array(), from * Long.BYTES, count * Long.BYTES);
      checksum(rows, from * DedupSegment.ROW_BYTES, count * DedupSegment.ROW_BYTES);
    }
    writeAll(highs.flip(), DedupSegment.HEADER_BYTES + written * Long.BYTES);
    writeAll(
        ByteBuffer.wrap(rows, 0, buffered * DedupSegment.ROW_BYTES),
        rowsOffset + written * DedupSegment.ROW_BYTES);
    highs.clear();
    written += buffered;
    buffered = 0;
  }

  private void checksum(byte[] bytes, int from, int length) {
    if (checksumBytes == checksums.length) {
      checksums = Arrays.copyOf(checksums, 2 * checksums.length);
    }
    crc.reset();
    crc.update(bytes, from, length);
    ByteBuffer.wrap(checksums)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(checksumBytes, (int) crc.getValue());
    checksumBytes += Integer.BYTES;
  }

  private void writeAll(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Makes a segment of the file and closes it. */
  void finish() throws IOException {
    flush();
    long checksumsOffset = rowsOffset + written * DedupSegment.ROW_BYTES;
    writeAll(ByteBuffer.wrap(checksums, 0, checksumBytes), checksumsOffset);
    crc.reset();
    crc.update(checksums, 0, checksumBytes);
    ByteBuffer header =
        ByteBuffer.allocate(DedupSegment.HEADER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(DedupSegment.MAGIC)
            .putInt(DedupSegment.FORMAT)
            .putInt(day)
            .putLong(written)
            .putLong(rowsOffset)
            .putLong(checksumsOffset)
            .putInt((int) crc.getValue());
    crc.reset();
    crc.update(header.array(), 0, header.position());
    header.putInt((int) crc.getValue());
    writeAll(header.clear(), 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
