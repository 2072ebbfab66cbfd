package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.budget;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Periods in an organization's time zone, and a zone that changes. */
class BudgetZonesTopologyTest {
  private static final BudgetBounds BOUNDS = BudgetBounds.standard().folding(1, 1_000);

  /** Before its first usage there is nothing of an organization that a zone could cut. */
  private static final DeltaEntry NOTHING = entry("ws", "first", BudgetDriver.START, "0");

  private @TempDir Path folder;
  private BudgetDriver driver;

  @BeforeEach
  void start() {
    driver = new BudgetDriver(folder, BOUNDS);
    driver.inZone("Europe/Berlin");
    driver.use(NOTHING);
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  @Test
  void theRunningPeriodKeepsItsEnd() {
    driver.publish(budget().setPeriod("month").build());
    driver.use(entry("ws", "k", BudgetDriver.START, "7"));
    driver.inZone("America/New_York");
    // In New York this is June, in Berlin July; the running period was cut in Berlin.
    Instant lastOfJune = Instant.parse("2026-06-30T21:45:00Z");
    Instant firstOfJuly = Instant.parse("2026-06-30T22:00:00Z");
    Instant lastOfJuly = Instant.parse("2026-08-01T03:45:00Z");
    driver.use(entry("ws", "k", firstOfJuly, "5"), entry("ws", "k", lastOfJune, "1"));
    BudgetAlert june = driver.alerts().getFirst();
    assertThat(june.getAlertId()).isEqualTo("bud/2026-06-01/0.8/1");
    assertThat(june.getPeriodStart()).isEqualTo(Instant.parse("2026-05-31T22:00:00Z"));
    assertThat(june.getPeriodEnd()).isEqualTo(firstOfJuly);
    driver.use(entry("ws", "k", lastOfJuly, "3"));
    BudgetAlert july = driver.alerts().getFirst();
    assertThat(july.getAlertId()).isEqualTo("bud/2026-07-01/0.8/1");
    assertThat(july.getPeriodStart()).isEqualTo(firstOfJuly);
    assertThat(july.getPeriodEnd()).isEqualTo(Instant.parse("2026-08-01T04:00:00Z"));
  }

  @Test
  void aBudgetMadeAfterTheChangeHasTheSamePeriods() {
    driver.use(entry("ws", "k", Instant.parse("2026-05-31T22:00:00Z"), "8"));
    driver.inZone("America/New_York");
    driver.publish(budget().build());
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
  }

  @Test
  void daysFollowTheClocksOfTheZone() {
    try (BudgetDriver spring =
        new BudgetDriver(folder.resolve("spring"), BOUNDS, Instant.parse("2026-03-28T12:00:00Z"))) {
      spring.inZone("Europe/Berlin");
      spring.use(NOTHING);
      spring.publish(budget().setPeriod("day").build());
      spring.inZone("UTC");
      // The 28th ends in Berlin; the 29th, with 23 hours there, ends in UTC already.
      spring.use(
          entry("ws", "k", Instant.parse("2026-03-28T22:45:00Z"), "8"),
          entry("ws", "k", Instant.parse("2026-03-28T23:00:00Z"), "4"),
          entry("ws", "k", Instant.parse("2026-03-29T23:45:00Z"), "5"),
          entry("ws", "k", Instant.parse("2026-03-30T00:00:00Z"), "10"));
      assertThat(spring.told())
          .containsExactlyInAnyOrder(
              "CROSSED bud/2026-03-28/0.8/1",
              "CROSSED bud/2026-03-29/0.8/1",
              "CROSSED bud/2026-03-30/0.8/1",
              "CROSSED bud/2026-03-30/1/1");
    }
  }

  @Test
  void anUnknownZoneStopsNothing() {
    driver.inZone("Mars/Olympus");
    driver.publish(budget().build());
    driver.use(entry("ws", "k", BudgetDriver.START, "8"));
    assertThat(driver.alerts().getFirst().getPeriodStart())
        .isEqualTo(Instant.parse("2026-05-31T22:00:00Z"));
  }

  /** A year's budget made long after: half of the year is in cells of a day by then. */
  @Test
  void daysThatWereJoinedFitThePeriodsOfBothZones() {
    // The first in the zone that held when the month began, the second in the one that followed.
    Instant july = Instant.parse("2026-06-30T22:00:00Z");
    Instant august = Instant.parse("2026-08-01T04:00:00Z");
    driver.inZone("America/New_York");
    driver.use(
        entry("ws", "k", july.minusSeconds(900), "1"),
        entry("ws", "k", july, "2"),
        entry("ws", "k", august.minusSeconds(900), "4"),
        entry("ws", "k", august, "8"));
    driver.pass(Duration.ofDays(100));
    driver.step(5);
    Scope key = Scope.apiKey("acme", "k");
    assertThat(driver.cells(key))
        .containsOnlyKeys(
            Instant.parse("2026-06-30T04:00:00Z"),
            july,
            Instant.parse("2026-07-31T22:00:00Z"),
            august);
    // Late usage in a period that is long over is judged by all that was in it.
    driver.publish(
        budget()
            .setScope(io.tollgate.schemas.avro.ScopeKind.API_KEY)
            .setWorkspaceId("ws")
            .setApiKeyId("k")
            .build());
    driver.use(entry("ws", "k", july.plusSeconds(900), "2"));
    BudgetAlert alert = driver.alerts().getFirst();
    assertThat(alert.getAlertId()).isEqualTo("bud/2026-07-01/0.8/1");
    assertThat(alert.getSpend()).isEqualByComparingTo("8");
  }
}
