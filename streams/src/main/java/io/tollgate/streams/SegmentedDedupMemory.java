package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Dedup memory of any size in bounded memory: what was put last in a memtable, everything before in
 * {@link DedupSegments}, and all of it in the changelog as {@link DedupBatches}.
 *
 * <p>Files hold only what a committed transaction covers, because nothing could take it out of them
 * again: the memtable is sealed when the first record after a commit is processed, as it is then
 * exactly what was committed. So they are right after any kill, and only what the changelog has
 * past their offset is read again. A day is dropped as a whole when nothing appended in it can be
 * met by a copy any more.
 */
final class SegmentedDedupMemory implements DedupMemory, Closeable {
  /** Entries of a memtable that is sealed at the next opportunity: some 5 MB. */
  static final int SEALED_AT = 1 << 16;

  /** Entries put between two opportunities. Far more than any transaction is long. */
  static final int MOST_UNSEALED = 1 << 24;

  /**
   * Entries merged per entry put. Each is merged once per power of {@link
   * DedupSegments#MERGED_AT_ONCE} of its day, and once when the day is over.
   */
  static final int MERGED_PER_PUT = 6;

  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  /**
   * The last append of a day, with the tolerance for fast clocks, can be met by a copy this many
   * days later, and the day is dropped on the day after that.
   */
  private static final long REMEMBERED_DAYS = Rerouting.REMEMBERED.toDays() + 1;

  private final DedupSegments segments;
  private final DedupBatches batches;
  private final Changelog changelog;
  private final long most;
  private final int sealedAt;
  private final DedupMemtable memtable = new DedupMemtable();

  private int newestDay;
  private int firstDay = Integer.MIN_VALUE;

  /** Whether a record was processed since the last time something was saved. */
  private boolean processed;

  /**
   * Whether what was saved last has not been seen to be committed. Only with a record processed
   * before: Kafka Streams lets the commit of punctuations alone time out, and goes on.
   */
  private boolean saved;

  /** Whether the memtable has entries that were put, not restored. */
  private boolean own;

  /** Whether segments were sealed that are not published. */
  private boolean sealed;

  private long puts;
  private long putsPaidFor;

  /** Of {@link #covered}. */
  private long coveredPuts = -1;

  private long coveredOffset = Changelog.NO_OFFSET;

  /** Opens what is in a folder; at most so many events are remembered. */
  SegmentedDedupMemory(Path folder, Changelog changelog, long most) {
    this(folder, changelog, most, SEALED_AT);
  }

  /** Seals already smaller memtables. */
  SegmentedDedupMemory(Path folder, Changelog changelog, long most, int sealedAt) {
    this.changelog = changelog;
    this.most = most;
    this.sealedAt = sealedAt;
    segments = new DedupSegments(folder, sealedAt);
    batches = new DedupBatches(changelog, segments.published().batches());
    newestDay = segments.published().newestDay();
    if (newestDay != Integer.MIN_VALUE) {
      forgetExpired();
    }
  }

  /** Up to where the changelog need not be read, or {@link Changelog#NO_OFFSET}. */
  long offset() {
    return segments.published().offset();
  }

  @Override
  public @Nullable Entry find(Fingerprint fingerprint) {
    confirm();
    Entry recent = memtable.find(fingerprint);
    return recent != null ? recent : segments.find(fingerprint);
  }

  @Override
  public void put(Fingerprint fingerprint, Entry entry, long appendedAt) {
    confirm();
    // Put by a punctuation right after a commit: what was committed can no longer be told apart.
    saved = false;
    beginDay(Math.toIntExact(Math.floorDiv(appendedAt, DAY_MILLIS)));
    if (size() >= most && find(fingerprint) == null) {
      throw new IllegalStateException(
          "deduplication remembers "
              + size()
              + " events of this partition, which is its bound; raise mostRemembered and give the"
              + " process the disk (37 bytes each) and the memory (4 to 7 bytes each) for it");
    }
    if (memtable.size() >= MOST_UNSEALED) {
      throw new IllegalStateException(
          "%d events were put without a commit".formatted(memtable.size()));
    }
    // What waited is put after what was appended later. In the segment of a day that is over it
    // would be older than what it replaces.
    memtable.put(fingerprint, entry, newestDay);
    batches.add(newestDay, fingerprint, entry);
    own = true;
    puts++;
  }

