package io.tollgate.streams;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The dedup memory by itself, to be measured: what the meter topology uses, with its changelog in a
 * file instead of a topic. Not for metering: the file knows no transactions.
 */
public final class DedupTrial implements Closeable {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int KEY_BYTES = 2 * Integer.BYTES;
  private static final int DELETED = -1;

  private final Path segments;
  private final ChangelogFile changelog;
  private final SegmentedDedupMemory memory;

  private DedupTrial(Path segments, ChangelogFile changelog) {
    this.segments = segments;
    this.changelog = changelog;
    this.memory = new SegmentedDedupMemory(segments, changelog, Long.MAX_VALUE);
  }

  /**
   * Opens what is in the folders, reading from the changelog what the segments do not hold.
   *
   * @param segments the local files; may be lost
   * @param changelog the file that stands for the topic
   */
  public static DedupTrial open(Path segments, Path changelog) throws IOException {
    DedupTrial trial = new DedupTrial(segments, new ChangelogFile(changelog));
    trial.changelog.restore(trial.memory);
    return trial;
  }

  /**
   * Whether an id is new. It is remembered if it is.
   *
   * @param appendedAt epoch milliseconds
   */
  public boolean accept(String organization, String source, String id, long appendedAt) {
    Fingerprint fingerprint = Fingerprint.of(organization, source, id);
    if (memory.find(fingerprint) != null) {
      return false;
    }
    BodyDigest digest = new BodyDigest(fingerprint.low(), fingerprint.high());
    memory.put(fingerprint, DedupMemory.Entry.accepted(digest), appendedAt);
    return true;
  }

  /** Whether an id is remembered. */
  public boolean knows(String organization, String source, String id) {
    return memory.find(Fingerprint.of(organization, source, id)) != null;
  }

  /** Does what is done at a commit. */
  public void commit() {
    memory.save();
    changelog.flush();
  }

  public long size() {
    return memory.size();
  }

  /** Files that are not merged yet, and those that are. */
  public int segmentCount() {
    return memory.segmentCount();
  }

  /** Memory beside the heap; pages of files that the operating system keeps are not counted. */
  public long offHeapBytes() {
    return memory.filterBytes();
  }

  /** Of the local files, without the changelog. */
  public long diskBytes() throws IOException {
    try (Stream<Path> files = Files.list(segments)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Override
  public void close() {
    memory.close();
    changelog.close();
  }

  /** Records one after the other; an offset is where one begins. */
  private static final class ChangelogFile implements Changelog {
    private final Path file;
    private final DataOutputStream out;
    private long length;
    private long newest = Changelog.NO_OFFSET;

    private ChangelogFile(Path file) throws IOException {
      this.file = file;
      this.out =
          new DataOutputStream(
              new BufferedOutputStream(
                  Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                  BUFFER_BYTES));
      this.length = Files.size(file);
    }

    @Override
    public void write(byte[] key, byte @Nullable [] value) {
      try {
        out.write(key);
        out.writeInt(value == null ? DELETED : value.length);
        if (value != null) {
          out.write(value);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      newest = length;
      length += KEY_BYTES + Integer.BYTES + (value == null ? 0 : value.length);
    }

    @Override
    public long offset() {
      return newest;
    }

    @Override
    public boolean isProcessing() {
      return true;
    }

    private void flush() {
      try {
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** In portions, with a checkpoint after each, as Kafka Streams does it. */
    private void restore(SegmentedDedupMemory memory) throws IOException {
      long from = Math.max(0, memory.offset());
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        channel.position(from);
        DataInputStream in =
            new DataInputStream(
                new BufferedInputStream(
                    java.nio.channels.Channels.newInputStream(channel), BUFFER_BYTES));
        boolean isKnown = memory.offset() != Changelog.NO_OFFSET;
        long checkpointAt = from + 16L * BUFFER_BYTES;
        for (long at = from; at < length; ) {
          byte[] key = in.readNBytes(KEY_BYTES);
          int valueLength = in.readInt();
          byte[] value = valueLength == DELETED ? null : in.readNBytes(valueLength);
          newest = at;
          at += KEY_BYTES + Integer.BYTES + Math.max(0, valueLength);
          if (!isKnown) {
            memory.restore(key, value);
          }
          isKnown = false;
          if (at >= checkpointAt || at >= length) {
            memory.covered(newest);
            checkpointAt = at + 16L * BUFFER_BYTES;
          }
        }
      } catch (EOFException e) {
        throw new IOException(file + " ends within a record: it was killed while it was fed", e);
      }
    }

    private void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
