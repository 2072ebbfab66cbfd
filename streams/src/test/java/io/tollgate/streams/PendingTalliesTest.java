package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** Added to the cells at any moment, in any slices, with crashes between: the same sums. */
class PendingTalliesTest {
  private static final TallyKey.Range ALL =
      new TallyKey.Range(
          Bytes.wrap(new byte[0]), Bytes.wrap(new byte[] {Byte.MAX_VALUE}), key -> true);

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  /** What was committed: the log and the cells. */
  private KeyValueStore<Bytes, byte[]> log = store(Map.of());

  private Map<Bytes, Tally> cells = new HashMap<>();
  private Map<Bytes, byte[]> committedLog = new HashMap<>();
  private Map<Bytes, Tally> committedCells = new HashMap<>();

  private static KeyValueStore<Bytes, byte[]> store(Map<Bytes, byte[]> content) {
    KeyValueStore<Bytes, byte[]> store = Stores.inMemoryKeyValueStore("log").get();
    content.forEach(store::put);
    return store;
  }

  private static Map<Bytes, byte[]> content(KeyValueStore<Bytes, byte[]> store) {
    Map<Bytes, byte[]> content = new HashMap<>();
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> one = all.next();
        content.put(one.key, one.value);
      }
    }
    return content;
  }

  private void crash() {
    log = store(committedLog);
    cells = new HashMap<>(committedCells);
  }

  private void commit(PendingTallies pending) {
    pending.commit((cell, tally) -> cells.merge(cell, tally, Tally::plus));
    committedLog = content(log);
    committedCells = new HashMap<>(cells);
  }

  private Map<Bytes, Tally> sums(PendingTallies pending) {
    Map<Bytes, Tally> sums = new TreeMap<>(cells);
    pending.forEach(ALL, (cell, tally) -> sums.merge(cell, tally, Tally::plus));
    return sums;
  }

  private static Tally tally(int number) {
    return new Tally(
        1, number % 2 == 0 ? Map.of() : Map.of("input", (long) number), Money.parse("0." + number));
  }

  @Test
  void whateverIsAddedWhenAndWhateverCrashesTheSumsAreTheSame() {
    for (int round = 0; round < 50; round++) {
      crashAndCommit(round);
    }
  }

  private void crashAndCommit(int round) {
    String as = "seed " + seed + ", round " + round;
    BudgetBounds bounds =
        BudgetBounds.standard().folding(1 + random.nextInt(30), 1 + random.nextInt(10));
    committedLog = new HashMap<>();
    committedCells = new HashMap<>();
    crash();
    PendingTallies pending = new PendingTallies(log, bounds);
    Map<Bytes, Tally> expected = new TreeMap<>();
    Map<Bytes, Tally> committed = new TreeMap<>();
    for (int step = 0; step < 400; step++) {
      int what = random.nextInt(10);
      if (what < 7) {
        Bytes cell = Bytes.wrap(("cell-" + random.nextInt(40)).getBytes(StandardCharsets.US_ASCII));
        Tally added = tally(random.nextInt(1000));
        pending.add(TallyLog.bucket(cell.get()), cell, added);
        expected.merge(cell, added, Tally::plus);
      } else if (what < 9) {
        commit(pending);
        committed = new TreeMap<>(expected);
      } else {
        if (random.nextBoolean()) {
          // Closed after an error: it runs once more, and nothing of that counts.
          pending.commit((cell, tally) -> cells.merge(cell, tally, Tally::plus));
        }
        crash();
        pending = new PendingTallies(log, bounds);
        expected = new TreeMap<>(committed);
      }
      assertThat(sums(pending)).as(as).isEqualTo(expected);
    }
  }

  @Test
  void readersOfTheLogSeeWhatIsPending() {
    BudgetBounds bounds = BudgetBounds.standard().folding(20, 7);
    PendingTallies pending = new PendingTallies(log, bounds);
    for (int i = 0; i < 300; i++) {
      Bytes cell = Bytes.wrap(("cell-" + random.nextInt(60)).getBytes(StandardCharsets.US_ASCII));
      pending.add(TallyLog.bucket(cell.get()), cell, tally(i));
      if (i % 5 == 0) {
        commit(pending);
        Map<Bytes, Tally> read = new TreeMap<>(cells);
        byte[] position = log.get(TallyLog.FOLDED);
        content(log)
            .forEach(
                (key, value) -> {
                  if (!key.equals(TallyLog.FOLDED)) {
                    TallyLog.forEach(
                        value,
                        (at, tally) -> {
                          if (position == null
                              || !TallyLog.Folded.fromBytes(position)
                                  .covers(TallyLog.sequence(key), at)) {
                            read.merge(at, tally, Tally::plus);
                          }
                        });
                  }
                });
        assertThat(read).as("seed " + seed).isEqualTo(sums(pending));
      }
    }
  }

  /** Many sums of few cells: written once per round through the layers, not once per sum. */
  @Test
  void aCellIsWrittenOnceForManySums() {
    BudgetBounds bounds = BudgetBounds.standard().folding(100, 10);
    PendingTallies pending = new PendingTallies(log, bounds);
    int[] written = {0};
    for (int i = 0; i < 100_000; i++) {
      Bytes cell = Bytes.wrap(("cell-" + i % 200).getBytes(StandardCharsets.US_ASCII));
      pending.add(TallyLog.bucket(cell.get()), cell, tally(i % 1000));
      if (i % 1000 == 999) {
        pending.commit((at, tally) -> written[0]++);
      }
      assertThat(pending.isFull()).isEqualTo(i % 1000 != 999 && i % 1000 >= 99);
    }
    assertThat(written[0]).isLessThanOrEqualTo(100 * 200);
    assertThat(content(log).size()).isLessThan(2 * TallyLog.BUCKETS * 2 + 1);
  }
}
