package io.tollgate.streams;

import static io.tollgate.streams.BudgetRecords.credit;
import static io.tollgate.streams.BudgetRecords.delta;
import static io.tollgate.streams.BudgetRecords.entry;
import static io.tollgate.streams.BudgetRecords.limit;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.LimitKey;
import io.tollgate.schemas.LocalSchemaIds;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsagePartitions;
import io.tollgate.schemas.avro.AlertCause;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Pause;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From deltas, budgets, limits and wallets to limits.state, by the hand of the clock. */
class LimitsTopologyTest {
  private static final Instant START = Instant.parse("2026-06-30T23:00:00Z");
  private static final Duration LOOK = Duration.ofMillis(250);

  private final LocalSchemaIds ids = new LocalSchemaIds();
  private @TempDir Path folder;
  private TopologyTestDriver driver;
  private Instant now = START;
  private long offset;

  @BeforeEach
  void start() {
    driver = driver(1);
    publishTenants();
  }

  private TopologyTestDriver driver(int partitions) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "limits-test");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    config.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    return new TopologyTestDriver(
        BudgetTopology.build(new GlobalTables(ids), ids, partitions), config, START);
  }

  private void publishTenants() {
    put(Topics.ORGANIZATIONS, "acme", BudgetRecords.organization().build());
    put(Topics.WORKSPACES, "ws", BudgetRecords.workspace("ws").build());
    put(Topics.API_KEYS, "k1", BudgetRecords.apiKey("ws", "k1").build());
    put(Topics.API_KEYS, "k2", BudgetRecords.apiKey("ws", "k2").build());
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  private <V extends SpecificRecord> void put(Topic<V> topic, String key, @Nullable V value) {
    driver
        .createInputTopic(topic.name(), new StringSerializer(), AvroSerde.of(topic, ids))
        .pipeInput(key, value, now);
  }

  private void put(Budget budget) {
    put(Topics.BUDGETS, budget.getBudgetId(), budget);
    pass(Duration.ofSeconds(1));
  }

  private void put(Limit limit) {
    put(Topics.LIMITS, LimitKey.of(limit).text(), limit);
    pass(LOOK);
  }

  private void use(DeltaEntry... entries) {
    offset += entries.length;
    put(Topics.USAGE_DELTAS, "acme", delta(offset, entries).build());
  }

  /** Requests and tokens that were appended a number of seconds before now. */
  private DeltaEntry calls(long secondsAgo, long requests, long tokens) {
    DeltaEntry entry = entry("ws", "k1", now, "0");
    entry.setRequests(requests);
    entry.setUnits(Map.of("input", tokens));
    entry.setSeconds(List.of(new SecondCount(now.getEpochSecond() - secondsAgo, requests, tokens)));
    return entry;
  }

  private void pass(Duration time) {
    Duration step = time.compareTo(Duration.ofMinutes(2)) > 0 ? time : LOOK;
    for (Duration left = time; left.isPositive(); left = left.minus(step)) {
      now = now.plus(step);
      driver.advanceWallClockTime(step);
    }
  }

  private List<KeyValue<String, @Nullable LimitState>> written() {
    return driver
        .createOutputTopic(
            Topics.LIMITS_STATE.name(),
            new StringDeserializer(),
            AvroSerde.of(Topics.LIMITS_STATE, ids))
        .readKeyValuesToList();
  }

  /** What was written since the last call, in words. */
  private List<String> states() {
    List<String> words = new ArrayList<>();
    for (KeyValue<String, @Nullable LimitState> record : written()) {
      LimitState state = record.value;
      words.add(
          record.key.substring("acme/".length())
              + (state == null
                  ? " ended"
                  : " %s %s until %s"
                      .formatted(state.getAdmission(), state.getReasons(), state.getUntil())));
    }
    return words;
  }

  private List<BudgetAlert> alerts() {
    return driver
        .createOutputTopic(
            Topics.BUDGET_ALERTS.name(),
            new StringDeserializer(),
            AvroSerde.of(Topics.BUDGET_ALERTS, ids))
        .readValuesToList();
  }

  private List<String> told() {
    return alerts().stream().map(a -> a.getKind() + " " + a.getAlertId()).toList();
  }

  @Test
  void aHardBudgetWarnsBlocksAndReopensWithTheNextPeriod() {
    put(BudgetRecords.budget().setHard(true).build());
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
    use(entry("ws", "k1", now, "7.9"));
    pass(Duration.ofSeconds(1));
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
    use(entry("ws", "k1", now, "0.1"));
    assertThat(states())
        .containsExactly("organization/acme WARNED [budget:bud] until 2026-07-01T00:00:00Z");
    use(entry("ws", "k2", now, "2.5"));
    LimitState blocked = written().getLast().value;
    assertThat(blocked.getAdmission()).hasToString("BLOCKED");
    assertThat(blocked.getReasons()).containsExactly("budget:bud");
    assertThat(blocked.getSpent()).isEqualTo(Money.parse("10.5").value());
    assertThat(blocked.getAmount()).isEqualTo(Money.parse("10").value());
    assertThat(blocked.getRemaining()).isEqualTo(Money.parse("-0.5").value());
    assertThat(blocked.getUntil()).isEqualTo("2026-07-01T00:00:00Z");
    pass(Duration.between(now, Instant.parse("2026-06-30T23:59:59.750Z")));
    assertThat(states()).isEmpty();
    pass(LOOK);
    LimitState open = written().getLast().value;
    assertThat(open.getAdmission()).hasToString("OPEN");
    assertThat(open.getRemaining()).isEqualTo(Money.parse("10").value());
    assertThat(open.getVersion()).isGreaterThan(blocked.getVersion());
    use(entry("ws", "k1", now, "10"));
    assertThat(states())
        .containsExactly("organization/acme BLOCKED [budget:bud] until 2026-08-01T00:00:00Z");
  }

  @Test
  void aSoftBudgetWarnsAndNeverBlocks() {
    put(BudgetRecords.budget().setThresholds(List.of(new BigDecimal("1.000000"))).build());
    use(entry("ws", "k1", now, "9.999999999999"));
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
    use(entry("ws", "k1", now, "100"));
    assertThat(states())
        .containsExactly("organization/acme WARNED [budget:bud] until 2026-07-01T00:00:00Z");
  }

  @Test
  void usageThatIsTakenBackOpensAgain() {
    put(BudgetRecords.budget().setHard(true).build());
    use(entry("ws", "k1", now, "10"));
    states();
    use(entry("ws", "k1", now, "-5"));
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
  }

  @Test
  void anEditIsSeenWithoutTrafficAndKeepsUsage() {
    use(entry("ws", "k1", now, "9"));
    put(BudgetRecords.budget().setHard(true).build());
    assertThat(states())
        .containsExactly("organization/acme WARNED [budget:bud] until 2026-07-01T00:00:00Z");
    put(
        BudgetRecords.budget()
            .setHard(true)
            .setAmount(Money.parse("9").value())
            .setVersion(2)
            .build());
    assertThat(states())
        .containsExactly("organization/acme BLOCKED [budget:bud] until 2026-07-01T00:00:00Z");
    put(
        BudgetRecords.budget()
            .setHard(true)
            .setAmount(Money.parse("9").value())
            .setPeriod("total")
            .setVersion(3)
            .build());
    pass(Duration.ofSeconds(1));
    assertThat(states()).containsExactly("organization/acme BLOCKED [budget:bud] until null");
    put(Topics.BUDGETS, "bud", null);
    pass(LOOK);
    assertThat(states()).containsExactly("organization/acme ended");
  }

  @Test
  void theTightestHardBudgetIsTold() {
    put(BudgetRecords.budget().setBudgetId("a-soft").setAmount(Money.parse("1").value()).build());
    put(BudgetRecords.budget().setBudgetId("b-hard").setHard(true).build());
    put(
        BudgetRecords.budget()
            .setBudgetId("c-hard")
            .setHard(true)
            .setAmount(Money.parse("6").value())
            .build());
    use(entry("ws", "k1", now, "5"));
    pass(Duration.ofSeconds(1));
    LimitState state = written().getLast().value;
    assertThat(state.getAdmission()).hasToString("WARNED");
    assertThat(state.getReasons()).containsExactly("budget:a-soft", "budget:c-hard");
    assertThat(state.getAmount()).isEqualTo(Money.parse("6").value());
    assertThat(state.getRemaining()).isEqualTo(Money.parse("1").value());
  }

  @Test
  void requestsPerMinuteBlockAndReopenByThemselves() {
    put(limit().setRequestsPerMinute(10L).build());
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
    use(calls(59, 4, 0), calls(10, 5, 0));
    assertThat(states()).isEmpty();
    use(calls(0, 1, 0));
    Instant second = Instant.ofEpochSecond(now.getEpochSecond());
    assertThat(states())
        .containsExactly("api_key/k1 BLOCKED [requests_per_minute] until " + second.plusSeconds(1));
    pass(Duration.ofSeconds(1));
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
    use(calls(0, 100, 0));
    assertThat(states())
        .containsExactly(
            "api_key/k1 BLOCKED [requests_per_minute] until " + second.plusSeconds(61));
    pass(Duration.ofSeconds(59));
    assertThat(states()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
  }

  @Test
  void trafficReadAfterAnOutageIsNoBurst() {
    put(limit().setRequestsPerMinute(10L).setTokensPerMinute(10L).build());
    states();
    use(calls(60, 1_000, 1_000), calls(3_600, 1_000, 1_000));
    pass(Duration.ofSeconds(2));
    assertThat(states()).isEmpty();
  }

  @Test
  void limitsPerMinuteHoldForAllKeysOfAScopeTogether() {
    put(limit().setScope(ScopeKind.WORKSPACE).setApiKeyId(null).setTokensPerMinute(1_000L).build());
    DeltaEntry other = calls(0, 1, 600);
    other.setApiKeyId("k2");
    use(calls(0, 1, 399), other);
    states();
    use(calls(0, 1, 1));
    assertThat(states().getFirst()).startsWith("workspace/ws BLOCKED [tokens_per_minute] until ");
  }

  @Test
  void tokensPerDayAreThoseOfTheDayInTheOrganizationsTimeZone() {
    put(
        Topics.ORGANIZATIONS,
        "acme",
        BudgetRecords.organization().setTimeZone("America/New_York").setVersion(2).build());
    // 04:00 UTC is midnight in New York.
    DeltaEntry yesterday = entry("ws", "k1", Instant.parse("2026-06-30T03:59:59Z"), "0");
    DeltaEntry today = entry("ws", "k1", Instant.parse("2026-06-30T04:00:00Z"), "0");
    use(yesterday, today);
    put(limit().setTokensPerDay(300L).build());
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
    use(today);
    assertThat(states()).isEmpty();
    use(yesterday, today);
    assertThat(states())
        .containsExactly("api_key/k1 BLOCKED [tokens_per_day] until 2026-07-01T04:00:00Z");
    pass(Duration.between(now, Instant.parse("2026-07-01T04:00:00Z")));
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
  }

  @Test
  void theFirstUsageIsOfADayInTheZoneThatIsPublishedThen() {
    put(limit().setTokensPerDay(10L).build());
    assertThat(states()).containsExactly("api_key/k1 OPEN [] until null");
    put(
        Topics.ORGANIZATIONS,
        "acme",
        BudgetRecords.organization().setTimeZone("America/New_York").setVersion(2).build());
    pass(LOOK);
    use(calls(0, 1, 20));
    // Not at midnight UTC, which the limit was seen with.
    assertThat(states())
        .containsExactly("api_key/k1 BLOCKED [tokens_per_day] until 2026-07-01T04:00:00Z");
  }

  @Test
  void whatIsConfiguredIsToldWithoutAnyUsage() {
    put(
        limit()
            .setRequestsPerMinute(1L)
            .setTokensPerMinute(2L)
            .setTokensPerDay(3L)
            .setAllowedModels(List.of("gpt-5*"))
            .setDeniedModels(List.of("gpt-5-pro"))
            .build());
    LimitState state = written().getLast().value;
    assertThat(state.getWorkspaceId()).isEqualTo("ws");
    assertThat(state.getRequestsPerMinute()).isEqualTo(1);
    assertThat(state.getTokensPerMinute()).isEqualTo(2);
    assertThat(state.getTokensPerDay()).isEqualTo(3);
    assertThat(state.getAllowedModels()).containsExactly("gpt-5*");
    assertThat(state.getDeniedModels()).containsExactly("gpt-5-pro");
    assertThat(state.getAmount()).isNull();
    assertThat(state.getWrittenAt()).isEqualTo(now);
  }

  @Test
  void spendingIsWrittenOnceASecondAtMost() {
    put(BudgetRecords.budget().setAmount(Money.parse("1000").value()).build());
    written();
    int states = 0;
    for (int i = 0; i < 400; i++) {
      use(entry("ws", "k1", now, "0.1"));
      if (i % 10 == 9) {
        pass(LOOK);
      }
      states += written().size();
    }
    assertThat(states).isBetween(9, 11);
    pass(Duration.ofSeconds(1));
    assertThat(written()).hasSizeLessThanOrEqualTo(1);
    use(entry("ws", "k1", now, "0"));
    pass(Duration.ofSeconds(5));
    assertThat(written()).isEmpty();
  }

  @Test
  void aScopeThatEndsOrHasNothingSetIsTombstoned() {
    put(limit().setRequestsPerMinute(10L).build());
    put(limit().setApiKeyId("k2").setRequestsPerMinute(10L).build());
    use(calls(0, 100, 0));
    states();
    put(Topics.LIMITS, "acme/api_key/k1", null);
    pass(LOOK);
    assertThat(states()).containsExactly("api_key/k1 ended");
    Instant end = now.plusSeconds(30);
    put(
        Topics.WORKSPACES,
        "ws",
        BudgetRecords.workspace("ws").setValidUntil(end).setVersion(2).build());
    pass(Duration.ofMillis(29_750));
    assertThat(states()).isEmpty();
    pass(LOOK);
    assertThat(states()).containsExactly("api_key/k2 ended");
    put(limit().setRequestsPerMinute(11L).setVersion(2).build());
    assertThat(states()).isEmpty();
    put(
        Topics.WORKSPACES,
        "ws",
        BudgetRecords.workspace("ws")
            .setVersion(3)
            .setPauses(List.of(new Pause(end, now)))
            .build());
    pass(LOOK);
    assertThat(states()).as("restored").hasSize(2);
  }

  @Test
  void aWalletBurnsDownIsToppedUpAndStops() {
    use(entry("ws", "k1", Instant.parse("2026-05-31T23:59:59Z"), "50"));
    use(entry("ws", "k1", now, "1"));
    put(
        Topics.WALLETS,
        "acme",
        BudgetRecords.wallet()
            .setLowBalance(List.of(Money.parse("5").value(), Money.parse("2").value()))
            .build());
    pass(LOOK);
    assertThat(states()).containsExactly("organization/acme BLOCKED [wallet] until null");
    assertThat(told()).isEmpty();
    put(Topics.CREDITS, "c1", credit("c1", "10"));
    put(Topics.CREDITS, "c1", credit("c1", "10"));
    pass(LOOK);
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
    use(entry("ws", "k1", now, "4"));
    BudgetAlert low = alerts().getFirst();
    assertThat(low.getAlertId()).isEqualTo("wallet/acme/5/1");
    assertThat(low.getCause()).isEqualTo(AlertCause.WALLET);
    assertThat(low.getBudgetId()).isEqualTo("wallet");
    assertThat(low.getBalance()).isEqualTo(Money.parse("5").value());
    assertThat(low.getLowBalance()).isEqualTo(Money.parse("5").value());
    assertThat(low.getAmount()).isEqualTo(Money.parse("10").value());
    assertThat(low.getSpend()).isEqualTo(Money.parse("5").value());
    use(entry("ws", "k1", now, "5"));
    assertThat(told()).containsExactly("CROSSED wallet/acme/2/1");
    assertThat(states()).containsExactly("organization/acme BLOCKED [wallet] until null");
    use(entry("ws", "k1", now, "-0.000000000001"));
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
    put(Topics.CREDITS, "c2", credit("c2", "3"));
    pass(LOOK);
    assertThat(told()).containsExactly("RETRACTED wallet/acme/2/1");
    put(Topics.CREDITS, "c3", credit("c3", "30"));
    pass(LOOK);
    assertThat(told()).containsExactly("RETRACTED wallet/acme/5/1");
    use(entry("ws", "k1", now, "33"));
    assertThat(told()).containsExactly("CROSSED wallet/acme/5/2", "CROSSED wallet/acme/2/2");
    put(Topics.WALLETS, "acme", BudgetRecords.wallet().setStopAtZero(false).setVersion(2).build());
    use(entry("ws", "k1", now, "100"));
    pass(LOOK);
    states();
    put(Topics.WALLETS, "acme", null);
    pass(LOOK);
    assertThat(states()).containsExactly("organization/acme ended");
    told();
    use(entry("ws", "k1", now, "10"));
    put(Topics.WALLETS, "acme", BudgetRecords.wallet().setVersion(3).build());
    pass(LOOK);
    assertThat(told()).isEmpty();
    assertThat(states()).containsExactly("organization/acme BLOCKED [wallet] until null");
    put(Topics.CREDITS, "c4", credit("c4", "110.000000000001"));
    pass(LOOK);
    assertThat(states()).containsExactly("organization/acme OPEN [] until null");
  }

  @Test
  void aWalletInAnotherCurrencyIsLeftOut() {
    put(Topics.WALLETS, "acme", BudgetRecords.wallet().setCurrency("EUR").build());
    pass(LOOK);
    assertThat(states()).isEmpty();
  }

  @Test
  void aRestartFindsTheMinuteAsItWas() {
    put(limit().setRequestsPerMinute(10L).build());
    use(calls(50, 6, 60), calls(0, 5, 50));
    LimitStore store =
        new LimitStore(
            driver.getKeyValueStore(BudgetTopology.LIMIT_STATES),
            AvroSerde.of(Topics.LIMITS_STATE, ids));
    Scope scope = Scope.apiKey("acme", "k1");
    RateWindow window = RateWindows.load(store, now).at(scope, now);
    assertThat(window).isNotNull();
    assertThat(window.sum(RateWindow.Count::requests, now)).isEqualTo(11);
    assertThat(window.sum(RateWindow.Count::tokens, now)).isEqualTo(110);
    assertThat(store.scopes()).containsExactly(scope);
    pass(Duration.ofSeconds(61));
    assertThat(store.seconds()).isEmpty();
  }

  @Test
  void aBudgetOnAUserHasAStateOfItsOwn() {
    Budget budget =
        BudgetRecords.budget()
            .setHard(true)
            .setSubjectKind(SubjectKind.USER)
            .setSubject("ann/ops")
            .build();
    put(budget);
    assertThat(states()).containsExactly("organization/acme/user/ann/ops OPEN [] until null");
    SubjectEntry entry =
        SubjectEntry.newBuilder()
            .setWorkspaceId("ws")
            .setApiKeyId("k1")
            .setKind(SubjectKind.USER)
            .setValue("ann/ops")
            .setQuarterHour(io.tollgate.schemas.QuarterHour.of(now).number())
            .setRequests(1)
            .setCost(Money.parse("10").value())
            .build();
    put(
        Topics.USAGE_DELTAS,
        "acme",
        delta(1, entry("ws", "k1", now, "10")).setSubjects(List.of(entry)).build());
    assertThat(states())
        .containsExactly(
            "organization/acme/user/ann/ops BLOCKED [budget:bud] until 2026-07-01T00:00:00Z");
  }

  @Test
  void onlyTheTaskThatGetsAnOrganizationsDeltasWritesItsStates() {
    // The driver's task is that of partition 0.
    assertThat(UsagePartitions.ofOrganization("acme", 32)).isNotZero();
    stop();
    driver = driver(32);
    publishTenants();
    put(limit().setRequestsPerMinute(10L).build());
    assertThat(states()).isEmpty();
  }
}
