package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.budget;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New, edited and deleted budgets. */
class BudgetChangesTopologyTest {
  private static final Instant TODAY = BudgetDriver.START;
  private static final Instant YESTERDAY = TODAY.minus(Duration.ofDays(1));
  private static final Instant FIRST = Instant.parse("2026-06-01T08:00:00Z");
  private static final Instant MAY = Instant.parse("2026-05-20T08:00:00Z");

  private @TempDir Path folder;
  private BudgetDriver driver;

  @BeforeEach
  void start() {
    driver = new BudgetDriver(folder, BudgetBounds.standard().folding(1, 1_000));
    driver.inZone("UTC");
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private static Budget.Builder amount(String amount, int version) {
    return budget().setAmount(Money.parse(amount).value()).setVersion(version);
  }

  @Test
  void aNewBudgetIsJudgedForTheCurrentPeriodAndLaterOnes() {
    Instant tomorrow = TODAY.plus(Duration.ofDays(1));
    driver.use(entry("ws", "k", YESTERDAY, "9"), entry("ws", "k", TODAY, "8"));
    driver.use(entry("ws", "k", tomorrow, "10"));
    driver.publish(budget().setPeriod("day").build());
    assertThat(driver.told())
        .containsExactly(
            "CROSSED bud/2026-06-15/0.8/1",
            "CROSSED bud/2026-06-16/0.8/1",
            "CROSSED bud/2026-06-16/1/1");
    // A period that is over is judged once usage comes in it, by all there was.
    driver.use(entry("ws", "k", YESTERDAY, "0.5"));
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-14/0.8/1");
  }

  @Test
  void anEditLeavesPeriodsThatAreOverAsTheyWere() {
    driver.publish(amount("10", 1).build());
    driver.use(entry("ws", "k", MAY, "8"), entry("ws", "k", TODAY, "8"));
    assertThat(driver.told()).hasSize(2);
    driver.publish(amount("20", 2).build());
    assertThat(driver.told()).containsExactly("RETRACTED bud/2026-06-01/0.8/1");
    driver.use(entry("ws", "k", MAY, "1"));
    assertThat(driver.told()).containsExactly("RETRACTED bud/2026-05-01/0.8/1");
  }

  @Test
  void anotherPeriodIsJudgedFromExactHistory() {
    driver.publish(budget().build());
    driver.use(entry("ws", "k", FIRST, "6"), entry("ws", "k", TODAY, "9"));
    assertThat(driver.told())
        .containsExactly("CROSSED bud/2026-06-01/0.8/1", "CROSSED bud/2026-06-01/1/1");
    driver.publish(budget().setPeriod("day").setVersion(2).build());
    assertThat(driver.told())
        .containsExactlyInAnyOrder(
            "RETRACTED bud/2026-06-01/0.8/1",
            "RETRACTED bud/2026-06-01/1/1",
            "CROSSED bud/2026-06-15/0.8/1");
    driver.publish(budget().setVersion(3).build());
    assertThat(driver.told())
        .containsExactlyInAnyOrder(
            "RETRACTED bud/2026-06-15/0.8/1",
            "CROSSED bud/2026-06-01/0.8/2",
            "CROSSED bud/2026-06-01/1/2");
  }

  /** What came meanwhile was judged by day, and the month was over when it came back. */
  @Test
  void aPeriodThatIsOverMissesNothingOfTheTimeItWasCutOtherwise() {
    driver.publish(budget().build());
    driver.use(entry("ws", "k", MAY, "5"));
    driver.publish(budget().setPeriod("day").setVersion(2).build());
    driver.use(entry("ws", "k", MAY.plus(Duration.ofDays(1)), "3"));
    driver.publish(budget().setVersion(3).build());
    assertThat(driver.told()).isEmpty();
    driver.use(entry("ws", "k", MAY, "1"));
    BudgetAlert alert = driver.alerts().getFirst();
    assertThat(alert.getAlertId()).isEqualTo("bud/2026-05-01/0.8/1");
    assertThat(alert.getSpend()).isEqualTo(Money.parse("9").value());
    driver.use(entry("ws", "k", MAY, "1"));
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-05-01/1/1");
  }

  @Test
  void anotherAnchorDayIsAnotherPeriod() {
    driver.publish(budget().build());
    driver.use(entry("ws", "k", FIRST, "6"), entry("ws", "k", TODAY, "3"));
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
    driver.publish(budget().setAnchorDay(15).setVersion(2).build());
    assertThat(driver.told()).containsExactly("RETRACTED bud/2026-06-01/0.8/1");
    driver.use(entry("ws", "k", TODAY, "5"));
    BudgetAlert alert = driver.alerts().getFirst();
    assertThat(alert.getAlertId()).isEqualTo("bud/2026-06-15/0.8/1");
    assertThat(alert.getSpend()).isEqualTo(Money.parse("8").value());
    assertThat(alert.getPeriodEnd()).isEqualTo(Instant.parse("2026-07-15T00:00:00Z"));
  }

  @Test
  void aPeriodThatBeginsOnTheSameDayGoesOnWithItsNumbers() {
    driver.use(entry("ws", "k", FIRST, "9"));
    driver.publish(budget().setPeriod("day").build());
    driver.use(entry("ws", "k", FIRST, "0.1"));
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
    driver.publish(budget().setVersion(2).build());
    assertThat(driver.told())
        .containsExactly("RETRACTED bud/2026-06-01/0.8/1", "CROSSED bud/2026-06-01/0.8/2");
  }

  @Test
  void correctionsLowerSpendAndEndEpisodes() {
    driver.publish(budget().build());
    driver.use(entry("ws", "k", TODAY, "8"));
    driver.use(entry("ws", "k", TODAY, "-0.5"));
    driver.use(entry("ws", "k", TODAY, "0.5"));
    assertThat(driver.told())
        .containsExactly(
            "CROSSED bud/2026-06-01/0.8/1",
            "RETRACTED bud/2026-06-01/0.8/1",
            "CROSSED bud/2026-06-01/0.8/2");
  }

  @Test
  void deletionRetractsWhatIsOpenAndForgetsTheBudget() {
    driver.publish(budget().build(), budget().setBudgetId("other").build());
    driver.use(entry("ws", "k", MAY, "9"), entry("ws", "k", TODAY, "8"));
    assertThat(driver.told()).hasSize(4);
    driver.delete("bud");
    assertThat(driver.told()).containsExactly("RETRACTED bud/2026-06-01/0.8/1");
    assertThat(driver.states("bud")).isEmpty();
    driver.use(entry("ws", "k", TODAY, "100"));
    assertThat(driver.told()).containsExactly("CROSSED other/2026-06-01/1/1");
    driver.delete("bud");
    driver.delete("never-there");
    assertThat(driver.told()).isEmpty();
  }

  @Test
  void severalBudgetsOnOneScopeAreJudgedEach() {
    driver.publish(
        budget().setBudgetId("day").setPeriod("day").build(),
        budget().setBudgetId("week").setPeriod("week").setHard(true).build(),
        budget().setBudgetId("year").setPeriod("year").build(),
        budget()
            .setBudgetId("five")
            .setPeriod("total")
            .setThresholds(
                List.of(
                    new BigDecimal("0.100000"),
                    new BigDecimal("0.500000"),
                    new BigDecimal("1.500000")))
            .build());
    driver.use(entry("ws", "k", FIRST, "7"), entry("ws", "k", TODAY, "8"));
    assertThat(driver.told())
        .containsExactlyInAnyOrder(
            "CROSSED day/2026-06-15/0.8/1",
            "CROSSED week/2026-06-15/0.8/1",
            "CROSSED year/2026-01-01/0.8/1",
            "CROSSED year/2026-01-01/1/1",
            "CROSSED five/total/0.1/1",
            "CROSSED five/total/0.5/1",
            "CROSSED five/total/1.5/1");
  }

  @Test
  void anOlderVersionThanTheOneInForceChangesNothing() {
    driver.use(entry("ws", "k", TODAY, "1"));
    driver.publish(amount("1", 2).build());
    assertThat(driver.told()).hasSize(2);
    driver.publish(amount("100", 1).build());
    driver.use(entry("ws", "k", TODAY, "1"));
    assertThat(driver.told()).isEmpty();
  }

  @Test
  void whatCannotBeJudgedIsLeftOutAndStopsNothing() {
    driver.use(entry("ws", "k", TODAY, "9"));
    driver.publish(
        budget().setBudgetId("bad-period").setPeriod("fortnight").build(),
        budget().setBudgetId("bad-anchor").setAnchorDay(32).build(),
        budget().setBudgetId("euro").setCurrency("EUR").build(),
        budget().setBudgetId("free").setAmount(Money.ZERO.value()).build(),
        budget().build());
    assertThat(driver.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
  }

  @Test
  void anOrganizationThatIsNotKnownYetBlocksNothing() {
    try (BudgetDriver early =
        new BudgetDriver(folder.resolve("early"), BudgetBounds.standard().folding(1, 1_000))) {
      early.publish(budget().build());
      early.use(entry("ws", "k", TODAY, "5"));
      early.use(entry("ws", "k", TODAY, "3"));
      assertThat(early.position()).isEqualTo(2);
      assertThat(early.told()).isEmpty();
      early.inZone("UTC");
      assertThat(early.told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
      early.use(entry("ws", "k", TODAY, "2"));
      assertThat(early.told()).containsExactly("CROSSED bud/2026-06-01/1/1");
    }
  }

  /** Each step reads a bounded number of tallies, and each budget is judged once all the same. */
  @Test
  void thousandsOfEditsComeIntoForceInSteps() {
    BudgetBounds few =
        new BudgetBounds(
            10,
            10,
            10,
            Duration.ofDays(35),
            Duration.ofDays(35),
            Duration.ofDays(400),
            300,
            10,
            10,
            1,
            1_000,
            Duration.ofSeconds(1));
    try (BudgetDriver slow = new BudgetDriver(folder.resolve("slow"), few)) {
      slow.inZone("UTC");
      slow.use(entry("ws", "k", TODAY, "8"));
      int budgets = 2_000;
      for (int i = 0; i < budgets; i++) {
        slow.publishUnnoticed(budget().setBudgetId("b" + i).build());
      }
      slow.pass(Duration.ofMillis(250));
      List<String> told = new ArrayList<>(slow.told());
      assertThat(told).hasSizeBetween(50, 300);
      slow.use(entry("ws", "k", TODAY, "0.5"));
      assertThat(slow.told()).hasSizeLessThanOrEqualTo(10).allMatch(id -> !told.contains(id));
      slow.step(40);
      assertThat(slow.count(BudgetTopology.BUDGETS_IN_FORCE)).isEqualTo(budgets);
      slow.use(entry("ws", "k", TODAY, "1.5"));
      List<String> crossed = slow.told().stream().filter(id -> id.endsWith("/1/1")).toList();
      assertThat(new HashSet<>(crossed)).hasSize(budgets);
    }
  }

  @Test
  void statesOfPeriodsLongOverAreRemoved() {
    driver.publish(budget().setPeriod("day").build());
    Instant start = driver.now();
    for (int day = 0; day < 430; day += 10) {
      driver.pass(Duration.between(driver.now(), start.plus(Duration.ofDays(day))));
      driver.use(entry("ws", "k", driver.now(), "9"));
    }
    assertThat(driver.told()).hasSize(43).doesNotHaveDuplicates();
    assertThat(driver.states("bud")).hasSize(41);
    driver.use(entry("ws", "k", start, "9"));
    assertThat(driver.told()).isEmpty();
  }
}
