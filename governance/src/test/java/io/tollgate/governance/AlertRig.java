package io.tollgate.governance;

import io.tollgate.governance.notify.AddressRange;
import io.tollgate.governance.notify.ChannelSecrets;
import io.tollgate.governance.notify.Notifier;
import io.tollgate.governance.notify.NotifySettings;
import io.tollgate.governance.notify.NotifyStep;
import io.tollgate.governance.notify.RetrySchedule;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.AlertCause;
import io.tollgate.schemas.avro.AlertKind;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.ScopeKind;
import java.math.BigDecimal;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Alerts on their topic, and notifiers that are quick and may send to this machine. */
final class AlertRig implements AutoCloseable {
  static final Duration GIVE_UP = Duration.ofSeconds(4);
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  static final NotifySettings SETTINGS = settings(GIVE_UP);

  private final KafkaProducer<String, byte[]> producer;
  private final AvroSerde<BudgetAlert> serde;

  AlertRig(GovernanceConfig config) {
    this.serde = AvroSerde.of(Topics.BUDGET_ALERTS, RegistryClient.at(config.kafka().registry()));
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                config.kafka().bootstrapServers(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "alerts-" + System.nanoTime()),
            new StringSerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  static NotifySettings settings(Duration giveUp) {
    return new NotifySettings(
        List.of(AddressRange.of("127.0.0.1/32")),
        true,
        new NotifySettings.Pace(
            new RetrySchedule(Duration.ofMillis(200), Duration.ofSeconds(1), giveUp),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofMillis(50)));
  }

  /** With the usual bounds, so that a slow machine makes no attempt late and ends no lease. */
  static NotifySettings patient() {
    NotifySettings.Pace usual = NotifySettings.Pace.STANDARD;
    return new NotifySettings(
        SETTINGS.allowPrivate(),
        true,
        new NotifySettings.Pace(
            usual.retries(),
            usual.connect(),
            usual.answer(),
            usual.lease(),
            Duration.ofMillis(50)));
  }

  /** With a day to give up: what is killed must not run out of time. */
  static Notifier notifier(GovernanceConfig config, NotifyStep step) {
    return notifier(config, settings(Duration.ofHours(24)), step);
  }

  static Notifier notifier(GovernanceConfig config, NotifySettings settings, NotifyStep step) {
    Database database = Database.open(config.database());
    SecureRandom random = new SecureRandom();
    return Notifier.start(
        database,
        config,
        settings,
        ChannelSecrets.open(database, config.sealingKeyFile(), random),
        RegistryClient.at(config.kafka().registry()),
        InstantSource.system(),
        random,
        step);
  }

  /**
   * An organization, and a channel of it that wants everything. Its secret is as an older version
   * left it: the next notifier seals it before it sends.
   */
  static void channel(Database database, String organization, URI url) {
    database.write(
        handle -> {
          handle.execute(
              "INSERT INTO organizations (id, name, time_zone, currency, created_at, version)"
                  + " VALUES (?, 'N', 'UTC', 'USD', now(), 1)",
              organization);
          return handle.execute(
              "INSERT INTO alert_channels (id, organization_id, name, kind, url, enabled,"
                  + " budget_ids, clear_secret, created_at, version)"
                  + " VALUES (?, ?, 'C', 'webhook', ?, true, '{}', ?, now(), 1)",
              "chan-" + organization,
              organization,
              url.toString(),
              SECRET);
        });
  }

  static BudgetAlert alert(String organization, String budget, int episode) {
    return alert(organization, null, budget, "0.8", episode, AlertKind.CROSSED);
  }

  static BudgetAlert alert(
      String organization,
      @Nullable String workspace,
      String budget,
      String threshold,
      int episode,
      AlertKind kind) {
    return BudgetAlert.newBuilder()
        .setAlertId(budget + "/2026-06-01/" + threshold + "/" + episode)
        .setKind(kind)
        .setBudgetId(budget)
        .setBudgetName("Budget " + budget)
        .setBudgetVersion(1)
        .setOrganizationId(organization)
        .setScope(workspace == null ? ScopeKind.ORGANIZATION : ScopeKind.WORKSPACE)
        .setWorkspaceId(workspace)
        .setPeriod("month")
        .setPeriodStart(Instant.parse("2026-06-01T00:00:00Z"))
        .setPeriodEnd(Instant.parse("2026-07-01T00:00:00Z"))
        .setThreshold(new BigDecimal(threshold).setScale(6))
        .setEpisode(episode)
        .setHard(false)
        .setSpend(new BigDecimal("8.123456789012"))
        .setAmount(new BigDecimal("10.000000000000"))
        .setPercentage(new BigDecimal("81.234567"))
        .setCurrency("USD")
        .setRaisedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setCause(AlertCause.BUDGET)
        .build();
  }

  /** In one committed transaction, after one of the same that was aborted. */
  void publish(List<BudgetAlert> alerts) {
    producer.beginTransaction();
    send(alerts.stream().map(AlertRig::undone).toList());
    producer.flush();
    producer.abortTransaction();
    producer.beginTransaction();
    send(alerts);
    producer.commitTransaction();
  }

  private static BudgetAlert undone(BudgetAlert alert) {
    return BudgetAlert.newBuilder(alert).setAlertId(alert.getAlertId() + "/undone").build();
  }

  private void send(List<BudgetAlert> alerts) {
    alerts.forEach(
        alert ->
            producer.send(
                new ProducerRecord<>(
                    Topics.BUDGET_ALERTS.name(), alert.getBudgetId(), serde.encode(alert))));
  }

  @Override
  public void close() {
    producer.close();
  }
}
