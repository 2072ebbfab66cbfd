package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.Fingerprint;
import java.time.Duration;
import java.time.Instant;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DedupSegmentsTest {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long NOW = Instant.parse("2026-06-15T12:00:00Z").toEpochMilli();

  private final KeyValueStore<Bytes, byte[]> store =
      Stores.inMemoryKeyValueStore("dedup-batches").get();
  private DedupSegments memory = new DedupSegments(store, 1_000_000);

  private static Fingerprint id(long number) {
    return new Fingerprint(number * 0x9E3779B97F4A7C15L, number * 0xC2B2AE3D27D4EB4FL);
  }

  private static BodyDigest body(long number) {
    return new BodyDigest(number, ~number);
  }

  /** What deduplication does: asks, and puts what is new. */
  private @Nullable BodyDigest remember(Fingerprint id, BodyDigest body, long appendedAt) {
    DedupMemory.Entry known = memory.find(id);
    if (known == null) {
      memory.put(id, DedupMemory.Entry.accepted(body), appendedAt);
    }
    return known == null ? null : known.digest();
  }

  private void restart() {
    memory = new DedupSegments(store, 1_000_000);
  }

  private List<Integer> batchSizes() {
    List<Integer> sizes = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> batch = all.next();
        sizes.add(batch.value.length);
      }
    }
    return sizes;
  }

  @Test
  void remembersTheFirstBody() {
    assertThat(remember(id(1), body(1), NOW)).isNull();
    assertThat(remember(id(1), body(2), NOW)).isEqualTo(body(1));
    assertThat(remember(id(1), body(1), NOW)).isEqualTo(body(1));
    assertThat(memory.size()).isEqualTo(1);
  }

  @Test
  void whatWasSavedIsRememberedAfterARestartAndWhatWasNotIsNot() {
    remember(id(1), body(1), NOW);
    memory.save();
    remember(id(2), body(2), NOW);
    restart();
    assertThat(remember(id(1), body(9), NOW)).isEqualTo(body(1));
    assertThat(remember(id(2), body(9), NOW)).isNull();
  }

  @Test
  void agreesWithAMapOverManyRestarts() {
    Random random = new Random(11);
    Map<Long, BodyDigest> expected = new HashMap<>();
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 500; i++) {
        long number = random.nextLong(15_000);
        BodyDigest body = body(random.nextLong());
        assertThat(remember(id(number), body, NOW + round * DAY / 4))
            .isEqualTo(expected.get(number));
        expected.putIfAbsent(number, body);
      }
      memory.save();
      if (round % 7 == 0) {
        restart();
      }
    }
    assertThat(memory.size()).isEqualTo(expected.size());
  }

  @Test
  void slowTrafficFillsABatchBeforeItBeginsTheNext() {
    int perBatch = DedupSegments.CONTINUED_BELOW_BYTES / DedupSegments.ENTRY_BYTES + 1;
    for (int i = 0; i < 2 * perBatch + 1; i++) {
      remember(id(i), body(i), NOW);
      memory.save();
      if (i % 10 == 0) {
        restart();
      }
    }
    assertThat(batchSizes())
        .containsExactly(
            perBatch * DedupSegments.ENTRY_BYTES,
            perBatch * DedupSegments.ENTRY_BYTES,
            DedupSegments.ENTRY_BYTES);
  }

  @Test
  void aCommitWithMuchIsSplit() {
    int most = DedupSegments.MOST_BATCH_BYTES / DedupSegments.ENTRY_BYTES;
    for (int i = 0; i < most + 1; i++) {
      remember(id(i), body(i), NOW);
    }
    memory.save();
    assertThat(batchSizes())
        .containsExactly(DedupSegments.MOST_BATCH_BYTES, DedupSegments.ENTRY_BYTES);
    assertThat(DedupSegments.MOST_BATCH_BYTES).isLessThanOrEqualTo(512 * 1024);
    restart();
    assertThat(memory.size()).isEqualTo(most + 1);
  }

  @Test
  void aSegmentIsForgottenAsAWholeOnceNoCopyCanComeAnyMore() {
    remember(id(1), body(1), NOW);
    memory.save();
    long lastMoment = NOW + Rerouting.REMEMBERED.toMillis() + Duration.ofMinutes(10).toMillis();
    assertThat(remember(id(1), body(1), lastMoment)).isEqualTo(body(1));
    remember(id(2), body(2), lastMoment);
    memory.save();
    assertThat(batchSizes()).hasSize(2);

    remember(id(3), body(3), lastMoment + 2 * DAY);
    assertThat(memory.size()).isEqualTo(2);
    assertThat(remember(id(1), body(9), lastMoment + 2 * DAY)).isNull();
    memory.save();
    assertThat(batchSizes()).hasSize(2);
    restart();
    assertThat(memory.size()).isEqualTo(3);
  }

  @Test
  void anExpiredSegmentIsDeletedALittleAtATimeAlsoAfterARestart() {
    int batches = DedupSegments.MOST_DELETED_AT_ONCE + 5;
    int perBatch = DedupSegments.CONTINUED_BELOW_BYTES / DedupSegments.ENTRY_BYTES + 1;
    for (int i = 0; i < batches * perBatch; i++) {
      remember(id(i), body(i), NOW);
      if (i % perBatch == perBatch - 1) {
        memory.save();
      }
    }
    assertThat(batchSizes()).hasSize(batches);
    remember(id(-1), body(1), NOW + 60 * DAY);
    memory.save();
    assertThat(batchSizes()).hasSize(6);
    restart();
    assertThat(memory.size()).isEqualTo(1);
    memory.save();
    assertThat(batchSizes()).hasSize(1);
  }

  @Test
  void theBoundStopsInsteadOfForgetting() {
    memory = new DedupSegments(store, 3);
    for (int i = 0; i < 3; i++) {
      remember(id(i), body(i), NOW);
    }
    assertThat(remember(id(2), body(2), NOW)).isEqualTo(body(2));
    assertThatThrownBy(() -> remember(id(3), body(3), NOW))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("mostRemembered");
  }

  @Test
  void theNewestEntryOfAnEventWinsAlsoAfterARestart() {
    remember(id(1), body(1), NOW);
    remember(id(2), body(2), NOW + DAY);
    memory.save();
    DedupMemory.Entry amended = new DedupMemory.Entry(body(7), DedupMemory.State.AMENDED, 3);
    DedupMemory.Entry voided = new DedupMemory.Entry(body(2), DedupMemory.State.VOIDED, 0);
    memory.put(id(1), amended, NOW + DAY);
    memory.put(id(2), voided, NOW);
    memory.save();
    for (int start = 0; start < 2; start++) {
      assertThat(memory.find(id(1))).isEqualTo(amended);
      assertThat(memory.find(id(2))).as("put late").isEqualTo(voided);
      assertThat(memory.size()).isEqualTo(2);
      restart();
    }
  }

  @Test
  void aBatchItCannotReadStopsTheStart() {
    remember(id(1), body(1), NOW);
    memory.save();
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      store.put(all.next().key, new byte[33]);
    }
    assertThatThrownBy(this::restart)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("33 bytes");
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      store.put(all.next().key, new byte[DedupSegments.ENTRY_BYTES]);
    }
    assertThatThrownBy(this::restart)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("state 0");
  }
}
