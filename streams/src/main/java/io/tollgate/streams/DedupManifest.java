package io.tollgate.streams;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Which files are the dedup memory, and up to where of the changelog: what is not in it does not
 * count and is deleted. Replaced as a whole.
 *
 * @param offset of the last changelog record that the segments hold all of
 * @param newestDay of any put
 * @param segments files, in the order in which they were written within a day
 * @param batches for each day how many batches the changelog has of it
 */
record DedupManifest(
    long offset, int newestDay, List<Segment> segments, SortedMap<Integer, Integer> batches) {
  /**
   * A file.
   *
   * @param identity checksum over all of it, so that no other file of that number passes for it
   */
  record Segment(int number, int identity) {}

  private static final long MAGIC = 0x4d46_5544_4754_4c54L;
  private static final int FORMAT = 1;
  private static final String NAME = "manifest";
  private static final String NEXT_NAME = "manifest.next";

  DedupManifest {
    segments = List.copyOf(segments);
    batches = new TreeMap<>(batches);
  }

  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(NAME));
  }

  /**
   * Reads the manifest of a folder.
   *
   * @throws IOException also if it is broken or of another format
   */
  static DedupManifest read(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    byte[] bytes = Files.readAllBytes(file);
    int checked = bytes.length - Integer.BYTES;
    if (checked < Long.BYTES || ByteBuffer.wrap(bytes).getInt(checked) != crc(bytes, checked)) {
      throw new IOException(file + " is broken");
    }
    try {
      return read(file, ByteBuffer.wrap(bytes, 0, checked));
    } catch (BufferUnderflowException e) {
      throw new IOException(file + " is broken", e);
    }
  }

  private static DedupManifest read(Path file, ByteBuffer in) throws IOException {
    long magic = in.getLong();
    int format = in.getInt();
    if (magic != MAGIC || format != FORMAT) {
      throw new IOException(file + " is no manifest that this version reads");
    }
    long offset = in.getLong();
    int newestDay = in.getInt();
    int segmentCount = in.getInt();
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < segmentCount; i++) {
      segments.add(new Segment(in.getInt(), in.getInt()));
    }
    int dayCount = in.getInt();
    SortedMap<Integer, Integer> batches = new TreeMap<>();
    for (int i = 0; i < dayCount; i++) {
      batches.put(in.getInt(), in.getInt());
    }
    return new DedupManifest(offset, newestDay, segments, batches);
  }

  void write(Path folder) throws IOException {
    int length =
        2 * Long.BYTES + 5 * Integer.BYTES + 2 * Integer.BYTES * (segments.size() + batches.size());
    ByteBuffer out =
        ByteBuffer.allocate(length)
            .putLong(MAGIC)
            .putInt(FORMAT)
            .putLong(offset)
            .putInt(newestDay)
            .putInt(segments.size());
    segments.forEach(segment -> out.putInt(segment.number()).putInt(segment.identity()));
    out.putInt(batches.size());
    batches.forEach((day, count) -> out.putInt(day).putInt(count));
    out.putInt(crc(out.array(), out.position()));
    Path next = folder.resolve(NEXT_NAME);
    Files.write(next, out.array());
    Files.move(
        next,
        folder.resolve(NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  static void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(NAME));
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
