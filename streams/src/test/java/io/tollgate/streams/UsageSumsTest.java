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
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The deltas are read with the serde that readers use: what is written by hand is held against it.
 */
class UsageSumsTest {
  private static final LocalSchemaIds IDS = LocalIds.ofAllTopics();
  private static final AvroSerde<UsageDelta> SERDE = AvroSerde.of(Topics.USAGE_DELTAS, IDS);

  static UsageSums sums() {
    return new UsageSums(IDS.idOf(Topics.USAGE_DELTAS.subject(), Topics.USAGE_DELTAS.schema()));
  }

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
    return drain(sums, 1, Events.NOON);
  }

  static List<UsageDelta> drain(UsageSums sums, long nextOffset, Instant committedAt) {
    return sums.drain(1, 0, nextOffset, committedAt).stream()
        .map(delta -> SERDE.decode(delta.value()))
        .toList();
  }

  @Test
  void sumsKeysAndTheirUsersModelsAndFeatures() {
    UsageSums sums = sums();
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
    UsageSums sums = sums();
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
      UsageSums together = sums();
      all.forEach(usage -> together.add(usage, false));
      List<UsageDelta> expected = drain(together);
      Collections.shuffle(all, random);
      UsageSums apart = sums();
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

  /** A reader that decodes and a writer that encodes agree on every field, not only on sums. */
  @Test
  void writesWhatTheSerdeWrites() {
    UsageSums sums = sums();
    RatedUsage usage =
        rated(event("kéy", "ada", "m", "chat"), RatedKind.USAGE, "9223372.036854775807");
    sums.add(usage, true);
    sums.add(usage, true);
    byte[] value = sums.drain(7, 3, 1L << 40, Events.NOON.plusSeconds(1)).getFirst().value();
    UsageDelta delta = SERDE.decode(value);
    assertThat(SERDE.encode(delta)).hasSameSizeAs(value);
    BigDecimal cost = new BigDecimal("18446744.073709551614");
    int quarter = delta.getEntries().getFirst().getQuarterHour();
    assertThat(delta)
        .isEqualTo(
            new UsageDelta(
                "acme",
                7,
                3,
                1L << 40,
                0,
                1,
                "USD",
                Events.NOON.plusSeconds(1),
                List.of(
                    new DeltaEntry(
                        "ws-kéy",
                        "kéy",
                        quarter,
                        2L,
                        Map.of("input", 2_000L, "output", 200L),
                        cost,
                        List.of(new SecondCount(Events.NOON.getEpochSecond(), 2L, 2_200L)))),
                List.of(
                    new SubjectEntry("ws-kéy", "kéy", SubjectKind.USER, "ada", quarter, 2L, cost),
                    new SubjectEntry("ws-kéy", "kéy", SubjectKind.MODEL, "m", quarter, 2L, cost),
                    new SubjectEntry(
                        "ws-kéy", "kéy", SubjectKind.FEATURE, "chat", quarter, 2L, cost)),
                Events.NOON));
  }

  @Test
  void sumsBeyondALongAreExact() {
    UsageSums sums = sums();
    BigDecimal expected = BigDecimal.ZERO.setScale(12);
    for (String cost :
        List.of(
            "9000000.000000000001",
            "9000000",
            "99999999999999999999999999.000000000001",
            "-9000000",
            "-9223372.036854775808",
            "-9223372.036854775808")) {
      sums.add(rated(event("k", "ada", "m", null), RatedKind.USAGE, cost), false);
      expected = expected.add(new BigDecimal(cost));
    }
    UsageDelta delta = drain(sums).getFirst();
    assertThat(delta.getEntries().getFirst().getCost()).isEqualTo(expected);
    assertThat(delta.getSubjects()).allMatch(subject -> subject.getRequests() == 6);
    assertThat(delta.getSubjects().getFirst().getCost()).isEqualTo(expected);
  }

  @Test
  void oneKeyMayHaveManyUsers() {
    UsageSums sums = sums();
    for (int i = 0; i < 3_000; i++) {
      sums.add(rated(event("k", "u" + i % 1_000, "m", null), RatedKind.USAGE, "1"), false);
    }
    List<UsageDelta> deltas = drain(sums);
    assertThat(keys(deltas)).hasSize(1);
    assertThat(subjects(deltas)).hasSize(1_001);
    assertThat(subjects(deltas).entrySet().stream().filter(e -> e.getKey().contains(" USER ")))
        .allMatch(e -> e.getValue().equals(new Tally(3, Map.of(), Money.parse("3"))));
  }

  @Test
  void partsAreNumberedAndBounded() {
    UsageSums sums = sums();
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