  private void beginDay(int day) {
    if (day > newestDay) {
      newestDay = day;
      forgetExpired();
    }
  }

  private void forgetExpired() {
    int first = Math.toIntExact(newestDay - REMEMBERED_DAYS);
    if (first > firstDay) {
      firstDay = first;
      memtable.dropBefore(first);
      segments.dropBefore(first);
    }
  }

  @Override
  public void save() {
    batches.save(firstDay);
    saved = processed;
    processed = false;
  }

  /** The moment after a commit at which the memtable is exactly what was committed. */
  private void confirm() {
    if (!changelog.isProcessing()) {
      return;
    }
    processed = true;
    if (!saved) {
      return;
    }
    saved = false;
    if (sealed || memtable.size() >= sealedAt) {
      seal(Math.max(changelog.offset(), coveredOffset));
    }
    payForMerging();
  }

  private void seal(long offset) {
    segments.seal(memtable);
    memtable.clear();
    own = false;
    segments.publish(offset, newestDay, batches.counts());
    sealed = false;
  }

  private void payForMerging() {
    long owed = puts - putsPaidFor;
    putsPaidFor = puts;
    segments.merge(owed * MERGED_PER_PUT);
  }

  /**
   * Takes over a record of the changelog. To be called in their order, from the one after {@link
   * #offset} on.
   *
   * @throws IllegalStateException if this version cannot read it, or if the files in the folder do
   *     not belong to this changelog; they are gone then
   */
  void restore(byte[] key, byte @Nullable [] batch) {
    saved = false;
    // Of a task that became a standby, which it does after a commit only.
    own = false;
    if (batch == null) {
      return;
    }
    ByteBuffer where = ByteBuffer.wrap(key);
    int day = where.getInt();
    try {
      batches.restored(day, where.getInt(), batch, offset() != Changelog.NO_OFFSET);
    } catch (IllegalStateException e) {
      forget();
      throw e;
    }
    beginDay(day);
    ByteBuffer entries = ByteBuffer.wrap(batch);
    while (entries.hasRemaining()) {
      Fingerprint fingerprint = new Fingerprint(entries.getLong(), entries.getLong());
      Entry entry = DedupEntries.read(entries);
      if (day >= firstDay) {
        memtable.put(fingerprint, entry, day);
        puts++;
      }
    }
    if (memtable.size() >= sealedAt) {
      segments.seal(memtable);
      memtable.clear();
      sealed = true;
    }
  }

  /**
   * Is told that everything restored so far ends at this offset. Kafka Streams says the same of
   * what was put, but also when a task closes because its commit failed.
   */
  void covered(long offset) {
    if (own) {
      return;
    }
    coveredOffset = offset;
    coveredPuts = puts;
    if (sealed) {
      seal(offset);
      payForMerging();
    }
  }

  /** Empties the folder. */
  void forget() {
    memtable.clear();
    own = false;
    segments.forget();
    coveredPuts = -1;
  }

  @Override
  public long size() {
    return memtable.size() + segments.entries();
  }

  int segmentCount() {
    return segments.count();
  }

  /** Memory beside the heap, without the pages of the files. */
  long filterBytes() {
    return segments.filterBytes();
  }

  /** Seals what was restored, so that the next start need not read it. */
  @Override
  public void close() {
    if (coveredPuts == puts && (memtable.size() > 0 || offset() < coveredOffset)) {
      seal(coveredOffset);
    }
    segments.close();
  }
}
