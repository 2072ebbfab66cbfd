package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Events appended on one UTC day, in an immutable file mapped into memory: sorted by fingerprint,
 * which is uniform, so that a place in the file is nearly the fingerprint itself and a search
 * touches a few neighbouring pages.
 *
 * <p>Layout, little-endian: a header; the first halves of the fingerprints; the rows with the
 * second half, body digest, state and price reference; and for each block of {@value #BLOCK}
 * entries the checksums of its halves and of its rows. The halves stand by themselves because
 * {@link DedupFilter} reads all of them, and nothing else, when it is built.
 *
 * <p>The header says how long the file must be and is checked when it is opened; blocks are checked
 * as they are read. Nothing waits for the disk: what a power failure leaves unwritten is recognised
 * and read from the changelog again.
 */
final class DedupSegment implements Closeable {
  static final long MAGIC = 0x5044_5544_4754_4c54L;
  static final int FORMAT = 1;
  static final int HEADER_BYTES = 64;
  static final int ROW_BYTES = 3 * Long.BYTES + 1 + Integer.BYTES;

  /** Entries per checksum. */
  static final int BLOCK = 128;

  /** Of a first guess that is wrong by the root of the count: each leaves the root of that. */
  private static final int REFINEMENTS = 2;

  private static final int CHECKED_HEADER_BYTES =
      2 * Integer.BYTES + 4 * Long.BYTES + Integer.BYTES;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final Arena arena;
  private final MemorySegment bytes;
  private final int day;
  private final long count;
  private final long rowsOffset;
  private final long checksumsOffset;

  private DedupSegment(Path file, Arena arena, MemorySegment bytes, ByteBuffer header) {
    this.file = file;
    this.arena = arena;
    this.bytes = bytes;
    this.day = header.getInt();
    this.count = header.getLong();
    this.rowsOffset = header.getLong();
    this.checksumsOffset = header.getLong();
  }

  /**
   * Opens a segment.
   *
   * @throws IOException also if the file is not a whole segment
   */
  static DedupSegment open(Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size();
      if (length < HEADER_BYTES) {
        throw new IOException(file + " is no dedup segment: " + length + " bytes");
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena);
      ByteBuffer header =
          bytes.asSlice(0, HEADER_BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      check(file, header);
      header.position(Long.BYTES + Integer.BYTES);
      DedupSegment segment = new DedupSegment(file, arena, bytes, header);
      segment.checkLength(length, header.getInt());
      return segment;
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static void check(Path file, ByteBuffer header) throws IOException {
    if (header.getLong(0) != MAGIC) {
      throw new IOException(file + " is no dedup segment");
    }
    int format = header.getInt(Long.BYTES);
    if (format != FORMAT) {
      throw new IOException(file + " is of format " + format + ", this version reads " + FORMAT);
    }
    if (crc(header.slice(0, CHECKED_HEADER_BYTES)) != header.getInt(CHECKED_HEADER_BYTES)) {
      throw new IOException(file + " has a broken header");
    }
  }

  private void checkLength(long length, int checksumOfChecksums) throws IOException {
    long checksumBytes = 2L * Integer.BYTES * ((count + BLOCK - 1) / BLOCK);
    if (length != checksumsOffset + checksumBytes) {
      throw new IOException(
          file + " has " + length + " bytes instead of " + (checksumsOffset + checksumBytes));
    }
    if (crc(bytes.asSlice(checksumsOffset, checksumBytes).asByteBuffer()) != checksumOfChecksums) {
      throw new IOException(file + " has broken checksums");
    }
  }

  /** Differs from that of any other content: the checksum of the header and of all checksums. */
  int identity() {
    return bytes.get(INT, CHECKED_HEADER_BYTES);
  }

  Path file() {
    return file;
  }

  /** Since the epoch. */
  int day() {
    return day;
  }

  long count() {
    return count;
  }

  long high(long index) {
    return bytes.get(LONG, HEADER_BYTES + index * Long.BYTES);
  }

  long low(long index) {
    return bytes.get(LONG, rowsOffset + index * ROW_BYTES);
  }

  /** Copies what follows the first half of the fingerprint. */
  void copyRow(long index, byte[] to, int at) {
    MemorySegment.copy(
        bytes, ValueLayout.JAVA_BYTE, rowsOffset + index * ROW_BYTES, to, at, ROW_BYTES);
  }

  /**
   * Where a fingerprint is, or -1.
   *
   * @throws BrokenSegmentException if the file is broken there
   */
  long find(long high, long low) {
    for (long at = lowerBound(high); at < count && high(at) == high; at++) {
      if (low(at) == low) {
        return at;
      }
      // Two fingerprints with the same first half are less likely than a broken file.
      checkRows(at);
    }
    return -1;
  }

  /** The first index whose fingerprint does not begin with less than this, unsigned. */
  long lowerBound(long high) {
    long guess = Math.unsignedMultiplyHigh(high, count);
    for (int nearer = 0; nearer < REFINEMENTS && count > 0; nearer++) {
      // What stands there tells how far it is, and the nearer the better.
      long distance = Math.multiplyHigh(high - high(guess), count);
      guess = Math.clamp(guess + distance, 0, count - 1);
    }
    long step = 8;
    long from = guess;
    long to = guess;
    while (from > 0 && Long.compareUnsigned(high(from - 1), high) >= 0) {
      to = from - 1;
      from = Math.max(0, from - step);
      step *= 2;
    }
    step = 8;
    while (to < count && Long.compareUnsigned(high(to), high) < 0) {
      from = to + 1;
      to = Math.min(count, to + step);
      step *= 2;
    }
    while (from < to) {
      long middle = (from + to) >>> 1;
      if (Long.compareUnsigned(high(middle), high) < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /**
   * What is remembered at an index.
   *
   * @throws BrokenSegmentException if the file is broken there
   */
  DedupMemory.Entry entry(long index) {
    checkRows(index);
    long row = rowsOffset + index * ROW_BYTES;
    return new DedupMemory.Entry(
        new BodyDigest(bytes.get(LONG, row + Long.BYTES), bytes.get(LONG, row + 2 * Long.BYTES)),
        DedupMemory.State.of(bytes.get(ValueLayout.JAVA_BYTE, row + 3 * Long.BYTES)),
        bytes.get(INT, row + 3 * Long.BYTES + 1));
  }

  /** Checks the rows of the block that an index is in. */
  void checkRows(long index) {
    long block = index / BLOCK;
    check(block, rowsOffset, ROW_BYTES, Integer.BYTES);
  }

  /** Checks the first halves of the fingerprints of the block that an index is in. */
  void checkHighs(long index) {
    check(index / BLOCK, HEADER_BYTES, Long.BYTES, 0);
  }

  private void check(long block, long from, int width, int checksum) {
    long first = block * BLOCK;
    long length = Math.min(BLOCK, count - first) * width;
    int found = crc(bytes.asSlice(from + first * width, length).asByteBuffer());
    if (found != bytes.get(INT, checksumsOffset + block * 2 * Integer.BYTES + checksum)) {
      throw new BrokenSegmentException(file + " is broken in block " + block);
    }
  }

  private static int crc(ByteBuffer of) {
    CRC32C crc = new CRC32C();
    crc.update(of);
    return (int) crc.getValue();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** Its bytes are not those that were written. */
  static final class BrokenSegmentException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    BrokenSegmentException(String message) {
      super(message);
    }
  }
}
