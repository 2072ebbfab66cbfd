package io.tollgate.governance;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.governance.notify.NotifySettings;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.HttpListener;
import io.tollgate.http.ListenerConfig;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.Principals;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;

/** Governance on a listener, wired as an application does it. */
final class RunningGovernance implements AutoCloseable {
  private static final Duration ARRIVES = Duration.ofSeconds(20);

  private final GovernanceConfig config;
  private final Governance governance;
  private final CompactedView<Principal> view;
  private final HttpListener listener;
  private final HttpClient client = HttpClient.newHttpClient();

  RunningGovernance(GovernanceConfig config) {
    this(config, NotifySettings.standard());
  }

  RunningGovernance(GovernanceConfig config, NotifySettings notify) {
    this.config = config;
    this.governance = Governance.start(config, notify, InstantSource.system(), new SecureRandom());
    this.view = view(Topics.PRINCIPALS);
    Principals principals =
        new Principals(
            List.of(PrincipalSource.of(view), governance.principals()), InstantSource.system());
    this.listener =
        HttpListener.start(
            ListenerConfig.onLoopback(0),
            List.of(governance),
            principals,
            new SimpleMeterRegistry());
  }

  Governance governance() {
    return governance;
  }

  <V extends SpecificRecord> CompactedView<V> view(Topic<V> topic) {
    return CompactedView.start(
        topic, config.kafka().bootstrapServers(), RegistryClient.at(config.kafka().registry()));
  }

  /** What a compacted topic has for a key, once that satisfies the condition. */
  <V extends SpecificRecord> Optional<V> published(
      Topic<V> topic, String key, Predicate<Optional<V>> condition) {
    try (CompactedView<V> view = view(topic)) {
      view.awaitCaughtUp(ARRIVES);
      await().atMost(ARRIVES).until(() -> condition.test(view.get(key)));
      return view.get(key);
    }
  }

  /** How often the audit names this deed for this subject. */
  long audited(String what, String subject) {
    try (Database database = Database.open(config.database())) {
      return database.read(
          handle ->
              handle
                  .createQuery(
                      "SELECT count(*) FROM audit WHERE type = :what AND subject = :subject")
                  .bind("what", what)
                  .bind("subject", subject)
                  .mapTo(Long.class)
                  .one());
    }
  }

  /** Says that a key was used, as its usage will some seconds later. */
  void used(String key, Instant at) {
    try (Database database = Database.open(config.database())) {
      database.write(
          handle ->
              handle
                  .createUpdate("UPDATE api_keys SET last_used_at = :at WHERE id = :key")
                  .bind("at", at)
                  .bind("key", key)
                  .execute());
    }
  }

  Api operator() throws Exception {
    Path file = config.operatorKeyFile();
    return new Api(client, listener.port(), Files.readString(file).strip(), null, null);
  }

  @Override
  public void close() {
    listener.close();
    governance.close();
    try (Database database = Database.connect(config.database())) {
      AuditWalk.findNoSecret(database);
    }
    view.close();
    client.close();
  }
}
