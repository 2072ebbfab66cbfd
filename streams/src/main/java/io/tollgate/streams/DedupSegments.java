package io.tollgate.streams;

import io.tollgate.schemas.Fingerprint;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a partition's dedup segments: sealed from the memtable, a few per day, merged while
 * the day lasts by size and after it into one, dropped with their day.
 *
 * <p>Files come into force and go with the {@link DedupManifest} alone, so that a kill at any
 * moment leaves what the last manifest says. A folder that is not as its manifest says is emptied.
 */
final class DedupSegments implements Closeable {
  /** Segments of one size that are merged while more of their day come. */
  static final int MERGED_AT_ONCE = 8;

  /** More are merged in several goes. */
  private static final int MOST_MERGED_AT_ONCE = 64;

  /** What is in the folder when there is no manifest. */
  private static final String SUFFIX = ".segment";

  private static final Logger LOG = LoggerFactory.getLogger(DedupSegments.class);

  private final Path folder;
  private final int leastCount;

  /** By day, in the order in which they were written. */
  private final TreeMap<Integer, List<DedupSegment>> days = new TreeMap<>();

  private final DedupFilter filter = new DedupFilter(this::all);
  private final byte[] codes = new byte[DedupFilter.MOST_CANDIDATES];

  /** No longer in use, to be deleted once no manifest names them. */
  private final List<Path> dropped = new ArrayList<>();

  private DedupManifest manifest =
      new DedupManifest(Changelog.NO_OFFSET, Integer.MIN_VALUE, List.of(), new TreeMap<>());
  private @Nullable DedupMerge merge;
  private int nextNumber;
  private long entries;

  /** Whether what was opened turned out not to be trusted: nothing is published any more. */
  private boolean forgotten;

