package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.budget;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sums by scope and time, their parts, and their joining to days. */
class TalliesTopologyTest {
  private static final BudgetBounds BOUNDS = BudgetBounds.standard().folding(1, 1_000);
  private static final Scope ORGANIZATION = Scope.organization("acme");
  private static final Scope KEY = Scope.apiKey("acme", "k");

  private @TempDir Path folder;
  private BudgetDriver driver;

  @BeforeEach
  void start() {
    driver = new BudgetDriver(folder, BOUNDS);
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private static Tally sum(Iterable<Tally> cells) {
    Tally sum = Tally.NONE;
    for (Tally cell : cells) {
      sum = sum.plus(cell);
    }
    return sum;
  }

  @Test
  void quartersBecomeDaysOfTheOrganizationsZoneAfterTheTimeTheyAreKept() {
    driver.inZone("Asia/Kolkata");
    Instant day = Instant.parse("2026-06-09T18:30:00Z");
    List<DeltaEntry> entries = new ArrayList<>();
    for (int quarter = 0; quarter < 96; quarter++) {
      entries.add(entry("ws", "k", day.plusSeconds(quarter * 900L), "0.01"));
    }
    driver.add(entries, List.of());
    Tally before = sum(driver.cells(KEY).values());
    driver.pass(Duration.ofDays(25));
    assertThat(driver.cells(KEY)).hasSize(96);
    driver.pass(Duration.ofDays(17));
    assertThat(driver.cells(KEY)).containsOnlyKeys(day);
    assertThat(driver.cells(Scope.workspace("acme", "ws"))).containsOnlyKeys(day);
    assertThat(sum(driver.cells(KEY).values())).isEqualTo(before);
    // The organization's own stay: reconciliation compares them by hour.
    assertThat(driver.cells(ORGANIZATION)).hasSize(96);
    assertThat(driver.count(BudgetTopology.TALLY_DAYS)).isZero();
    // What comes late is added to the day.
    driver.use(entry("ws", "k", day.plusSeconds(9_000), "1"));
    assertThat(driver.cells(KEY)).containsOnlyKeys(day);
    assertThat(sum(driver.cells(KEY).values()).cost())
        .isEqualTo(before.cost().plus(io.tollgate.schemas.Money.parse("1")));
    assertThat(driver.count(BudgetTopology.TALLY_DAYS)).isZero();
  }

  @Test
  void joiningIsBoundedPerStep() {
    BudgetBounds few =
        new BudgetBounds(
            10,
            10,
            10,
            Duration.ofDays(35),
            Duration.ofDays(35),
            Duration.ofDays(400),
            100,
            100,
            7,
            1,
            1_000,
            Duration.ofSeconds(1));
    try (BudgetDriver slow = new BudgetDriver(folder.resolve("slow"), few)) {
      slow.inZone("UTC");
      List<DeltaEntry> entries = new ArrayList<>();
      for (int key = 0; key < 20; key++) {
        entries.add(entry("ws", "k" + key, BudgetDriver.START, "1"));
      }
      slow.add(entries, List.of());
      slow.pass(Duration.ofDays(40));
      assertThat(slow.count(BudgetTopology.TALLY_DAYS)).isEqualTo(21 - 7);
      slow.step(1);
      assertThat(slow.count(BudgetTopology.TALLY_DAYS)).isEqualTo(21 - 14);
      slow.step(5);
      assertThat(slow.count(BudgetTopology.TALLY_DAYS)).isZero();
    }
  }

  @Test
  void daysWaitUntilTheirZoneIsKnown() {
    driver.use(entry("ws", "k", BudgetDriver.START, "1"));
    driver.pass(Duration.ofDays(40));
    driver.step(2);
    assertThat(driver.cells(KEY)).containsOnlyKeys(QuarterHour.of(BudgetDriver.START).start());
    driver.inZone("UTC");
    driver.pass(Duration.ofDays(1));
    assertThat(driver.cells(KEY)).containsOnlyKeys(Instant.parse("2026-06-15T00:00:00Z"));
  }

  @Test
  void aCommitInPartsIsAddedPartByPart() {
    driver.inZone("UTC");
    driver.publish(budget().build());
    UsageDelta.Builder delta =
        BudgetRecords.delta(100, entry("ws", "a", BudgetDriver.START, "5")).setParts(2);
    driver.add(delta.build());
    assertThat(driver.position()).isZero();
    assertThat(driver.told()).isEmpty();
    driver.add(
        delta.setPart(1).setEntries(List.of(entry("ws", "b", BudgetDriver.START, "3"))).build());
    assertThat(driver.position()).isEqualTo(100);
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
  }

  /** As the meter topology splits it: no record is much above its bound, nothing is lost. */
  @Test
  void anOrganizationWithAHundredThousandActiveKeysIsManySmallDeltas() {
    driver.inZone("UTC");
    int keys = 100_000;
    UsageSums sums = UsageSumsTest.sums();
    RatedUsage rated = UsageSumsTest.rated(Events.event("e").build(), RatedKind.USAGE, "0.01");
    for (int key = 0; key < keys; key++) {
      rated.getEvent().setApiKeyId("key-" + key);
      // Most usage names no user and no feature.
      rated.getEvent().setUser(key % 8 == 0 ? "user-" + key : null);
      sums.add(rated, false);
    }
    List<UsageDelta> parts = UsageSumsTest.drain(sums, keys, BudgetDriver.START);
    assertThat(parts).hasSizeGreaterThan(30);
    driver.publish(
        budget()
            .setBudgetId("last")
            .setScope(ScopeKind.API_KEY)
            .setWorkspaceId(rated.getEvent().getWorkspaceId())
            .setApiKeyId("key-" + (keys - 1))
            .setAmount(rated.getCost())
            .build());
    for (UsageDelta part : parts) {
      assertThat(part.getEntries().size() + part.getSubjects().size()).isLessThan(7_000);
      driver.add(part);
    }
    assertThat(sum(driver.cells(ORGANIZATION).values()).requests()).isEqualTo(keys);
    assertThat(driver.position()).isEqualTo(keys);
    assertThat(driver.told()).hasSize(2);
    assertThat(driver.leftOut.total()).isPositive();
  }
}
