package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DedupMemoryTest {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long NOW = Instant.parse("2026-06-15T12:00:00Z").toEpochMilli();

  private static final int MOST = 1_000_000;
  private static final int SEALED_AT = 1_000;

  @TempDir Path folder;
  private final RecordedChangelog changelog = new RecordedChangelog();
  private SegmentedDedupMemory memory;

  @BeforeEach
  void open() {
    memory = new SegmentedDedupMemory(folder, changelog, MOST, SEALED_AT);
    changelog.restore(memory);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  /** Without a word, as after SIGKILL: what is not in force on disk or committed is gone. */
  private void kill() {
    changelog.abort();
    open();
  }

  private void stop() {
    changelog.commit(memory);
    memory.covered(changelog.offset());
    memory.close();
    open();
  }

  private void deleteFiles() throws Exception {
    for (Path file : files()) {
      Files.delete(file);
    }
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  static Fingerprint id(long number) {
    return Fingerprint.of("acme", "gateway", "event-" + number);
  }

  static BodyDigest body(long number) {
    return new BodyDigest(number, ~number);
  }

  private void accept(long number, long appendedAt) {
    memory.put(id(number), DedupMemory.Entry.accepted(body(number)), appendedAt);
  }

  private void acceptAndCommit(long from, long to, long appendedAt) {
    for (long number = from; number < to; number++) {
      accept(number, appendedAt);
      if ((number - from) % 300 == 299) {
        changelog.commit(memory);
      }
    }
    changelog.commit(memory);
  }

  private void assertKnown(long from, long to) {
    for (long number = from; number < to; number++) {
      assertThat(memory.find(id(number)))
          .as("event %d", number)
          .isEqualTo(DedupMemory.Entry.accepted(body(number)));
    }
  }

  @Test
  void whatWasCommittedIsKnownAfterAKillAndWhatWasNotIsNot() {
    accept(1, NOW);
    changelog.commit(memory);
    accept(2, NOW);
    memory.save();
    kill();
    assertKnown(1, 2);
    assertThat(memory.find(id(2))).isNull();
  }

  @Test
  void whatWasSealedIsNotReadFromTheChangelogAgain() {
    acceptAndCommit(0, 3_200, NOW);
    accept(3_200, NOW);
    assertThat(memory.segmentCount()).isGreaterThan(1);
    kill();
    assertThat(memory.offset()).isGreaterThan(0);
    long offset = memory.offset();
    assertKnown(0, 3_200);
    assertThat(memory.find(id(3_200))).isNull();
    stop();
    assertThat(memory.offset()).isGreaterThan(offset).isEqualTo(changelog.offset());
    assertKnown(0, 3_200);
  }

  @Test
  void anAbortedTransactionLeavesNothingInTheFiles() {
    acceptAndCommit(0, 900, NOW);
    for (int number = 900; number < 3_200; number++) {
      accept(number, NOW);
    }
    memory.save();
    kill();
    assertKnown(0, 900);
    assertThat(memory.size()).isEqualTo(900);
  }

  /** Kafka Streams saves once more and tells the offset of what is aborted then. */
  @Test
  void aTaskWhoseCommitFailedLeavesNothingInTheFiles() {
    acceptAndCommit(0, 900, NOW);
    for (int number = 900; number < 950; number++) {
      accept(number, NOW);
    }
    memory.save();
    memory.save();
    memory.covered(changelog.offset());
    memory.close();
    kill();
    assertKnown(0, 900);
    assertThat(memory.size()).isEqualTo(900);
  }

  /** Kafka Streams lets a commit without offsets time out, and goes on. */
  @Test
  void theCommitOfAPunctuationAloneTellsNothing() {
    acceptAndCommit(0, 900, NOW);
    changelog.punctuate(
        () -> {
          for (int number = 900; number < 2_200; number++) {
            accept(number, NOW);
          }
          memory.save();
        });
    assertKnown(900, 901);
    kill();
    assertKnown(0, 900);
    assertThat(memory.size()).isEqualTo(900);
  }

  @Test
  void putsOfAPunctuationRightAfterACommitAreNotTakenForCommitted() {
    acceptAndCommit(0, 1_100, NOW);
    changelog.punctuate(() -> accept(1_100, NOW));
    accept(1_101, NOW);
    kill();
    assertKnown(0, 1_100);
    assertThat(memory.find(id(1_100))).isNull();
    assertThat(memory.find(id(1_101))).isNull();
  }

  @Test
  void theNewestEntryOfAnEventWins() throws Exception {
    DedupMemory.Entry amended = new DedupMemory.Entry(body(-1), DedupMemory.State.AMENDED, 3);
    DedupMemory.Entry voided = new DedupMemory.Entry(body(0), DedupMemory.State.VOIDED, 0);
    acceptAndCommit(0, 1_100, NOW);
    memory.put(id(1), amended, NOW);
    acceptAndCommit(1_100, 2_200, NOW + DAY);
    memory.put(id(2), voided, NOW);
    acceptAndCommit(2_200, 3_300, NOW + DAY);
    for (int start = 0; start < 3; start++) {
      assertThat(memory.find(id(1))).isEqualTo(amended);
      assertThat(memory.find(id(2))).as("put late").isEqualTo(voided);
      assertKnown(3, 1_000);
      if (start == 1) {
        memory.close();
        deleteFiles();
      }
      kill();
    }
  }

  @Test
  void aDayIsForgottenAsAWholeOnceNoCopyCanComeAnyMore() throws Exception {
    acceptAndCommit(0, 1_100, NOW);
    long lastMoment = NOW + Rerouting.REMEMBERED.toMillis() + Duration.ofMinutes(10).toMillis();
    acceptAndCommit(1_100, 2_200, lastMoment);
    assertKnown(0, 100);
    accept(2_200, lastMoment + 2 * DAY);
    assertThat(memory.find(id(1))).isNull();
    assertKnown(1_100, 1_200);
    stop();
    assertThat(memory.find(id(1))).isNull();
    assertThat(files()).as("manifest and two segments").hasSize(3);
    for (int commit = 0; commit < 3; commit++) {
      changelog.commit(memory);
    }
    assertThat(changelog.compacted().stream().mapToInt(batch -> batch.length).sum())
        .isEqualTo(1_101 * DedupEntries.BYTES);
    memory.close();
    deleteFiles();
    open();
    assertThat(memory.size()).isEqualTo(1_101);
  }

  @Test
  void segmentsOfADayAreMergedAndBecomeOneWhenItIsOver() throws Exception {
    int sealed = SEALED_AT;
    for (int i = 0; i < 20; i++) {
      acceptAndCommit((long) i * sealed, (long) (i + 1) * sealed, NOW);
      assertThat(memory.segmentCount()).isLessThan(2 * DedupSegments.MERGED_AT_ONCE);
    }
    acceptAndCommit(20L * sealed, 21L * sealed, NOW + DAY);
    acceptAndCommit(21L * sealed, 26L * sealed, NOW + DAY);
    memory.find(id(0));
    assertThat(files().stream().filter(file -> file.toString().endsWith(".segment")).count())
        .isLessThan(9);
    assertKnown(0, 3_000);
    kill();
    assertKnown(20_000, 21_000);
    assertThat(memory.find(id(-1))).isNull();
  }

  @Test
  void slowTrafficFillsABatchBeforeItBeginsTheNext() {
    int perBatch = DedupBatches.CONTINUED_BELOW_BYTES / DedupEntries.BYTES + 1;
    for (int i = 0; i < 2 * perBatch + 1; i++) {
      accept(i, NOW);
      changelog.commit(memory);
      if (i % 10 == 0) {
        kill();
      }
    }
    assertThat(changelog.compacted().stream().map(batch -> batch.length / DedupEntries.BYTES))
        .containsExactly(perBatch, perBatch, 1);
  }

  @Test
  void aCommitWithMuchIsSplit() {
    int most = DedupBatches.MOST_BATCH_BYTES / DedupEntries.BYTES;
    for (int i = 0; i < most + 1; i++) {
      accept(i, NOW);
    }
    changelog.commit(memory);
    assertThat(changelog.compacted().stream().map(batch -> batch.length))
        .containsExactly(DedupBatches.MOST_BATCH_BYTES, DedupEntries.BYTES);
    assertThat(DedupBatches.MOST_BATCH_BYTES).isLessThanOrEqualTo(512 * 1024);
  }

  @Test
  void filesThatAreBrokenAreReadFromTheChangelogAgain() throws Exception {
    acceptAndCommit(0, 1_100, NOW);
    acceptAndCommit(1_100, 2_200, NOW);
    stop();
    Path segment = files().getFirst();
    Path manifest = folder.resolve("manifest");
    byte[] good = Files.readAllBytes(segment);
    List<byte[]> broken =
        List.of(
            new byte[0],
            java.util.Arrays.copyOf(good, good.length / 2),
            java.util.Arrays.copyOf(good, good.length + 1),
            new byte[good.length]);
    for (byte[] bytes : broken) {
      memory.close();
      byte[] manifestBytes = Files.readAllBytes(manifest);
      Files.write(files().getFirst(), bytes);
      memory = new SegmentedDedupMemory(folder, changelog, MOST, SEALED_AT);
      assertThat(memory.offset()).isEqualTo(Changelog.NO_OFFSET);
      assertThat(memory.size()).isZero();
      changelog.restore(memory);
      assertKnown(0, 1_000);
      Files.write(manifest, manifestBytes, StandardOpenOption.TRUNCATE_EXISTING);
      kill();
      assertKnown(0, 2_200);
    }
    memory.close();
    Files.write(manifest, new byte[] {1, 2, 3});
    open();
    assertKnown(0, 2_200);
  }

  @Test
  void aBrokenBlockStopsAndTheNextStartReadsTheChangelog() throws Exception {
    acceptAndCommit(0, 2_200, NOW);
    stop();
    memory.close();
    Path segment = files().getFirst();
    byte[] bytes = Files.readAllBytes(segment);
    for (int i = bytes.length / 2; i < bytes.length - 1_000; i++) {
      bytes[i] ^= 4;
    }
    Files.write(segment, bytes);
    open();
    assertThatThrownBy(() -> assertKnown(0, 1_000))
        .isInstanceOf(DedupSegment.BrokenSegmentException.class);
    memory.close();
    open();
    assertKnown(0, 1_000);
    assertThat(memory.size()).isEqualTo(2_200);
  }

  @Test
  void filesOfAnotherChangelogAreRecognised() {
    acceptAndCommit(0, 2_200, NOW);
    memory.find(id(0));
    SegmentedDedupMemory foreign =
        new SegmentedDedupMemory(folder, new RecordedChangelog(), MOST, SEALED_AT);
    RecordedChangelog.Change first = changelog.committed().getFirst();
    long before = Instant.parse("2026-06-10T12:00:00Z").toEpochMilli() / DAY;
    byte[] key = java.nio.ByteBuffer.allocate(8).putInt((int) before).putInt(0).array();
    assertThatThrownBy(() -> foreign.restore(key, first.value()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not of this changelog");
    assertThat(foreign.offset()).isEqualTo(Changelog.NO_OFFSET);
    foreign.close();
  }

  @Test
  void aBatchItCannotReadStopsTheStart() {
    byte[] key = new byte[8];
    assertThatThrownBy(() -> memory.restore(key, new byte[33]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("33 bytes");
    assertThatThrownBy(() -> memory.restore(key, new byte[DedupEntries.BYTES]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("state 0");
  }

  @Test
  void theBoundStopsInsteadOfForgetting() {
    memory.close();
    memory = new SegmentedDedupMemory(folder, changelog, 3);
    for (int i = 0; i < 3; i++) {
      accept(i, NOW);
    }
    accept(2, NOW);
    assertThatThrownBy(() -> accept(3, NOW))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("mostRemembered");
  }
}
