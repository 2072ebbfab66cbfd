package io.tollgate.streams;

import static io.tollgate.streams.Events.NOON;
import static io.tollgate.streams.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.rating.PriceBooks;
import io.tollgate.schemas.Fingerprint;
import io.tollgate.schemas.PriceBookId;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.streams.ParkedEvents.Model;
import io.tollgate.streams.ParkedEvents.Parked;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What lies in the stores and is read back after a restart. */
class ParkedEventsTest {
  private final KeyValueStore<Bytes, byte[]> store = Stores.inMemoryKeyValueStore("parked").get();
  private ParkedEvents parked = new ParkedEvents(store, 3, 100_000);

  private static UsageEvent of(String model, int i) {
    return event("e" + i).model(model).build();
  }

  private void park(String model, int i) {
    park(event("e" + i).model(model), i);
  }

  private void park(Events described, int i) {
    UsageEvent event = described.build();
    Position position = new Position(UsagePartitions.GENERATION, 3, (long) i, NOON, NOON);
    SourceRecord source =
        new SourceRecord(null, event.getId().getBytes(StandardCharsets.UTF_8), position, false);
    parked.park(event, Fingerprint.of(event), source, 1);
  }

  private List<Long> offsets(Model model) {
    List<Long> offsets = new ArrayList<>();
    Bytes after = null;
    for (Parked one = parked.firstAfter(model, after); one != null; ) {
      offsets.add(one.source().position().getOffset());
      after = one.key();
      one = parked.firstAfter(model, after);
    }
    return offsets.stream().sorted().toList();
  }

  private List<Model> models() {
    List<Model> models = new ArrayList<>();
    @Nullable Model at = parked.modelAfter(null);
    while (at != null) {
      models.add(at);
      at = parked.modelAfter(at);
    }
    return models;
  }

  @Test
  void liesByModelAndIsFoundAgainAfterARestart() {
    park("b", 1);
    park("a", 2);
    park("ab", 3);
    park("a", 4);
    parked.saveCounts();
    parked = new ParkedEvents(store, 3, 100);
    assertThat(parked.size()).isEqualTo(4);
    assertThat(parked.sizeOf("acme")).isEqualTo(4);
    assertThat(models())
        .containsExactly(
            new Model("openai", "a"), new Model("openai", "ab"), new Model("openai", "b"));
    assertThat(offsets(new Model("openai", "a"))).containsExactly(2L, 4L);
    assertThat(offsets(new Model("openai", "ab"))).containsExactly(3L);

    assertThat(parked.withdraw(of("a", 4), Fingerprint.of(of("a", 4)))).isTrue();
    assertThat(parked.withdraw(of("a", 4), Fingerprint.of(of("a", 4)))).isFalse();
    assertThat(parked.withdraw(of("a", 1), Fingerprint.of(of("a", 1)))).isFalse();
    parked.saveCounts();
    parked = new ParkedEvents(store, 3, 100);
    assertThat(parked.size()).isEqualTo(3);
    assertThat(parked.sizeOf("acme")).isEqualTo(3);
    assertThat(offsets(new Model("openai", "a"))).containsExactly(2L);
  }

  @Test
  void beyondTheMostModelsTheRestLiesTogether() {
    for (int i = 0; i < ParkedEvents.MOST_MODELS + 3; i++) {
      park("m" + i, i);
    }
    assertThat(models()).hasSize(ParkedEvents.MOST_MODELS + 1).startsWith(Model.OTHERS);
    assertThat(offsets(Model.OTHERS)).hasSize(3);
    int last = ParkedEvents.MOST_MODELS + 2;
    assertThat(parked.withdraw(of("m" + last, last), Fingerprint.of(of("m" + last, last))))
        .isTrue();
    List<Long> tried = new ArrayList<>();
    ParkedSweep sweep = new ParkedSweep(parked);
    PriceBooks prices = PriceBooks.of(List.of());
    for (int i = 0; i < ParkedEvents.MOST_MODELS / ParkedSweep.MODELS_AT_ONCE + 2; i++) {
      sweep.run(prices, WriteOffs.NONE, 10, one -> tried.add(one.source().position().getOffset()));
    }
    assertThat(tried).hasSize(2);
  }

  private int parkAsManyAsFit(String organization) {
    int fitted = 0;
    while (parked.hasRoomFor(organization)) {
      park(event(organization + fitted).tenant(organization, "ws", "k"), 1);
      fitted++;
    }
    return fitted;
  }

  @Test
  void oneOrganizationGetsHalfOfTheRoomAndTheNextHalfOfTheRest() {
    parked = new ParkedEvents(store, 3, 100);
    assertThat(parkAsManyAsFit("acme")).isEqualTo(50);
    assertThat(parkAsManyAsFit("globex")).isEqualTo(25);
    assertThat(parkAsManyAsFit("initech")).isEqualTo(13);
    parked.saveCounts();
    parked = new ParkedEvents(store, 3, 100);
    assertThat(parked.hasRoomFor("globex")).isFalse();
    assertThat(parked.hasRoomFor("umbrella")).isTrue();
    Parked one = parked.firstAfter(new Model("openai", "gpt-4o"), null);
    assertThat(one).isNotNull();
    parked.release(one, event("any").tenant("initech", "ws", "k").build());
    assertThat(parked.hasRoomFor("initech")).isTrue();
  }

  @Test
  void noMoreIsParkedThanThereArePlaces() {
    parked = new ParkedEvents(store, 3, 2);
    park("a", 1);
    park("a", 2);
    assertThat(parked.hasRoomFor("globex")).isFalse();
    assertThatThrownBy(() -> park("a", 3)).hasMessageContaining("no room");
  }

  @Test
  void priceVersionsKeepTheirNumbers() {
    PriceBookId base = new PriceBookId("base");
    PriceRefs refs = new PriceRefs(store);
    int one = refs.refOf(base, 1);
    int two = refs.refOf(new PriceBookId("acme"), 7);
    assertThat(refs.refOf(base, 1)).isEqualTo(one).isNotEqualTo(two);
    refs = new PriceRefs(store);
    assertThat(refs.version(two)).isEqualTo(new PriceRefs.Version(new PriceBookId("acme"), 7));
    assertThat(refs.refOf(base, 1)).isEqualTo(one);
    assertThat(refs.refOf(base, 2)).isGreaterThan(two);
    PriceRefs known = refs;
    assertThatThrownBy(() -> known.version(99)).hasMessageContaining("99");
  }
}
