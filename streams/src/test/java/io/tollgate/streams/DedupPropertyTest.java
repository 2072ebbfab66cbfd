package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.BodyDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dedup memory beside a map: random puts and state changes over months, with commits, aborts,
 * kills, clean stops, lost and truncated files. {@code -Ddedup.seed=} replays one run.
 */
class DedupPropertyTest {
  private static final int STEPS = 300;
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long START = Instant.parse("2026-06-15T12:00:00Z").toEpochMilli();
  private static final int SEALED_AT = 200;

  @TempDir Path folder;
  private final RecordedChangelog changelog = new RecordedChangelog();

  private record Known(DedupMemory.Entry entry, long day) {}

  /** As of the last commit, and with what was put since. */
  private Map<Long, Known> committed = new HashMap<>();

  private Map<Long, Known> expected = new HashMap<>();
  private SegmentedDedupMemory memory;
  private long now = START;
  private long newestDay;
  private long nextNew;

  private SegmentedDedupMemory open() {
    return new SegmentedDedupMemory(folder, changelog, Long.MAX_VALUE, SEALED_AT);
  }

  private void restart() {
    memory = open();
    changelog.restore(memory);
    newestDay = expected.values().stream().mapToLong(Known::day).max().orElse(0);
    now = newestDay == 0 ? START : newestDay * DAY;
  }

  @BeforeEach
  void begin() {
    memory = open();
  }

  @RepeatedTest(4)
  void agreesWithAMap() throws IOException {
    long seed = Long.getLong("dedup.seed", System.nanoTime());
    System.out.println("dedup.seed=" + seed);
    Random random = new Random(seed);
    for (int step = 0; step < STEPS; step++) {
      step(random, seed);
    }
    memory.close();
  }

  private void step(Random random, long seed) throws IOException {
    switch (random.nextInt(20)) {
      case 0 -> now += random.nextInt(3) * DAY / 2;
      case 1 -> now += random.nextInt(10) == 0 ? 60 * DAY : DAY;
      case 2 -> kill();
      case 3 -> {
        commit();
        stop();
      }
      case 4 -> {
        memory.save();
        kill();
      }
      case 5 -> {
        commit();
        damage(random);
      }
      case 6, 7, 8 -> commit();
      case 9 -> closeDirty();
      default -> put(random);
    }
    for (int i = 0; i < 40; i++) {
      check(random.nextLong(nextNew + 10), seed);
    }
  }

  private void put(Random random) {
    int count = random.nextInt(random.nextInt(10) == 0 ? 1500 : 120);
    for (int i = 0; i < count; i++) {
      long number = random.nextInt(10) == 0 ? random.nextLong(nextNew + 1) : nextNew++;
      DedupMemory.Entry entry =
          new DedupMemory.Entry(
              new BodyDigest(random.nextLong(), number),
              DedupMemory.State.values()[random.nextInt(3)],
              random.nextInt(50) - 1);
      // Sometimes one that waited.
      long appendedAt = i == 0 ? now : now - random.nextInt(2) * 1000;
      memory.put(DedupMemoryTest.id(number), entry, appendedAt);
      newestDay = Math.max(newestDay, now / DAY);
      expected.put(number, new Known(entry, newestDay));
    }
  }

  private void commit() {
    changelog.commit(memory);
    committed = new HashMap<>(expected);
  }

  private void kill() {
    changelog.abort();
    expected = new HashMap<>(committed);
    restart();
  }

  private void stop() {
    if (!changelog.committed().isEmpty()) {
      memory.covered(changelog.offset());
    }
    memory.close();
    restart();
  }

  /** As when its commit failed. */
  private void closeDirty() {
    memory.save();
    if (changelog.offset() != Changelog.NO_OFFSET) {
      memory.covered(changelog.offset());
    }
    memory.close();
    kill();
  }

  private void damage(Random random) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.sorted().toList();
    }
    if (!files.isEmpty()) {
      Path file = files.get(random.nextInt(files.size()));
      if (random.nextBoolean()) {
        Files.delete(file);
      } else {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(
            file, java.util.Arrays.copyOf(bytes, random.nextInt(Math.max(1, bytes.length))));
      }
    }
    kill();
  }

  private void check(long number, long seed) {
    Known known = expected.get(number);
    DedupMemory.Entry found = memory.find(DedupMemoryTest.id(number));
    long firstDay = newestDay - Rerouting.REMEMBERED.toDays() - 1;
    if (known != null && known.day() >= firstDay) {
      assertThat(found).as("event %d, seed %d", number, seed).isEqualTo(known.entry());
    } else {
      assertThat(found).as("event %d, seed %d", number, seed).isNull();
    }
  }
}
