package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.junit.jupiter.api.Test;

/** Whatever is replaced, added and deleted: what one map would have, in its order. */
class OverlaidIteratorTest {
  private static final byte[] DELETED = {};

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private NavigableMap<Bytes, byte[]> some(boolean deletes) {
    NavigableMap<Bytes, byte[]> map = new TreeMap<>();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      byte[] value = deletes && random.nextBoolean() ? DELETED : new byte[] {(byte) i};
      map.put(Bytes.wrap(new byte[] {(byte) random.nextInt(10)}), value);
    }
    return map;
  }

  private static List<String> entries(KeyValueIterator<Bytes, byte[]> iterator) {
    List<String> entries = new ArrayList<>();
    while (iterator.hasNext()) {
      Bytes peeked = iterator.peekNextKey();
      KeyValue<Bytes, byte[]> entry = iterator.next();
      assertThat(entry.key).isEqualTo(peeked);
      entries.add(entry.key + "=" + entry.value[0]);
    }
    return entries;
  }

  @Test
  void saysWhatOneMapWouldSay() {
    for (int round = 0; round < 5_000; round++) {
      NavigableMap<Bytes, byte[]> under = some(false);
      NavigableMap<Bytes, byte[]> over = some(true);
      NavigableMap<Bytes, byte[]> both = new TreeMap<>(under);
      both.putAll(over);
      both.values().removeIf(value -> value == DELETED);
      MemoryCells cells = new MemoryCells();
      cells.write(changes -> under.forEach((key, value) -> changes.put(key.get(), value)));
      boolean forward = random.nextBoolean();
      List<String> expected = new ArrayList<>();
      (forward ? both : both.descendingMap())
          .forEach((key, value) -> expected.add(key + "=" + value[0]));
      assertThat(
              entries(
                  new OverlaidIterator(
                      forward ? over : over.descendingMap(),
                      DELETED,
                      cells.range(null, null, forward))))
          .as("seed " + seed)
          .isEqualTo(expected);
    }
  }
}
