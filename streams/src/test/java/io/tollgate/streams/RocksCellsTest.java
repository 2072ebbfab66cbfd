package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksCellsTest {
  @TempDir Path folder;
  private Instant now = Instant.parse("2026-06-15T12:00:00Z");
  private final RocksFiles files = new RocksFiles(() -> now);
  private RocksCells cells;

  @BeforeEach
  void open() {
    cells = files.open(folder.resolve("task"), "cells");
  }

  @AfterEach
  void close() {
    cells.close();
  }

  private void reopen() {
    cells.close();
    open();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void put(String key, @Nullable String value, long offset) {
    cells.write(changes -> changes.put(bytes(key), value == null ? null : bytes(value)), offset);
  }

  private @Nullable String get(String key) {
    byte[] value = cells.get(bytes(key));
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private List<String> keys(@Nullable String from, @Nullable String to, boolean forward) {
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> found =
        cells.range(
            from == null ? null : Bytes.wrap(bytes(from)),
            to == null ? null : Bytes.wrap(bytes(to)),
            forward)) {
      found.forEachRemaining(
          entry -> keys.add(new String(entry.key.get(), StandardCharsets.UTF_8)));
    }
    return keys;
  }

  @Test
  void whatWasWrittenWithAnOffsetIsThereAgain() {
    assertThat(cells.offset()).isEqualTo(Changelog.NO_OFFSET);
    put("a", "1", 7);
    put("b", "2", 8);
    put("a", null, 9);
    reopen();
    assertThat(cells.offset()).isEqualTo(9);
    assertThat(get("a")).isNull();
    assertThat(get("b")).isEqualTo("2");
  }

  @Test
  void theOffsetIsNoCell() {
    put("b", "1", 7);
    put("a", "1", 8);
    put("c", "1", 9);
    assertThat(keys(null, null, true)).containsExactly("a", "b", "c");
    assertThat(keys(null, null, false)).containsExactly("c", "b", "a");
    assertThat(keys("b", "b", true)).containsExactly("b");
    assertThat(keys("aa", "bb", false)).containsExactly("b");
    assertThat(keys("c", "a", true)).isEmpty();
    assertThat(keys("d", null, true)).isEmpty();
  }

  @Test
  void aReaderGoesOnWithWhatThereWas() {
    put("a", "1", 1);
    put("b", "1", 2);
    try (KeyValueIterator<Bytes, byte[]> found = cells.range(null, null, true)) {
      put("b", null, 3);
      put("c", "1", 4);
      List<Bytes> keys = new ArrayList<>();
      found.forEachRemaining(entry -> keys.add(entry.key));
      assertThat(keys).containsExactly(Bytes.wrap(bytes("a")), Bytes.wrap(bytes("b")));
    }
  }

  @Test
  void whatHasNoOffsetIsOfNoUse() {
    cells.write(changes -> changes.put(bytes("a"), bytes("1")));
    assertThat(get("a")).isEqualTo("1");
    reopen();
    assertThat(get("a")).isNull();
  }

  /** By then the changelog may have forgotten that a key was deleted. */
  @Test
  void whatWasLeftTooLongAgoIsOfNoUse() {
    put("a", "1", 7);
    now = now.plus(Duration.ofHours(11));
    reopen();
    assertThat(get("a")).isEqualTo("1");
    now = now.plus(Duration.ofHours(2));
    reopen();
    assertThat(cells.offset()).isEqualTo(Changelog.NO_OFFSET);
    assertThat(get("a")).isNull();
  }

  @Test
  void whatIsForgottenCanBeWrittenAnew() {
    put("a", "1", 7);
    cells.forget();
    assertThat(cells.offset()).isEqualTo(Changelog.NO_OFFSET);
    assertThat(get("a")).isNull();
    put("b", "2", 0);
    reopen();
    assertThat(cells.offset()).isZero();
    assertThat(keys(null, null, true)).containsExactly("b");
  }

  @Test
  void storesOfATaskDoNotSeeEachOther() {
    put("b", "1", 7);
    for (String name : List.of("cell", "cells-1", "cells-2", "zz", "")) {
      try (RocksCells other = files.open(folder.resolve("task"), name)) {
        other.write(
            changes -> List.of("a", "b", "z").forEach(k -> changes.put(bytes(k), bytes("2"))), 9);
        assertThat(get("b")).isEqualTo("1");
        assertThat(keys(null, null, true)).containsExactly("b");
        assertThat(keys(null, null, false)).containsExactly("b");
        assertThat(keys("a", "z", false)).containsExactly("b");
        other.forget();
        assertThat(other.get(bytes("b"))).isNull();
        assertThat(other.offset()).isEqualTo(Changelog.NO_OFFSET);
      }
      assertThat(get("b")).isEqualTo("1");
      assertThat(cells.offset()).isEqualTo(7);
    }
  }

  @Test
  void storesWhoseKeysWouldBeginAlikeAreRefused() {
    Path task = folder.resolve("task");
    RocksCells one = files.open(task, "Aa");
    assertThatThrownBy(() -> files.open(task, "BB"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("BB");
    one.close();
    files.open(task, "BB").close();
    put("a", "1", 1);
    assertThat(get("a")).isEqualTo("1");
  }

  @Test
  void brokenFilesAreOfNoUse() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      put("key-" + i, "value", i);
    }
    cells.close();
    try (Stream<Path> files = Files.list(folder.resolve("task"))) {
      for (Path file : files.filter(f -> f.toString().contains("MANIFEST")).toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
    open();
    assertThat(cells.offset()).isEqualTo(Changelog.NO_OFFSET);
    assertThat(keys(null, null, true)).isEmpty();
  }

  @Test
  void whoReadsWhileItIsClosedIsTold() {
    put("a", "1", 1);
    KeyValueIterator<Bytes, byte[]> found = cells.range(null, null, true);
    cells.close();
    assertThatThrownBy(found::next).isInstanceOf(InvalidStateStoreException.class);
    found.close();
    assertThatThrownBy(() -> cells.get(bytes("a"))).isInstanceOf(InvalidStateStoreException.class);
  }
}
