package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.notify.Notifier;
import io.tollgate.governance.notify.NotifySettings;
import io.tollgate.governance.notify.NotifyStep;
import io.tollgate.governance.notify.Receiver;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.avro.BudgetAlert;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills notifiers where it hurts and counts what receivers got. */
@ExtendWith(SharedStack.class)
class NotifierIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);

  /** A lease that is soon over, but not before a slow machine has answered. */
  private static final NotifySettings UNHURRIED =
      new NotifySettings(
          AlertRig.SETTINGS.allowPrivate(),
          true,
          new NotifySettings.Pace(
              NotifySettings.Pace.STANDARD.retries(),
              Duration.ofSeconds(5),
              Duration.ofSeconds(8),
              Duration.ofSeconds(15),
              Duration.ofMillis(50)));

  private GovernanceConfig config;
  private Database database;
  private AlertRig rig;
  private Receiver receiver;
  private String prefix;

  @BeforeEach
  void open(@TempDir Path folder, TestInfo test) throws Exception {
    prefix = test.getTestMethod().orElseThrow().getName();
    config = SharedStack.config("notify_" + prefix.toLowerCase(Locale.ROOT), folder);
    database = Database.open(config.database());
    rig = new AlertRig(config);
    receiver = new Receiver();
  }

  @AfterEach
  void close() throws Exception {
    receiver.close();
    rig.close();
    database.close();
  }

  @Test
  void losesNothingAndKeepsIdsWhereverItIsKilled() throws Exception {
    channel("killed", "/killed");
    List<BudgetAlert> alerts = new ArrayList<>();
    for (NotifyStep.Place place : NotifyStep.Place.values()) {
      List<BudgetAlert> more = alerts("killed", place.name(), 3);
      alerts.addAll(more);
      rig.publish(more);
      try (NotifierProcess process = NotifierProcess.start(config, place)) {
        process.awaitPlace();
        process.kill();
      }
    }

    try (Notifier notifier = AlertRig.notifier(config, NotifyStep.NONE)) {
      await().atMost(ARRIVES).until(() -> delivered() == alerts.size());
      assertThat(notifier.health().up()).isTrue();
    }

    Map<String, Set<String>> ids = new HashMap<>();
    Map<String, Set<String>> bodies = new HashMap<>();
    for (Receiver.Got got : receiver.got("/killed")) {
      String alert = got.body().replaceAll(".*\"alert_id\":\"([^\"]*)\".*", "$1");
      ids.computeIfAbsent(alert, key -> new TreeSet<>()).add(got.header("webhook-id"));
      bodies.computeIfAbsent(alert, key -> new TreeSet<>()).add(got.body());
    }
    assertThat(ids.keySet())
        .as("every committed alert arrived, no aborted one did")
        .isEqualTo(alerts.stream().map(BudgetAlert::getAlertId).collect(Collectors.toSet()));
    assertThat(ids.values()).as("an alert keeps its id").allMatch(each -> each.size() == 1);
    assertThat(bodies.values()).as("and its body").allMatch(each -> each.size() == 1);
    assertThat(count("SELECT count(*) FROM alert_deliveries"))
        .as("each alert was taken over once")
        .isEqualTo(alerts.size());
    assertThat(receiver.got("/killed").size())
        .as("sent again after a kill between answer and row")
        .isGreaterThan(alerts.size());
    assertThat(count("SELECT count(*) FROM alert_attempts WHERE outcome = 'lost'"))
        .as("attempts of killed processes are told of")
        .isPositive();
  }

  @Test
  void sharesTheWorkAmongInstances() throws Exception {
    List<BudgetAlert> alerts = new ArrayList<>();
    for (int organization = 0; organization < 4; organization++) {
      channel("shared-" + organization, "/shared");
      alerts.addAll(alerts("shared-" + organization, "shared-" + organization, 10));
    }
    try (Notifier first = AlertRig.notifier(config, AlertRig.patient(), NotifyStep.NONE);
        Notifier second = AlertRig.notifier(config, AlertRig.patient(), NotifyStep.NONE)) {
      alerts.forEach(alert -> rig.publish(List.of(alert)));
      await().atMost(ARRIVES).until(() -> delivered() == alerts.size());
      assertThat(List.of(first.health().up(), second.health().up())).containsOnly(true);
    }

    assertThat(receiver.got("/shared"))
        .as("nothing was killed, nothing is doubled: %s", outcomes())
        .hasSize(40);
  }

  @Test
  void sendsNothingUnderALeaseThatIsOver() throws Exception {
    channel("late", "/late");
    CountDownLatch resumed = new CountDownLatch(1);
    try (Notifier stalled = AlertRig.notifier(config, UNHURRIED, at -> stall(at, resumed))) {
      rig.publish(alerts("late", "first", 1));
      await()
          .atMost(ARRIVES)
          .until(() -> count("SELECT count(*) FROM alert_deliveries WHERE lease IS NOT NULL") == 1);
      try (Notifier other = AlertRig.notifier(config, UNHURRIED, NotifyStep.NONE)) {
        await().atMost(ARRIVES).until(() -> delivered() == 1);
        assertThat(other.health().up()).isTrue();
      }
      resumed.countDown();
      rig.publish(alerts("late", "second", 1));
      await().atMost(ARRIVES).until(() -> delivered() == 2);
      assertThat(stalled.health().up()).isTrue();
    } finally {
      resumed.countDown();
    }

    assertThat(receiver.got("/late"))
        .as("whoever slept over its lease leaves it to the one that has it now: %s", outcomes())
        .hasSize(2);
  }

  private static void stall(NotifyStep.Place at, CountDownLatch until) {
    if (at == NotifyStep.Place.AFTER_LEASE) {
      try {
        until.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void doesNotLetABadReceiverHoldUpOthers() throws Exception {
    receiver.on("/hang", Receiver.hangs());
    receiver.on("/drip", Receiver.drips("HTTP/1.1 200 OK\r\nX: ", "x"));
    receiver.on("/garbage", Receiver.says("\0\1\2 not HTTP at all \r\n\r\n"));
    receiver.on("/midway", Receiver.says("HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nhal"));
    receiver.on("/error", Receiver.status(500));
    receiver.on(
        "/redirect",
        Receiver.says("HTTP/1.1 308 There\r\nLocation: " + receiver.url("/inside") + "\r\n\r\n"));
    List<String> bad = List.of("hang", "drip", "garbage", "midway", "error", "redirect");
    for (String name : bad) {
      channel("bad-" + name, "/" + name);
      rig.publish(alerts("bad-" + name, name, 10));
    }
    channel("good", "/good");
    try (Notifier notifier = AlertRig.notifier(config, NotifyStep.NONE)) {
      await().atMost(ARRIVES).until(() -> !receiver.got("/hang").isEmpty());
      rig.publish(alerts("good", "good", 10));
      await().atMost(Duration.ofSeconds(15)).until(() -> receiver.got("/good").size() == 10);
      AtomicInteger mostAtOnce = new AtomicInteger();
      await()
          .atMost(ARRIVES)
          .until(
              () -> {
                mostAtOnce.accumulateAndGet(mostLeasedOfAChannel(), Math::max);
                return count(
                        "SELECT count(DISTINCT d.channel_id) FROM alert_attempts a"
                            + " JOIN alert_deliveries d ON d.id = a.delivery_id"
                            + " WHERE d.state = 'pending'")
                    == bad.size();
              });
      assertThat(mostAtOnce.get()).as("requests of a channel at once").isLessThanOrEqualTo(2);
      assertThat(notifier.health().up()).isTrue();
    }

    assertThat(delivered()).as("only the good one took anything").isEqualTo(10);
    assertThat(receiver.got("/inside")).isEmpty();
    assertThat(outcomes())
        .containsKeys("delivered", "timed_out", "broken", "refused", "redirected");
  }

  @Test
  void reachesNothingInsideUnlessAllowed() {
    channel("inside", "/inside");
    database.write(
        handle ->
            handle.execute(
                "UPDATE alert_channels SET url = ?",
                "http://127.0.0.2:" + receiver.port() + "/inside"));
    rig.publish(alerts("inside", "inside", 1));
    try (Notifier notifier = AlertRig.notifier(config, NotifyStep.NONE)) {
      await().atMost(ARRIVES).until(() -> outcomes().containsKey("not_allowed"));
      assertThat(notifier.health().up()).isTrue();
    }
    assertThat(receiver.got("/inside")).isEmpty();
  }

  private static List<BudgetAlert> alerts(String organization, String budget, int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(episode -> AlertRig.alert(organization, budget, episode))
        .toList();
  }

  private void channel(String organization, String path) {
    AlertRig.channel(database, organization, receiver.url(path));
  }

  private int mostLeasedOfAChannel() {
    return count(
        "SELECT COALESCE(max(n), 0) FROM (SELECT count(*) AS n FROM alert_deliveries"
            + " WHERE lease_until > now() GROUP BY channel_id) AS leased");
  }

  private int delivered() {
    return count("SELECT count(*) FROM alert_deliveries WHERE state = 'delivered'");
  }

  private int count(String sql) {
    return database.read(handle -> handle.createQuery(sql).mapTo(Integer.class).one());
  }

  private Map<String, Integer> outcomes() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT outcome, count(*) AS n FROM alert_attempts GROUP BY 1")
                .map((row, context) -> Map.entry(row.getString("outcome"), row.getInt("n")))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }
}
