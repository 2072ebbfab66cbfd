package io.tollgate.governance;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import java.time.InstantSource;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** Governance on a listener, wired as an application does it. */
final class RunningGovernance implements AutoCloseable {
  private final GovernanceConfig config;
  private final Governance governance;
  private final CompactedView<Principal> view;
  private final HttpListener listener;
  private final HttpClient client = HttpClient.newHttpClient();

  RunningGovernance(GovernanceConfig config) {
    this.config = config;
    this.governance = Governance.start(config, InstantSource.system(), new SecureRandom());
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

  Api operator() throws Exception {
    Path file = config.operatorKeyFile();
    return new Api(client, listener.port(), Files.readString(file).strip(), null);
  }

  @Override
  public void close() {
    listener.close();
    governance.close();
    view.close();
    client.close();
  }
}
