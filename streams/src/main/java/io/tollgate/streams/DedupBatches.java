package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the dedup memory lies in its changelog: for each UTC day of append numbered batches of
 * entries, one written per commit, so that there is no record per event.
 *
 * <p>A batch is a run of {@value DedupEntries#BYTES}-byte entries in the order in which they were
 * put. While the newest batch is small it is written anew with more entries, so that slow traffic
 * does not leave one batch per event; a batch never exceeds 512 KiB. The batches of a day are
 * deleted when the day is forgotten.
 */
final class DedupBatches {
  static final int MOST_BATCH_BYTES = 512 * 1024 / DedupEntries.BYTES * DedupEntries.BYTES;

  /** A batch below this size is continued at the next commit. */
  static final int CONTINUED_BELOW_BYTES = 8 * 1024;

  /** Batches deleted per commit when a day is forgotten; the rest follows at the next ones. */
  static final int MOST_DELETED_AT_ONCE = 1_000;

  private final Changelog changelog;

  /** How many were begun, by day. */
  private final TreeMap<Integer, Integer> counts = new TreeMap<>();

  /** The newest batch, which is of the newest day. */
  private byte[] entries = new byte[CONTINUED_BELOW_BYTES];

  private int length;
  private boolean dirty;
  private int deleted;

  DedupBatches(Changelog changelog, SortedMap<Integer, Integer> counts) {
    this.changelog = changelog;
    this.counts.putAll(counts);
  }

  /** For each day how many there are. */
  SortedMap<Integer, Integer> counts() {
    return counts;
  }

  /** Adds an entry of the newest day. */
  void add(int day, Fingerprint fingerprint, DedupMemory.Entry entry) {
    if (!counts.isEmpty() && counts.lastKey() < day) {
      end();
    }
    if (length + DedupEntries.BYTES > MOST_BATCH_BYTES) {
      end();
    }
    if (length == 0) {
      counts.merge(day, 1, Integer::sum);
    }
    if (length + DedupEntries.BYTES > entries.length) {
      entries = Arrays.copyOf(entries, 2 * entries.length);
    }
    ByteBuffer slot =
        ByteBuffer.wrap(entries, length, DedupEntries.BYTES)
            .putLong(fingerprint.high())
            .putLong(fingerprint.low());
    DedupEntries.write(entry, slot);
    length += DedupEntries.BYTES;
    dirty = true;
  }

  /** Writes what was added, and deletes some of what was appended before a day. */
  void save(int firstDay) {
    write();
    if (length >= CONTINUED_BELOW_BYTES) {
      end();
    }
    delete(firstDay);
  }

  private void write() {
    if (dirty) {
      int day = counts.lastKey();
      changelog.write(key(day, begun(day) - 1), Arrays.copyOf(entries, length));
      dirty = false;
    }
  }

  private void end() {
    write();
    length = 0;
    if (entries.length > CONTINUED_BELOW_BYTES) {
      entries = new byte[CONTINUED_BELOW_BYTES];
    }
  }

  private void delete(int firstDay) {
    int left = MOST_DELETED_AT_ONCE;
    while (left > 0 && !counts.isEmpty() && counts.firstKey() < firstDay) {
      int day = counts.firstKey();
      changelog.write(key(day, deleted), null);
      deleted++;
      left--;
      if (deleted >= begun(day)) {
        counts.remove(day);
        deleted = 0;
      }
    }
  }

  /**
   * Takes over a batch that was read from the changelog.
   *
   * @param continuing whether all batches before it are known, so that it can only be the newest of
   *     them or the one after it
   * @throws IllegalStateException if it is not
   */
  void restored(int day, int number, byte[] batch, boolean continuing) {
    if (batch.length == 0 || batch.length % DedupEntries.BYTES != 0) {
      throw new IllegalStateException(
          "dedup batch %d/%d has %d bytes, which this version cannot read: entries are of %d"
              .formatted(day, number, batch.length, DedupEntries.BYTES));
    }
    if (continuing
        && !counts.isEmpty()
        && (day < counts.lastKey() || (day == counts.lastKey() && number > begun(day)))) {
      throw new IllegalStateException(
          "the changelog goes on with dedup batch %d/%d after %s; the files in the state folder are"
                  .formatted(day, number, counts)
              + " not of this changelog");
    }
    counts.merge(day, number + 1, Math::max);
    length = 0;
    dirty = false;
    if (batch.length < CONTINUED_BELOW_BYTES) {
      entries = Arrays.copyOf(batch, CONTINUED_BELOW_BYTES);
      length = batch.length;
    }
  }

  private int begun(int day) {
    return counts.getOrDefault(day, 0);
  }

  private static byte[] key(int day, int number) {
    return ByteBuffer.allocate(2 * Integer.BYTES).putInt(day).putInt(number).array();
  }
}
