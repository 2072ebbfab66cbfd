package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.SubjectKind;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

/** In whatever pieces sums of users are written: the same answers, from few blocks. */
class UserTalliesTest {
  private final KeyValueStore<Bytes, byte[]> blocks = Stores.inMemoryKeyValueStore("users").get();
  private final UserTallies users = new UserTallies(blocks);
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static Scope user(Scope node, int number) {
    return node.inside(new Subject(SubjectKind.USER, "user/ü-" + number));
  }

  private static Cell cell(int number, int key, int quarterHour) {
    Scope scope = user(Scope.organization("org"), number);
    return new Cell(scope, "ws-" + key % 2, "key-" + key, quarterHour);
  }

  private Tally sum(Scope scope, int first, int last) {
    Tally[] sum = {Tally.NONE};
    users.forEach(scope, first, last, (tally, quarterHour) -> sum[0] = sum[0].plus(tally));
    return sum[0];
  }

  private static Tally one(long requests) {
    return new Tally(requests, Units.NONE, Money.parse("0." + requests));
  }

  private int blocks() {
    int count = 0;
    try (KeyValueIterator<Bytes, byte[]> all = blocks.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> block = all.next();
        assertThat(block.value.length).isLessThan(UserBlock.MOST_BYTES + 1024);
        count++;
      }
    }
    return count;
  }

  @Test
  void everyNodeAndTimeHasItsSums() {
    Map<Cell, Tally> expected = new HashMap<>();
    for (int write = 0; write < 300; write++) {
      for (int i = 0; i < 20; i++) {
        Cell cell = cell(random.nextInt(30), random.nextInt(4), random.nextInt(3) - 1);
        Tally added = one(1 + random.nextInt(9));
        users.add(cell, cell.key(), added);
        expected.merge(cell, added, Tally::plus);
      }
      users.write();
    }
    for (int number = 0; number < 30; number++) {
      for (int first = -1; first < 2; first++) {
        for (Scope node :
            new Scope[] {
              Scope.organization("org"),
              Scope.workspace("org", "ws-0"),
              Scope.workspace("org", "ws-1"),
              Scope.apiKey("org", "key-3")
            }) {
          Scope asked = user(node, number);
          int from = first;
          Tally wanted =
              expected.entrySet().stream()
                  .filter(sum -> sum.getKey().scope().equals(Cell.index(asked)))
                  .filter(sum -> sum.getKey().countsFor(asked))
                  .filter(sum -> sum.getKey().quarterHour() >= from)
                  .map(Map.Entry::getValue)
                  .reduce(Tally.NONE, Tally::plus);
          assertThat(sum(asked, first, 1)).as("seed " + seed + ", " + asked).isEqualTo(wanted);
        }
      }
    }
    // 30 users are in at most 30 buckets of 3 times; each a few blocks of falling size.
    assertThat(blocks()).isLessThan(30 * 3 * 3);
  }

  /** A bucket's day that does not fit into one block has several, and no answer is lost. */
  @Test
  void fullBlocksStandSideBySide() {
    int most = 120_000;
    for (int number = 0; number < most; number++) {
      Cell cell = cell(number, 0, 0);
      users.add(cell, cell.key(), one(1));
      if (number % 10_000 == 9_999) {
        users.write();
      }
    }
    int before = blocks();
    assertThat(before).isBetween(33, 200);
    for (int i = 0; i < 100; i++) {
      assertThat(sum(user(Scope.organization("org"), random.nextInt(most)), 0, 0).requests())
          .as("seed " + seed)
          .isEqualTo(1);
    }
    assertThat(sum(user(Scope.organization("org"), most), 0, 0)).isEqualTo(Tally.NONE);
    assertThat(sum(user(Scope.organization("another"), 1), 0, 0)).isEqualTo(Tally.NONE);
  }
}
