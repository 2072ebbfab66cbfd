package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tollgate.governance.notify.Notifier;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills PostgreSQL between the steps of a delivery, and counts what the receiver got. */
@ExtendWith(SharedStack.class)
class NotifierOutageIT {
  private static final Duration ARRIVES = Duration.ofSeconds(60);
  private static final int ALERTS = 3;

  @TempDir private static @Nullable Path data;
  private static @Nullable OwnPostgres postgres;

  @BeforeAll
  static void start() {
    postgres = OwnPostgres.in(Objects.requireNonNull(data));
  }

  @AfterAll
  static void stop() {
    postgres().close();
  }

  private static OwnPostgres postgres() {
    return Objects.requireNonNull(postgres);
  }

  @Test
  void losesNothingAndKeepsIdsWhereverTheDatabaseIsKilled(@TempDir Path folder) throws Exception {
    GovernanceConfig config = postgres().config("outage_between", folder);
    List<BudgetAlert> alerts = new ArrayList<>();
    try (Database database = Database.open(config.database());
        AlertRig rig = new AlertRig(config);
        Receiver receiver = new Receiver()) {
      channel(database, receiver, "outage-between");
      try (Notifier notifier = AlertRig.notifier(config, postgres()::at)) {
        for (NotifyStep.Place place : NotifyStep.Place.values()) {
          postgres().killAt(place);
          List<BudgetAlert> more = alerts("outage-between", place.name());
          alerts.addAll(more);
          rig.publish(more);
          postgres().awaitKilled();
          await().atMost(ARRIVES).until(() -> !notifier.health().up());
          postgres().restart();
          await().atMost(ARRIVES).until(() -> notifier.health().up());
          await().ignoreExceptions().atMost(ARRIVES).until(() -> delivered(database, alerts));
        }
      }
      assertAllArrived(receiver, alerts);
      assertThat(count(database, "SELECT count(*) FROM alert_deliveries"))
          .as("each alert was taken over once")
          .isEqualTo(alerts.size());
    }
  }

  @Test
  void writesDownWhatWasDeliveredMeanwhile(@TempDir Path folder) throws Exception {
    GovernanceConfig config = postgres().config("outage_after", folder);
    try (Database database = Database.open(config.database());
        AlertRig rig = new AlertRig(config);
        Receiver receiver = new Receiver()) {
      channel(database, receiver, "outage-after");
      List<BudgetAlert> alerts = alerts("outage-after", "after");
      try (Notifier notifier = AlertRig.notifier(config, AlertRig.patient(), postgres()::at)) {
        postgres().killAt(NotifyStep.Place.AFTER_SENT);
        rig.publish(alerts);
        postgres().awaitKilled();
        postgres().restart();
        await().ignoreExceptions().atMost(ARRIVES).until(() -> delivered(database, alerts));
        assertThat(notifier.health().up()).isTrue();
      }
      assertAllArrived(receiver, alerts);
      assertThat(receiver.got("/outage"))
          .as("a notifier that lives through it sends nothing twice")
          .hasSize(alerts.size());
    }
  }

  @Test
  void losesNothingWhenBothAreKilledAfterADelivery(@TempDir Path folder) throws Exception {
    GovernanceConfig config = postgres().config("outage_both", folder);
    try (Database database = Database.open(config.database());
        AlertRig rig = new AlertRig(config);
        Receiver receiver = new Receiver()) {
      channel(database, receiver, "outage-both");
      List<BudgetAlert> alerts = alerts("outage-both", "both");
      rig.publish(alerts);
      try (NotifierProcess process = NotifierProcess.start(config, NotifyStep.Place.AFTER_SENT)) {
        process.awaitPlace();
        postgres().kill();
        process.kill();
      }
      postgres().restart();
      try (Notifier notifier = AlertRig.notifier(config, NotifyStep.NONE)) {
        await().ignoreExceptions().atMost(ARRIVES).until(() -> delivered(database, alerts));
        assertThat(notifier.health().up()).isTrue();
      }
      assertAllArrived(receiver, alerts);
      assertThat(receiver.got("/outage"))
          .as("what nobody could write down is sent again")
          .hasSizeGreaterThan(alerts.size());
    }
  }

  private static List<BudgetAlert> alerts(String organization, String budget) {
    return IntStream.rangeClosed(1, ALERTS)
        .mapToObj(episode -> AlertRig.alert(organization, organization + budget, episode))
        .toList();
  }

  private static void assertAllArrived(Receiver receiver, List<BudgetAlert> alerts) {
    Map<String, Set<String>> ids = new HashMap<>();
    for (Receiver.Got got : receiver.got("/outage")) {
      String alert = got.body().replaceAll(".*\"alert_id\":\"([^\"]*)\".*", "$1");
      ids.computeIfAbsent(alert, key -> new TreeSet<>()).add(got.header("webhook-id"));
    }
    assertThat(ids.keySet())
        .as("every committed alert arrived, no aborted one did")
        .isEqualTo(alerts.stream().map(BudgetAlert::getAlertId).collect(Collectors.toSet()));
    assertThat(ids.values()).as("an alert keeps its id").allMatch(each -> each.size() == 1);
  }

  private static void channel(Database database, Receiver receiver, String organization) {
    AlertRig.channel(database, organization, receiver.url("/outage"));
  }

  private static boolean delivered(Database database, List<BudgetAlert> alerts) {
    return count(database, "SELECT count(*) FROM alert_deliveries WHERE state = 'delivered'")
        == alerts.size();
  }

  private static int count(Database database, String sql) {
    return database.read(handle -> handle.createQuery(sql).mapTo(Integer.class).one());
  }
}
