package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.delta;
import static io.tollgate.streams.BudgetRecords.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.UsageDelta;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetTopologyTest {
  private static final Instant JUNE = Instant.parse("2026-06-15T12:07:00Z");

  private final LocalSchemaIds ids = new LocalSchemaIds();
  private @TempDir Path folder;
  private TopologyTestDriver driver;
  private TestInputTopic<String, UsageDelta> deltas;
  private TestInputTopic<String, Budget> budgets;
  private TestOutputTopic<String, BudgetAlert> alerts;
  private long offset;

  @BeforeEach
  void start() {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "budget-test");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    driver =
        new TopologyTestDriver(BudgetTopology.build(new GlobalTables(ids), ids, 1), config, JUNE);
    deltas = input(Topics.USAGE_DELTAS);
    budgets = input(Topics.BUDGETS);
    TestInputTopic<String, Organization> organizations = input(Topics.ORGANIZATIONS);
    alerts =
        driver.createOutputTopic(
            Topics.BUDGET_ALERTS.name(),
            new StringDeserializer(),
            AvroSerde.of(Topics.BUDGET_ALERTS, ids));
    organizations.pipeInput("acme", BudgetRecords.organization().build());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private <V extends SpecificRecord> TestInputTopic<String, V> input(Topic<V> topic) {
    return driver.createInputTopic(topic.name(), new StringSerializer(), AvroSerde.of(topic, ids));
  }

  private void use(DeltaEntry... entries) {
    offset += entries.length;
    deltas.pipeInput("acme", delta(offset, entries).build());
  }

  private void publish(Budget budget) {
    budgets.pipeInput(budget.getBudgetId(), budget);
    driver.advanceWallClockTime(Duration.ofSeconds(1));
  }

  private List<String> told() {
    return alerts.readValuesToList().stream().map(a -> a.getKind() + " " + a.getAlertId()).toList();
  }

  @Test
  void tellsEachThresholdOnceWithSpendAndScope() {
    publish(BudgetRecords.budget().build());
    use(entry("ws", "k1", JUNE, "7.9"));
    assertThat(told()).isEmpty();
    use(entry("ws", "k2", JUNE, "0.1"));
    BudgetAlert alert = alerts.readValue();
    assertThat(alert.getAlertId()).isEqualTo("bud/2026-06-01/0.8/1");
    assertThat(alert.getSpend()).isEqualTo(Money.parse("8").value());
    assertThat(alert.getAmount()).isEqualTo(Money.parse("10").value());
    assertThat(alert.getPercentage()).isEqualByComparingTo("80");
    assertThat(alert.getScope()).isEqualTo(ScopeKind.ORGANIZATION);
    assertThat(alert.getPeriodStart()).isEqualTo(Instant.parse("2026-06-01T00:00:00Z"));
    assertThat(alert.getPeriodEnd()).isEqualTo(Instant.parse("2026-07-01T00:00:00Z"));
    use(entry("ws", "k1", JUNE, "0.5"));
    assertThat(told()).isEmpty();
    use(entry("ws", "k1", JUNE, "5"));
    assertThat(told()).containsExactly("CROSSED bud/2026-06-01/1/1");
  }

  @Test
  void eachPeriodHasItsOwnSpend() {
    publish(BudgetRecords.budget().build());
    use(
        entry("ws", "k1", Instant.parse("2026-05-31T23:59:59Z"), "9"),
        entry("ws", "k1", JUNE, "9"));
    assertThat(told())
        .containsExactlyInAnyOrder("CROSSED bud/2026-05-01/0.8/1", "CROSSED bud/2026-06-01/0.8/1");
  }

  @Test
  void aBudgetSeesItsScopeOnly() {
    publish(
        BudgetRecords.budget()
            .setBudgetId("b-ws")
            .setScope(ScopeKind.WORKSPACE)
            .setWorkspaceId("one")
            .build());
    publish(
        BudgetRecords.budget()
            .setBudgetId("b-key")
            .setScope(ScopeKind.API_KEY)
            .setWorkspaceId("one")
            .setApiKeyId("k1")
            .build());
    use(
        entry("two", "k9", JUNE, "100"),
        entry("one", "k2", JUNE, "7"),
        entry("one", "k1", JUNE, "1"));
    assertThat(told()).containsExactly("CROSSED b-ws/2026-06-01/0.8/1");
    use(entry("one", "k1", JUNE, "7"));
    assertThat(told())
        .containsExactlyInAnyOrder("CROSSED b-ws/2026-06-01/1/1", "CROSSED b-key/2026-06-01/0.8/1");
  }

  @Test
  void aNewBudgetStartsFromExactHistory() {
    use(entry("ws", "k1", JUNE, "3"), entry("ws", "k2", JUNE.minus(Duration.ofDays(3)), "5"));
    use(entry("ws", "k1", Instant.parse("2026-05-31T23:59:59Z"), "50"));
    publish(BudgetRecords.budget().build());
    assertThat(told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
    use(entry("ws", "k1", JUNE, "2"));
    assertThat(told()).containsExactly("CROSSED bud/2026-06-01/1/1");
  }

  @Test
  void anEditKeepsUsageAndIsJudgedWithoutTraffic() {
    publish(BudgetRecords.budget().build());
    use(entry("ws", "k1", JUNE, "8"));
    assertThat(told()).containsExactly("CROSSED bud/2026-06-01/0.8/1");
    publish(BudgetRecords.budget().setAmount(Money.parse("20").value()).setVersion(2).build());
    assertThat(told()).containsExactly("RETRACTED bud/2026-06-01/0.8/1");
    publish(BudgetRecords.budget().setAmount(Money.parse("8").value()).setVersion(3).build());
    assertThat(told())
        .containsExactly("CROSSED bud/2026-06-01/0.8/2", "CROSSED bud/2026-06-01/1/1");
  }

  @Test
  void aTotalBudgetNeverEnds() {
    publish(BudgetRecords.budget().setPeriod("total").build());
    use(entry("ws", "k1", Instant.parse("2025-01-01T00:00:00Z"), "4"));
    use(entry("ws", "k1", JUNE, "4"));
    BudgetAlert alert = alerts.readValue();
    assertThat(alert.getAlertId()).isEqualTo("bud/total/0.8/1");
    assertThat(alert.getPeriodEnd()).isNull();
  }

  @Test
  void talliesSumTheTree() {
    use(
        entry("one", "k1", JUNE, "1"),
        entry("one", "k2", JUNE, "2"),
        entry("two", "k3", JUNE, "4"));
    use(entry("one", "k1", JUNE, "8"));
    assertThat(tally(Scope.organization("acme"))).isEqualTo("4 15.000000000000");
    assertThat(tally(Scope.workspace("acme", "one"))).isEqualTo("3 11.000000000000");
    assertThat(tally(Scope.apiKey("acme", "k1"))).isEqualTo("2 9.000000000000");
  }

  private String tally(Scope scope) {
    Tally[] sum = {Tally.NONE};
    new Tallies(
            driver.getKeyValueStore(BudgetTopology.TALLIES),
            driver.getKeyValueStore(BudgetTopology.TALLY_DAYS),
            new UserTallies(driver.getKeyValueStore(BudgetTopology.USER_TALLIES)),
            new PendingTallies(
                driver.getKeyValueStore(BudgetTopology.PENDING_TALLIES), BudgetBounds.standard()))
        .forEach(
            scope,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            (tally, quarter) -> sum[0] = sum[0].plus(tally));
    Tally tally = sum[0];
    return tally.requests() + " " + tally.cost();
  }
}
