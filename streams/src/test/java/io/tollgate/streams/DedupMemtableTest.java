package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;

/** {@code -Ddedup.seed=} replays one run. */
class DedupMemtableTest {
  private record Put(DedupMemory.Entry entry, int day) {}

  private final DedupMemtable memtable = new DedupMemtable();
  private final Map<Fingerprint, Put> expected = new HashMap<>();

  @RepeatedTest(3)
  void agreesWithAMap() {
    long seed = Long.getLong("dedup.seed", System.nanoTime());
    System.out.println("dedup.seed=" + seed);
    Random random = new Random(seed);
    int day = 100;
    for (int step = 0; step < 40; step++) {
      switch (random.nextInt(12)) {
        case 0 -> day++;
        case 1 -> {
          int first = day - random.nextInt(3);
          memtable.dropBefore(first);
          expected.values().removeIf(put -> put.day() < first);
        }
        case 2 -> {
          memtable.clear();
          expected.clear();
        }
        default -> put(random, day);
      }
      check(random, seed);
    }
  }

  private void put(Random random, int day) {
    int count = random.nextInt(random.nextInt(8) == 0 ? 6_000 : 300);
    for (int i = 0; i < count; i++) {
      Fingerprint fingerprint = fingerprint(random);
      DedupMemory.Entry entry =
          new DedupMemory.Entry(
              new BodyDigest(random.nextLong(), random.nextLong()),
              DedupMemory.State.values()[random.nextInt(3)],
              random.nextInt(50) - 1);
      memtable.put(fingerprint, entry, day);
      expected.put(fingerprint, new Put(entry, day));
    }
  }

  /** Some again, some that only one half tells apart. */
  private static Fingerprint fingerprint(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Fingerprint(random.nextInt(20), random.nextInt(4));
      case 1 -> new Fingerprint(random.nextInt(100), 7);
      default -> new Fingerprint(random.nextInt(5_000), random.nextLong());
    };
  }

  private void check(Random random, long seed) {
    assertThat(memtable.size()).as("seed %d", seed).isEqualTo(expected.size());
    expected.forEach(
        (fingerprint, put) -> assertThat(memtable.find(fingerprint)).isEqualTo(put.entry()));
    assertThat(memtable.find(new Fingerprint(random.nextLong(), random.nextInt(4))))
        .as("seed %d", seed)
        .isNull();
    int sorted = 0;
    for (int day : memtable.days()) {
      int before = -1;
      for (int number : memtable.sorted(day)) {
        Fingerprint fingerprint = new Fingerprint(memtable.high(number), memtable.low(number));
        assertThat(expected.get(fingerprint))
            .as("seed %d", seed)
            .isEqualTo(new Put(memtable.entry(number), day));
        assertThat(before < 0 || isBefore(before, number)).as("seed %d", seed).isTrue();
        before = number;
        sorted++;
      }
    }
    assertThat(sorted).as("seed %d", seed).isEqualTo(expected.size());
  }

  private boolean isBefore(int one, int other) {
    int byHigh = Long.compareUnsigned(memtable.high(one), memtable.high(other));
    return byHigh < 0
        || (byHigh == 0 && Long.compareUnsigned(memtable.low(one), memtable.low(other)) < 0);
  }
}
