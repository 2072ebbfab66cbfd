package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Fingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DedupSegmentTest {
  @TempDir Path folder;

  /** Fingerprints are uniform; whatever they are, a search has to be right. */
  @Test
  void findsWhatItHasHoweverItLies() throws IOException {
    long seed = Long.getLong("dedup.seed", System.nanoTime());
    Random random = new Random(seed);
    List<LongUnaryOperator> kinds =
        List.of(
            high -> high,
            high -> high >>> 40,
            high -> high | 0xffff_ff00_0000_0000L,
            high -> high & 3,
            high -> (high & 1) == 0 ? high >>> 50 : ~(high >>> 50));
    for (int kind = 0; kind < kinds.size(); kind++) {
      for (int count : new int[] {1, 2, 3, 100, 5_000}) {
        List<Fingerprint> put = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          long high = kinds.get(kind).applyAsLong(random.nextLong());
          put.add(new Fingerprint(high, random.nextLong()));
        }
        Path file = folder.resolve(kind + "-" + count);
        try (DedupSegment segment = DedupFilterTest.segment(file, 1, put)) {
          for (Fingerprint one : put) {
            long at = segment.find(one.high(), one.low());
            assertThat(at).as("%s, kind %d of %d, seed %d", one, kind, count, seed).isNotNegative();
            assertThat(segment.low(at)).isEqualTo(one.low());
          }
          long wanted = random.nextLong();
          for (long high : new long[] {0, 1, wanted, kinds.get(kind).applyAsLong(wanted), -1}) {
            long least =
                put.stream().filter(one -> Long.compareUnsigned(one.high(), high) < 0).count();
            assertThat(segment.lowerBound(high))
                .as("%d, kind %d of %d, seed %d", high, kind, count, seed)
                .isEqualTo(least);
            assertThat(segment.find(high, 3)).isEqualTo(-1);
          }
        }
      }
    }
  }
}
