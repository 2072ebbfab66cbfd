package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.BodyDigest;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Position;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UsageSumsTest {
  static RatedUsage rated(UsageEvent event, RatedKind kind, String cost) {
    return new RatedUsage(
        event,
        new Position(1, 0, 0L, Events.NOON, Events.NOON),
        new BodyDigest(1, 2).toBytes(),
        "USD",
        "base",
        1,
        null,
        List.of(),
        Money.parse(cost).value(),
        kind,
        kind == RatedKind.USAGE ? null : "void-1");
  }

  private static UsageEvent event(String key, String user, String model, String feature) {
    UsageEvent event = Events.event("e").tenant("acme", "ws-" + key, key).model(model).build();
    event.setUser(user);
    event.setFeature(feature);
    return event;
  }

  private static Map<String, Tally> keys(List<UsageDelta> deltas) {
    Map<String, Tally> sums = new TreeMap<>();
    for (UsageDelta delta : deltas) {
      for (DeltaEntry entry : delta.getEntries()) {
        sums.merge(
            entry.getWorkspaceId() + '/' + entry.getApiKeyId() + '/' + entry.getQuarterHour(),
            new Tally(entry.getRequests(), entry.getUnits(), Money.of(entry.getCost())),
            Tally::plus);
      }
    }
    return sums;
  }

  private static Map<String, Tally> subjects(List<UsageDelta> deltas) {
    Map<String, Tally> sums = new TreeMap<>();
    for (UsageDelta delta : deltas) {
      for (SubjectEntry entry : delta.getSubjects()) {
        sums.merge(
            entry.getApiKeyId()
                + ' '
                + entry.getKind()
                + ' '
                + entry.getValue()
                + ' '
                + entry.getQuarterHour(),
            new Tally(entry.getRequests(), Map.of(), Money.of(entry.getCost())),
            Tally::plus);
      }
    }
    return sums;
  }

  private static List<UsageDelta> drain(UsageSums sums) {
    return sums.drain(1, 0, 1, Events.NOON);
  }

  @Test
  void sumsKeysAndTheirUsersModelsAndFeatures() {
    UsageSums sums = new UsageSums();
    sums.add(rated(event("k", "ada", "m1", null), RatedKind.USAGE, "1"), false);
    sums.add(rated(event("k", "ada", "m2", "chat"), RatedKind.USAGE, "2"), false);
    sums.add(rated(event("k", null, "m2", "chat"), RatedKind.USAGE, "4"), false);
    List<UsageDelta> deltas = drain(sums);
    assertThat(deltas).hasSize(1);
    assertThat(keys(deltas).values())
        .containsExactly(new Tally(3, Map.of("input", 3_000L, "output", 300L), Money.parse("7")));
    int quarter = deltas.getFirst().getEntries().getFirst().getQuarterHour();
    assertThat(subjects(deltas))
        .containsOnly(
            Map.entry("k USER ada " + quarter, new Tally(2, Map.of(), Money.parse("3"))),
            Map.entry("k MODEL m1 " + quarter, new Tally(1, Map.of(), Money.parse("1"))),
            Map.entry("k MODEL m2 " + quarter, new Tally(2, Map.of(), Money.parse("6"))),
            Map.entry("k FEATURE chat " + quarter, new Tally(2, Map.of(), Money.parse("6"))));
    assertThat(sums.isEmpty()).isTrue();
    assertThat(drain(sums)).isEmpty();
  }

  @Test
  void aReversalTakesARequestAndItsUnitsBack() {
    UsageSums sums = new UsageSums();
    sums.add(rated(event("k", "ada", "m", null), RatedKind.USAGE, "1"), false);
    UsageEvent reversed = event("k", "ada", "m", null);
    reversed.setUnits(new HashMap<>(Map.of("input", -1_000L, "output", -100L)));
    sums.add(rated(reversed, RatedKind.REVERSAL, "-1"), false);
    List<UsageDelta> deltas = drain(sums);
    assertThat(keys(deltas).values()).containsExactly(Tally.NONE);
    assertThat(subjects(deltas).values()).containsExactly(Tally.NONE, Tally.NONE);
  }

  /** Whatever is committed together, the sums of all deltas are the sums of all usage. */
  @Test
  void anySplitInCommitsGivesTheSameSums() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      List<RatedUsage> all = new ArrayList<>();
      for (int i = random.nextInt(300); i >= 0; i--) {
        UsageEvent event =
            event(
                "k" + random.nextInt(5),
                random.nextBoolean() ? "u" + random.nextInt(4) : null,
                "m" + random.nextInt(3),
                random.nextBoolean() ? "f" + random.nextInt(3) : null);
        event.setEventTime(Events.NOON.minusSeconds(random.nextInt(4) * 900L));
        all.add(rated(event, RatedKind.USAGE, "0." + (1 + random.nextInt(999))));
      }
      UsageSums together = new UsageSums();
      all.forEach(usage -> together.add(usage, false));
      List<UsageDelta> expected = drain(together);
      Collections.shuffle(all, random);
      UsageSums apart = new UsageSums();
      List<UsageDelta> split = new ArrayList<>();
      for (RatedUsage usage : all) {
        apart.add(usage, false);
        if (random.nextInt(20) == 0) {
          split.addAll(drain(apart));
        }
      }
      split.addAll(drain(apart));
      assertThat(keys(split)).as("seed %d", seed).isEqualTo(keys(expected));
      assertThat(subjects(split)).as("seed %d", seed).isEqualTo(subjects(expected));
    }
  }

  @Test
  void partsAreNumberedAndBounded() {
    UsageSums sums = new UsageSums();
    for (int key = 0; key < 5_000; key++) {
      sums.add(rated(event("k" + key, "ü".repeat(100), "m", "f"), RatedKind.USAGE, "1"), false);
    }
    List<UsageDelta> parts = drain(sums);
    assertThat(parts).hasSizeGreaterThan(5);
    for (int part = 0; part < parts.size(); part++) {
      assertThat(parts.get(part).getPart()).isEqualTo(part);
      assertThat(parts.get(part).getParts()).isEqualTo(parts.size());
      byte[] bytes =
          AvroSerde.of(Topics.USAGE_DELTAS, new LocalSchemaIds()).encode(parts.get(part));
      assertThat(bytes.length).isLessThanOrEqualTo(DeltaParts.MOST_BYTES);
    }
    assertThat(keys(parts)).hasSize(5_000);
    assertThat(subjects(parts).keySet().stream().filter(k -> k.contains(" " + SubjectKind.USER)))
        .hasSize(5_000);
  }
}
