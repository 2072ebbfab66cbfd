package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.budget;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.Money;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for any usage in any order, split any way, and any edits between. */
class BudgetPropertiesTopologyTest {
  private static final List<String> PERIODS =
      List.of("day", "week", "month", "quarter", "year", "total");

  private @TempDir Path folder;
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private int runs;

  private BudgetDriver driver() {
    BudgetDriver driver =
        new BudgetDriver(folder.resolve("run-" + runs++), BudgetBounds.standard());
    driver.inZone("Asia/Kolkata");
    return driver;
  }

  private List<DeltaEntry> usage(int count) {
    List<DeltaEntry> usage = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Instant time = BudgetDriver.START.minusSeconds(random.nextInt(3 * 86_400));
      String cost = (random.nextInt(6) == 0 ? "-" : "") + random.nextInt(3) + "." + i;
      usage.add(entry("ws" + random.nextInt(2), "k" + random.nextInt(3), time, cost));
    }
    return usage;
  }

  private void use(BudgetDriver driver, List<DeltaEntry> usage) {
    List<DeltaEntry> rest = new ArrayList<>(usage);
    Collections.shuffle(rest, random);
    while (!rest.isEmpty()) {
      List<DeltaEntry> some = rest.subList(0, 1 + random.nextInt(rest.size()));
      driver.add(List.copyOf(some), List.of());
      some.clear();
      if (random.nextBoolean()) {
        driver.pass(Duration.ofMillis(300));
      }
    }
  }

  private List<Budget> budgets() {
    List<Budget> budgets = new ArrayList<>();
    for (String period : PERIODS) {
      Budget.Builder budget =
          budget()
              .setBudgetId("b-" + period)
              .setPeriod(period)
              .setAnchorDay(1 + random.nextInt(7))
              .setAmount(Money.parse("" + (1 + random.nextInt(12))).value());
      if (random.nextBoolean()) {
        budget.setScope(ScopeKind.WORKSPACE).setWorkspaceId("ws0");
      }
      budgets.add(budget.build());
    }
    return budgets;
  }

  /** Spend and open thresholds by budget and period. */
  private static Map<String, String> standings(BudgetDriver driver, List<Budget> budgets) {
    Map<String, String> standings = new HashMap<>();
    for (Budget budget : budgets) {
      for (BudgetState state : driver.states(budget.getBudgetId())) {
        standings.put(
            budget.getBudgetId() + ' ' + state.window(), state.spend() + " " + state.open());
      }
    }
    return standings;
  }

  /** Open thresholds as whoever follows the alerts sees them; checks that each step is legal. */
  private static final class Follower {
    private final Map<String, Integer> episodes = new HashMap<>();
    private final Map<String, Boolean> open = new HashMap<>();

    void follow(List<BudgetAlert> alerts, String as) {
      for (BudgetAlert alert : alerts) {
        String id = alert.getAlertId().substring(0, alert.getAlertId().lastIndexOf('/'));
        boolean crossed = alert.getKind() == AlertKind.CROSSED;
        assertThat(open.getOrDefault(id, false)).as("%s %s", as, alert).isNotEqualTo(crossed);
        int expected = episodes.getOrDefault(id, 0) + (crossed ? 1 : 0);
        assertThat(alert.getEpisode()).as("%s %s", as, alert).isEqualTo(expected);
        boolean above =
            alert.getSpend().compareTo(alert.getThreshold().multiply(alert.getAmount())) >= 0;
        if (crossed) {
          assertThat(above).as("%s %s", as, alert).isTrue();
        }
        episodes.put(id, expected);
        open.put(id, crossed);
      }
    }

    long open() {
      return open.values().stream().filter(is -> is).count();
    }
  }

  @Test
  void anyOrderAndSplitGivesTheSameStates() {
    String as = "seed " + seed;
    for (int round = 0; round < 4; round++) {
      List<DeltaEntry> usage = usage(40);
      List<Budget> budgets = budgets();
      Map<String, String> expected = null;
      for (int run = 0; run < 3; run++) {
        try (BudgetDriver driver = driver()) {
          driver.publish(budgets.toArray(new Budget[0]));
          use(driver, usage);
          Map<String, String> standings = standings(driver, budgets);
          expected = expected == null ? standings : expected;
          assertThat(standings).as(as).isEqualTo(expected);
          Follower follower = new Follower();
          follower.follow(driver.alerts(), as);
          assertThat(follower.open())
              .as(as)
              .isEqualTo(
                  budgets.stream()
                      .flatMap(budget -> driver.states(budget.getBudgetId()).stream())
                      .mapToLong(state -> state.open().size())
                      .sum());
        }
      }
    }
  }

  /** After any edits between any usage, the running period stands as if it had always been so. */
  @Test
  void editsInAnyOrderKeepUsage() {
    String as = "seed " + seed;
    for (int round = 0; round < 4; round++) {
      List<DeltaEntry> usage = usage(40);
      Budget last = null;
      Map<PeriodWindow, BudgetState> edited = new HashMap<>();
      try (BudgetDriver driver = driver()) {
        Follower follower = new Follower();
        int version = 0;
        for (int from = 0; from < usage.size(); from += 5) {
          last =
              budget()
                  .setVersion(++version)
                  .setPeriod(PERIODS.get(random.nextInt(PERIODS.size())))
                  .setAnchorDay(1 + random.nextInt(7))
                  .setAmount(Money.parse("" + (1 + random.nextInt(20))).value())
                  .setThresholds(
                      List.of(
                          new BigDecimal("0." + (1 + random.nextInt(9)) + "00000"),
                          new BigDecimal("1.000000")))
                  .build();
          if (random.nextBoolean()) {
            driver.publishUnnoticed(last);
          } else {
            driver.publish(last);
          }
          use(driver, usage.subList(from, from + 5));
        }
        driver.step(2);
        follower.follow(driver.alerts(), as);
        for (BudgetState state : driver.states("bud")) {
          edited.put(state.window(), state);
        }
      }
      try (BudgetDriver driver = driver()) {
        use(driver, usage);
        driver.publish(last);
        BudgetState fresh = driver.states("bud").getLast();
        BudgetState kept = edited.get(fresh.window());
        assertThat(kept).as(as).isNotNull();
        assertThat(kept.spend()).as(as).isEqualTo(fresh.spend());
        assertThat(kept.open()).as(as).isEqualTo(fresh.open());
        assertThat(kept.budgetVersion()).as(as).isEqualTo(last.getVersion());
      }
    }
  }
}
