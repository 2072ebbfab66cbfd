package io.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LandingIT {
  private static final Duration BOUND = Duration.ofSeconds(60);

  private static final LandingLimits SMALL =
      new LandingLimits(
          500,
          1 << 20,
          Duration.ofMillis(50),
          2 << 20,
          Duration.ofMillis(50),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2));

  @TempDir static Path data;
  private static Line line;

  /** Every test continues the same log and table; totals are of everything so far. */
  private static long rows;

  private static Money cost = Money.ZERO;

  @BeforeAll
  static void start() {
    line = new Line(data);
  }

  @AfterAll
  static void stop() {
    line.close();
  }

  @Test
  void landsEveryCommittedRecordOnceAndExactly() {
    rate(30_000, i -> RatedUsages.rated().units(Meter.INPUT, i));
    try (Landing landing = start(LandingLimits.standard())) {
      awaitLanded(landing);
      rate(7, i -> RatedUsages.rated());
      awaitLanded(landing);
    }
    try (Landing again = start(LandingLimits.standard())) {
      awaitLanded(again);
    }
  }

  @Test
  void everyColumnHoldsWhatTheRecordSaid() {
    rate(
        1,
        i ->
            RatedUsages.rated()
                .model("every-column")
                .contextOver(200_000)
                .units(Meter.INPUT, 999_999_999_999L)
                .rate(Meter.INPUT, "99999999999.999999")
                .units(Meter.REQUEST, 1)
                .units(Meter.CACHE_READ, 0)
                .event(
                    event -> {
                      event.setUser("Zoë");
                      event.setTags(new HashMap<>(Map.of("team", "söarch")));
                      event.setRequestedModel("gpt-5-latest");
                    }));
    try (Landing landing = start(LandingLimits.standard());
        ClickHouse table = new ClickHouse(line.clickHouseSettings())) {
      awaitLanded(landing);
      String row =
          table
              .query(
                  new SqlStatement(
                      """
                      SELECT toString(tuple(organization_id, workspace_id, api_key_id, event_time, source,
                        user, feature, tags, provider, requested_model, model, service_tier, quality, correction,
                        kind, correction_id,
                        currency, price_book_id, price_version, context_over, meters, units, rates, costs, cost,
                        generation, appended_at))
                      FROM usage_rated WHERE model = 'every-column'
                      """,
                      List.of()),
                  result -> result.getString(1))
              .getFirst();
      assertThat(row)
          .isEqualTo(
              "('acme','research','key-1','2026-10-05 10:15:30.123456','gateway','Zoë',NULL,"
                  + "{'team':'söarch'},'openai','gpt-5-latest','every-column','standard','reported','none','usage',NULL,'USD','base',1,"
                  + "200000,['input','output','cache_read','request'],[999999999999,100,0,1],"
                  + "[99999999999.999999,10,NULL,NULL],[99999999999899999.000000000001,0.001,0,0],99999999999899999.001000000001,1,'2026-10-05"
                  + " 10:15:30.123')");
    }
  }

  @Test
  void aReversalIsARowOfItsOwnKindAndATableOfAnEarlierVersionGetsItsColumns() {
    try (ClickHouse table = new ClickHouse(line.clickHouseSettings())) {
      table.createTables();
      for (String column : List.of("kind", "correction_id")) {
        table.query(
            new SqlStatement(
                "ALTER TABLE usage_rated DROP COLUMN IF EXISTS "
                    + column
                    + " SETTINGS mutations_sync = 1",
                List.of()),
            row -> true);
      }
      rate(1, i -> RatedUsages.rated().model("taken-back").units(Meter.INPUT, 7));
      rate(1, i -> RatedUsages.rated().model("taken-back").units(Meter.INPUT, 7).reversedBy("v1"));
      try (Landing landing = start(LandingLimits.standard())) {
        awaitLanded(landing);
        assertThat(
                table.query(
                    new SqlStatement(
                        """
                        SELECT toString(tuple(kind, correction_id, meters, units, rates, costs, cost))
                        FROM usage_rated WHERE model = 'taken-back' ORDER BY kind
                        """,
                        List.of()),
                    result -> result.getString(1)))
            .containsExactly(
                "('usage',NULL,['input','output'],[7,100],[1.25,10],[0.00000875,0.001],0.00100875)",
                "('reversal','v1',['input','output'],[-7,-100],[1.25,10],[-0.00000875,-0.001],-0.00100875)");
        assertThat(
                table.query(
                    new SqlStatement(
                        "SELECT "
                            + UsageRatedTable.REQUESTS
                            + ", sum(cost) FROM usage_rated WHERE model = 'taken-back'",
                        List.of()),
                    result -> result.getLong(1) + " " + result.getBigDecimal(2).signum()))
            .containsExactly("0 0");
      }
    }
  }

  @Test
  void clickHouseAwayOnlyDelays() {
    try (Landing landing = start(SMALL)) {
      rate(5_000, i -> RatedUsages.rated());
      await().atMost(BOUND).until(() -> landedRows(landing) >= 500);
      line.clickHouse.kill();
      rate(15_000, i -> RatedUsages.rated());
      await().atMost(BOUND).until(() -> landing.status().state() == LandingStatus.State.RETRYING);
      await()
          .during(Duration.ofSeconds(5))
          .atMost(Duration.ofSeconds(10))
          .until(() -> landing.status().partitions().size() == Line.PARTITIONS);
      assertThat(landing.status().partitions()).anyMatch(partition -> partition.lag() > 0);
      line.clickHouse.restart();
      awaitLanded(landing);
      assertThat(landing.status().state()).isEqualTo(LandingStatus.State.RUNNING);
    }
  }

  @Test
  void killedThreeTimesWithWorkToDoItStillLandsEveryRecordOnce() throws Exception {
    rate(60_000, i -> RatedUsages.rated());
    for (int kill = 0; kill < 3; kill++) {
      long before = line.landed().rows();
      Process process = LandingProcess.start(line);
      try {
        await()
            .atMost(BOUND)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> line.landed().rows() > before);
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(line.lag("landing")).as("lag at kill %d", kill).isPositive();
    }
    try (Landing landing = start(LandingLimits.standard())) {
      awaitLanded(landing);
    }
  }

  /** A plans a range and stalls, B lands it and goes on, A's insert arrives. */
  @Test
  void theInsertOfAZombieChangesNothing() {
    rate(2_000, i -> RatedUsages.rated());
    try (Zombie a = new Zombie(line);
        ClickHouse table = new ClickHouse(line.clickHouseSettings())) {
      Insertion.Sent stalled = a.planAndStall();
      assertThat(stalled.range().count()).isPositive();
      rate(2_000, i -> RatedUsages.rated());
      try (Landing b = start(SMALL)) {
        awaitLanded(b);
        table.insert(UsageRatedTable.TABLE, stalled.range().token(), stalled.batch().rows());
        assertThat(line.landed()).isEqualTo(Line.Landed.exactly(rows, cost));
        a.assertThatItCannotPlanAnything();
      }
    }
  }

  @Test
  void anInsertIsOnePartAndABrokenOneLeavesNothing() {
    Zombie.encode(
        line,
        20_000,
        batch -> {
          assertThat(batch.bytes()).isGreaterThan(3 << 20);
          try (ClickHouse table = new ClickHouse(line.clickHouseSettings())) {
            table.createTables();
            assertThatThrownBy(() -> Zombie.insertHalf(line, batch)).isNotNull();
            assertThat(parts(table)).isZero();
            table.insert(UsageRatedTable.TABLE, "half", batch.rows());
            assertThat(parts(table)).isEqualTo(1);
            table.insert(UsageRatedTable.TABLE, "half", batch.rows());
            assertThat(parts(table)).isEqualTo(1);
            table.query(
                new SqlStatement(
                    "ALTER TABLE usage_rated DELETE WHERE organization_id = 'parts' SETTINGS"
                        + " mutations_sync = 1",
                    List.of()),
                row -> true);
          }
        });
  }

  private static long parts(ClickHouse table) {
    return table
        .query(
            new SqlStatement(
                "SELECT uniqExact(_part) FROM usage_rated WHERE organization_id = 'parts'",
                List.of()),
            row -> row.getLong(1))
        .getFirst();
  }

  private static Landing start(LandingLimits limits) {
    return Landing.start(line.landing(limits), InstantSource.system());
  }

  private static void rate(int count, IntFunction<RatedUsages> usage) {
    int first = Math.toIntExact(rows);
    cost = cost.plus(line.rate(first, first + count, i -> usage.apply(i).id("event-" + i)));
    rows += count;
  }

  private static void awaitLanded(Landing landing) {
    await()
        .atMost(BOUND)
        .until(
            () ->
                landing.status().partitions().size() == Line.PARTITIONS
                    && landing.status().partitions().stream()
                        .allMatch(partition -> partition.lag() == 0)
                    && line.lag("landing") == 0);
    assertThat(line.landed()).isEqualTo(Line.Landed.exactly(rows, cost));
  }

  private static long landedRows(Landing landing) {
    return landing.status().partitions().stream()
        .mapToLong(LandingStatus.Partition::landedRows)
        .sum();
  }
}