  /** Opens what is in a folder; the smallest segments have about so many entries. */
  DedupSegments(Path folder, int leastCount) {
    this.folder = folder;
    this.leastCount = leastCount;
    try {
      Files.createDirectories(folder);
      if (DedupManifest.isIn(folder)) {
        open();
      }
      deleteUnnamed();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void open() throws IOException {
    try {
      DedupManifest found = DedupManifest.read(folder);
      for (DedupManifest.Segment named : found.segments()) {
        DedupSegment segment = DedupSegment.open(file(named.number()));
        add(segment);
        if (segment.identity() != named.identity()) {
          throw new IOException(segment.file() + " is not the file that the manifest names");
        }
        nextNumber = Math.max(nextNumber, named.number() + 1);
      }
      manifest = found;
    } catch (IOException e) {
      LOG.warn("{} is not used and read from the changelog again: {}", folder, e.getMessage());
      forget();
      forgotten = false;
    }
  }

  private void deleteUnnamed() throws IOException {
    Set<Path> named = new HashSet<>();
    all().forEach(segment -> named.add(segment.file()));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().endsWith(SUFFIX) && !named.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  private Path file(int number) {
    return folder.resolve("%08d%s".formatted(number, SUFFIX));
  }

  private static DedupManifest.Segment named(DedupSegment segment) {
    String name = segment.file().getFileName().toString();
    int number = Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()));
    return new DedupManifest.Segment(number, segment.identity());
  }

  private void add(DedupSegment segment) {
    days.computeIfAbsent(segment.day(), day -> new ArrayList<>()).add(segment);
    entries += segment.count();
  }

  private Collection<DedupSegment> all() {
    return days.values().stream().flatMap(List::stream).toList();
  }

  /** The newest entry of a fingerprint. */
  DedupMemory.@Nullable Entry find(Fingerprint fingerprint) {
    try {
      return search(fingerprint);
    } catch (DedupSegment.BrokenSegmentException e) {
      // The next start shall read the changelog instead.
      forget();
      throw e;
    }
  }

  private DedupMemory.@Nullable Entry search(Fingerprint fingerprint) {
    if (days.isEmpty()) {
      return null;
    }
    int candidates = filter.candidates(fingerprint.high(), codes);
    if (candidates == 0) {
      return null;
    }
    for (Map.Entry<Integer, List<DedupSegment>> day : days.descendingMap().entrySet()) {
      if (candidates == DedupFilter.ANY_DAY || isNamed(day.getKey(), candidates)) {
        List<DedupSegment> segments = day.getValue();
        for (int i = segments.size() - 1; i >= 0; i--) {
          long index = segments.get(i).find(fingerprint.high(), fingerprint.low());
          if (index >= 0) {
            return segments.get(i).entry(index);
          }
        }
      }
    }
    return null;
  }

  private boolean isNamed(int day, int candidates) {
    byte code = DedupFilter.code(day);
    for (int i = 0; i < candidates; i++) {
      if (codes[i] == code) {
        return true;
      }
    }
    return false;
  }

  /** Writes what a memtable holds. It counts once it is published. */
  void seal(DedupMemtable memtable) {
    try {
      for (int day : memtable.days()) {
        int[] slots = memtable.sorted(day);
        try (DedupSegmentWriter writer =
            new DedupSegmentWriter(file(nextNumber++), day, slots.length)) {
          for (int slot : slots) {
            int at = writer.next(memtable.high(slot));
            DedupEntries.writeRow(memtable.low(slot), memtable.entry(slot), writer.rows(), at);
          }
          writer.finish();
          DedupSegment segment = DedupSegment.open(writer.file());
          add(segment);
          filter.add(segment);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DedupSegment.BrokenSegmentException e) {
      forget();
      throw e;
    }
  }

  /** Brings into force what was sealed and dropped, as the state at a changelog offset. */
  void publish(long offset, int newestDay, SortedMap<Integer, Integer> batches) {
    if (forgotten) {
      return;
    }
    try {
      manifest =
          new DedupManifest(
              offset, newestDay, all().stream().map(DedupSegments::named).toList(), batches);
      manifest.write(folder);
      for (Path file : dropped) {
        Files.deleteIfExists(file);
      }
      dropped.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is in force. */
  DedupManifest published() {
    return manifest;
  }

  /** Drops days before this one. */
  void dropBefore(int day) {
    SortedMap<Integer, List<DedupSegment>> expired = days.headMap(day);
    if (merge != null && merge.day() < day) {
      abandonMerge();
    }
    expired.values().stream().flatMap(List::stream).forEach(this::drop);
    expired.clear();
  }

  private void drop(DedupSegment segment) {
    entries -= segment.count();
    segment.close();
    dropped.add(segment.file());
  }

  /**
   * Merges, by so many entries. Only right after a publication: it publishes again what it made.
   */
  void merge(long steps) {
    long left = steps;
    try {
      while (left > 0) {
        if (merge == null) {
          merge = nextMerge();
        }
        if (merge == null) {
          return;
        }
        left = merge.step(left);
        if (left > 0) {
          finishMerge(merge);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DedupSegment.BrokenSegmentException e) {
      forget();
      throw e;
    }
  }

  private @Nullable DedupMerge nextMerge() throws IOException {
    for (Map.Entry<Integer, List<DedupSegment>> day : days.descendingMap().entrySet()) {
      List<DedupSegment> segments = day.getValue();
      List<DedupSegment> chosen = day.getKey() < days.lastKey() ? segments : ofLikeSize(segments);
      if (chosen.size() > 1) {
        List<DedupSegment> inputs = chosen.subList(0, Math.min(chosen.size(), MOST_MERGED_AT_ONCE));
        long most = inputs.stream().mapToLong(DedupSegment::count).sum();
        return new DedupMerge(
            inputs, new DedupSegmentWriter(file(nextNumber++), day.getKey(), most));
      }
    }
    return null;
  }

  /** The newest segments up to the smallest size of which there are enough. */
  private List<DedupSegment> ofLikeSize(List<DedupSegment> segments) {
    int count = 0;
    for (int tier = 0; count < segments.size(); tier++) {
      while (count < segments.size() && tier(segments.get(segments.size() - 1 - count)) <= tier) {
        count++;
      }
      if (count >= MERGED_AT_ONCE) {
        return segments.subList(segments.size() - count, segments.size());
      }
    }
    return List.of();
  }

  private int tier(DedupSegment segment) {
    long size = segment.count() / leastCount;
    int tier = 0;
    while (size >= MERGED_AT_ONCE) {
      size /= MERGED_AT_ONCE;
      tier++;
    }
    return tier;
  }

  private void finishMerge(DedupMerge done) throws IOException {
    merge = null;
    done.writer().finish();
    DedupSegment merged = DedupSegment.open(done.writer().file());
    List<DedupSegment> segments =
        Objects.requireNonNull(days.get(done.day()), "a merge is abandoned with its day");
    int at = segments.indexOf(done.inputs().getFirst());
    segments.removeAll(done.inputs());
    segments.add(at, merged);
    entries += merged.count();
    done.inputs().forEach(this::drop);
    publish(manifest.offset(), manifest.newestDay(), manifest.batches());
  }

  private void abandonMerge() {
    DedupMerge abandoned = merge;
    merge = null;
    if (abandoned != null) {
      try {
        abandoned.writer().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      dropped.add(abandoned.writer().file());
    }
  }

  /** Empties the folder for good, for what is in it is not to be trusted. */
  void forget() {
    forgotten = true;
    abandonMerge();
    all().forEach(DedupSegment::close);
    days.clear();
    filter.clear();
    dropped.clear();
    entries = 0;
    manifest =
        new DedupManifest(Changelog.NO_OFFSET, Integer.MIN_VALUE, List.of(), new TreeMap<>());
    try {
      DedupManifest.delete(folder);
      deleteUnnamed();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An event that was put again counts as often as it was, until its segments are merged. */
  long entries() {
    return entries;
  }

  int count() {
    return all().size();
  }

  /** Memory beside the heap, without the pages of the files. */
  long filterBytes() {
    return filter.bytes();
  }

  @Override
  public void close() {
    abandonMerge();
    all().forEach(DedupSegment::close);
    days.clear();
    filter.close();
  }
}
