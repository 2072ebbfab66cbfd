package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** Added to the cells at any moment, in any slices, with crashes between: the same sums. */
class PendingTalliesTest {
  /** Of every kind: nodes, models and features in them, users by key. */
  private static final List<Cell> CELLS = cells();

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  /** What was committed: the log and the cells. */
  private KeyValueStore<Bytes, byte[]> log = store(Map.of());

  private Map<Cell, Tally> cells = new HashMap<>();
  private Map<Bytes, byte[]> committedLog = new HashMap<>();
  private Map<Cell, Tally> committedCells = new HashMap<>();

  private static List<Cell> cells() {
    Scope organization = Scope.organization("org");
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      cells.add(Cell.of(organization, i));
      cells.add(Cell.of(Scope.workspace("org", "ws-" + i), -1));
      cells.add(
          Cell.of(Scope.apiKey("org", "k").inside(new Subject(SubjectKind.MODEL, "m/ü" + i)), 7));
      Scope user = organization.inside(new Subject(SubjectKind.USER, "u/é" + i % 25));
      cells.add(new Cell(user, "ws", "key-" + i / 25, 3));
    }
    return List.copyOf(cells);
  }

  private Cell any(int of) {
    return CELLS.get(random.nextInt(of));
  }

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
    pending.commit((cell, key, tally) -> cells.merge(cell, tally, Tally::plus));
    committedLog = content(log);
    committedCells = new HashMap<>(cells);
  }

  private Map<Cell, Tally> sums(PendingTallies pending) {
    Map<Cell, Tally> sums = new HashMap<>(cells);
    for (Cell cell : CELLS) {
      String apiKey = cell.apiKeyId();
      Subject subject = cell.scope().subject();
      Scope asked =
          apiKey == null || subject == null
              ? cell.scope()
              : Scope.apiKey("org", apiKey).inside(subject);
      pending.forEach(
          asked,
          cell.quarterHour(),
          cell.quarterHour(),
          (tally, quarterHour) -> sums.merge(cell.at(quarterHour), tally, Tally::plus));
    }
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
    Map<Cell, Tally> expected = new HashMap<>();
    Map<Cell, Tally> committed = new HashMap<>();
    for (int step = 0; step < 400; step++) {
      int what = random.nextInt(10);
      if (what < 7) {
        Cell cell = any(40);
        Tally added = tally(random.nextInt(1000));
        pending.add(cell, added);
        expected.merge(cell, added, Tally::plus);
      } else if (what < 9) {
        commit(pending);
        committed = new HashMap<>(expected);
      } else {
        if (random.nextBoolean()) {
          // Closed after an error: it runs once more, and nothing of that counts.
          pending.commit((cell, key, tally) -> cells.merge(cell, tally, Tally::plus));
        }
        crash();
        pending = new PendingTallies(log, bounds);
        expected = new HashMap<>(committed);
      }
      assertThat(sums(pending)).as(as).isEqualTo(expected);
    }
  }

  @Test
  void readersOfTheLogSeeWhatIsPending() {
    BudgetBounds bounds = BudgetBounds.standard().folding(20, 7);
    PendingTallies pending = new PendingTallies(log, bounds);
    for (int i = 0; i < 300; i++) {
      pending.add(any(60), tally(i));
      if (i % 5 == 0) {
        commit(pending);
        Map<Cell, Tally> read = new HashMap<>(cells);
        byte[] position = log.get(TallyLog.FOLDED);
        content(log)
            .forEach(
                (key, value) -> {
                  if (!key.equals(TallyLog.FOLDED)) {
                    TallyLog.forEach(
                        value,
                        sum -> {
                          if (position == null
                              || !TallyLog.Folded.fromBytes(position)
                                  .covers(TallyLog.sequence(key), sum)) {
                            Cell cell = TallyKey.cell(sum.key());
                            assertThat(TallyLog.bucket(cell.scope())).isEqualTo(key.get()[0]);
                            read.merge(cell, sum.tally(), Tally::plus);
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
      pending.add(CELLS.get(i % 200), tally(i % 1000));
      if (i % 1000 == 999) {
        pending.commit((cell, key, tally) -> written[0]++);
      }
      assertThat(pending.isFull()).isEqualTo(i % 1000 != 999 && i % 1000 >= 99);
    }
    assertThat(written[0]).isLessThanOrEqualTo(100 * 200);
    assertThat(content(log).size()).isLessThan(2 * TallyLog.BUCKETS * 2 + 1);
  }
}
