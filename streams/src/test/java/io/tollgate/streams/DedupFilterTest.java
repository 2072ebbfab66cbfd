package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -Ddedup.seed=} replays one run. */
class DedupFilterTest {
  private static final int DAY = 20_619;
  private static final DedupMemory.Entry ENTRY = DedupMemory.Entry.accepted(new BodyDigest(1, 2));

  @TempDir Path folder;
  private final List<DedupSegment> segments = new ArrayList<>();
  private final DedupFilter filter = new DedupFilter(() -> segments);
  private final byte[] codes = new byte[DedupFilter.MOST_CANDIDATES];

  @AfterEach
  void close() {
    filter.close();
    segments.forEach(DedupSegment::close);
  }

  static DedupSegment segment(Path file, int day, List<Fingerprint> fingerprints)
      throws IOException {
    List<Fingerprint> sorted = new ArrayList<>(fingerprints);
    sorted.sort(
        Comparator.comparing(Fingerprint::high, Long::compareUnsigned)
            .thenComparing(Fingerprint::low, Long::compareUnsigned));
    try (DedupSegmentWriter writer = new DedupSegmentWriter(file, day, sorted.size())) {
      for (Fingerprint fingerprint : sorted) {
        int at = writer.next(fingerprint.high());
        DedupEntries.writeRow(fingerprint.low(), ENTRY, writer.rows(), at);
      }
      writer.finish();
    }
    return DedupSegment.open(file);
  }

  private void add(int day, List<Fingerprint> fingerprints) throws IOException {
    DedupSegment added =
        segment(folder.resolve(Integer.toString(segments.size())), day, fingerprints);
    segments.add(added);
    filter.add(added);
  }

  private boolean isNamed(Fingerprint fingerprint, int day) {
    int found = filter.candidates(fingerprint.high(), codes);
    for (int i = 0; i < found; i++) {
      if (codes[i] == DedupFilter.code(day)) {
        return true;
      }
    }
    return found == DedupFilter.ANY_DAY;
  }

  private void assertNamed(List<Fingerprint> fingerprints, int day, long seed) {
    for (Fingerprint fingerprint : fingerprints) {
      assertThat(isNamed(fingerprint, day))
          .as("%s of day %d, seed %d", fingerprint, day, seed)
          .isTrue();
    }
  }

  /** Most of them in one shard, which thereby grows over several pages. */
  @RepeatedTest(2)
  void namesTheDayOfAllThatItTookInAndHardlyAnyOther() throws IOException {
    long seed = Long.getLong("dedup.seed", System.nanoTime());
    System.out.println("dedup.seed=" + seed);
    Random random = new Random(seed);
    List<List<Fingerprint>> put = new ArrayList<>();
    for (int day = 0; day < 12; day++) {
      List<Fingerprint> ofDay = new ArrayList<>();
      for (int i = 0; i < 1_000 + random.nextInt(40_000); i++) {
        ofDay.add(fingerprint(random));
      }
      add(DAY + day, ofDay);
      put.add(ofDay);
      assertNamed(ofDay.subList(0, 100), DAY + day, seed);
      int earlier = random.nextInt(put.size());
      assertNamed(put.get(earlier).subList(0, 100), DAY + earlier, seed);
    }
    for (int start = 0; start < 2; start++) {
      for (int day = 0; day < put.size(); day++) {
        assertNamed(put.get(day), DAY + day, seed);
      }
      int inVain = 0;
      for (int i = 0; i < 100_000; i++) {
        inVain += filter.candidates(fingerprint(random).high(), codes) == 0 ? 0 : 1;
      }
      assertThat(inVain).as("of 100,000 new ones, seed %d", seed).isLessThan(100);
      filter.clear();
      assertThat(filter.bytes()).isZero();
    }
  }

  private static Fingerprint fingerprint(Random random) {
    long high = random.nextInt(10) == 0 ? random.nextLong() : random.nextLong() >>> 8;
    return new Fingerprint(high, random.nextLong());
  }

  @Test
  void anEventThatIsAmendedOverAndOverDoesNotFillBucketAfterBucket() throws IOException {
    Random random = new Random(7);
    List<Fingerprint> others = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      others.add(new Fingerprint(random.nextLong() >>> 8, random.nextLong()));
    }
    Fingerprint amended = others.getFirst();
    add(DAY, others);
    for (int time = 0; time < 300; time++) {
      add(DAY, List.of(amended));
    }
    assertThat(filter.candidates(amended.high(), codes)).isBetween(1, 20);
    for (int day = 1; day < 34; day++) {
      add(DAY + day, List.of(amended));
      add(DAY + day, List.of(amended));
    }
    for (int day = 0; day < 34; day++) {
      assertNamed(List.of(amended), DAY + day, 7);
    }
    assertThat(filter.candidates(amended.high(), codes)).isBetween(34, 100);
    assertNamed(others, DAY, 7);
  }

  @Test
  void aDayMoreThanItCanNameIsAnyDay() throws IOException {
    Fingerprint one = new Fingerprint(5, 6);
    for (int day = 0; day < DedupFilter.MOST_CANDIDATES + 1; day++) {
      add(DAY + day, List.of(one));
    }
    assertThat(filter.candidates(one.high(), codes)).isEqualTo(DedupFilter.ANY_DAY);
  }
}
