package io.tollgate.app.stack;

import io.tollgate.billing.Billing;
import io.tollgate.billing.BillingConfig;
import io.tollgate.billing.HttpStreamsState;
import io.tollgate.billing.Landing;
import io.tollgate.billing.LandingConfig;
import io.tollgate.governance.Governance;
import io.tollgate.governance.notify.NotifySettings;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.Principals;
import io.tollgate.ingest.Ingest;
import io.tollgate.ingest.IngestSettings;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.streams.Streams;
import io.tollgate.streams.StreamsInstance;
import io.tollgate.streams.StreamsSettings;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The roles that one process runs, wired to the services. */
final class RoleSet {
  /** A topology joins its group, restores its stores, and then is well. */
  private static final Duration WELL = Duration.ofSeconds(60);

  private static final Duration LOOK = Duration.ofMillis(50);

  private final Services services;
  private final DataFolder data;
  private final Installation installation;
  private final StreamsInstance instance;
  private final InstantSource clock;
  private final Keeper keeper;
  private final List<HttpRole> roles = new ArrayList<>();
  private final List<PrincipalSource> principals = new ArrayList<>();
  private @Nullable Landing landing;

  private RoleSet(
      Services services,
      DataFolder data,
      Installation installation,
      StreamsInstance instance,
      InstantSource clock,
      Keeper keeper) {
    this.services = services;
    this.data = data;
    this.installation = installation;
    this.instance = instance;
    this.clock = clock;
    this.keeper = keeper;
  }

  /** Whoever closes, later, what was opened. */
  interface Keeper {
    <T extends AutoCloseable> T keep(T thing);
  }

  /**
   * Starts them; {@link #awaitWell} tells when they can do their work.
   *
   * @param streams where the routes of the streams role are
   */
  static RoleSet start(
      List<RoleName> names,
      Services services,
      DataFolder data,
      Installation installation,
      StreamsInstance instance,
      Supplier<URI> streams,
      InstantSource clock,
      Keeper keeper) {
    RoleSet set = new RoleSet(services, data, installation, instance, clock, keeper);
    // The topologies take longest to be well, hence first; billing asks landing, hence after it.
    for (RoleName name :
        List.of(
            RoleName.STREAMS,
            RoleName.LANDING,
            RoleName.GOVERNANCE,
            RoleName.INGEST,
            RoleName.BILLING)) {
      if (names.contains(name)) {
        switch (name) {
          case GOVERNANCE -> set.governance();
          case INGEST -> set.ingest();
          case STREAMS -> set.streams();
          case LANDING -> set.landing();
          case BILLING -> set.billing(streams);
        }
      }
    }
    CompactedView<Principal> view =
        keeper.keep(
            CompactedView.start(
                Topics.PRINCIPALS, services.kafka().bootstrapServers(), set.registry()));
    set.principals.add(PrincipalSource.of(view));
    return set;
  }

  private RegistryClient registry() {
    return RegistryClient.at(services.kafka().registry());
  }

  private void governance() {
    GovernanceConfig usual =
        GovernanceConfig.of(
                services.jdbcUrl(),
                services.jdbcUser(),
                services.jdbcPassword(),
                services.kafka(),
                data.path())
            .withPriceLead(PriceLead.of(System.getenv()))
            .with(installation.operator());
    GovernanceConfig config = installation.sealingKeys().map(usual::withSealingKeys).orElse(usual);
    Governance governance =
        keeper.keep(Governance.start(config, notifySettings(), clock, new SecureRandom()));
    roles.add(governance);
    principals.add(governance.principals());
  }

  /** Where webhooks may go beyond the public internet is a matter of the installation. */
  private static NotifySettings notifySettings() {
    Map<String, String> environment = System.getenv();
    return NotifySettings.of(
        environment.getOrDefault("TOLLGATE_NOTIFY_ALLOW_PRIVATE", ""),
        environment.getOrDefault("TOLLGATE_NOTIFY_ALLOW_HTTP", "").equals("true"));
  }

  private void ingest() {
    roles.add(
        keeper.keep(
            Ingest.start(
                services.kafka().bootstrapServers(),
                registry(),
                IngestSettings.standard(),
                clock)));
  }

  private void streams() {
    roles.add(
        keeper.keep(
            Streams.start(
                StreamsSettings.of(
                        services.kafka(), data.streamsState(new InstanceName(instance.name())))
                    .withInstance(instance),
                clock)));
  }

  private void landing() {
    Landing started =
        keeper.keep(
            Landing.start(LandingConfig.of(services.kafka(), services.clickHouse()), clock));
    Landing rejected =
        keeper.keep(
            Landing.startRejected(
                LandingConfig.ofRejected(services.kafka(), services.clickHouse()), clock));
    landing = started;
    roles.add(new LandingRole(started, rejected));
  }

  private void billing(Supplier<URI> streams) {
    Optional<Landing> here = Optional.ofNullable(landing);
    roles.add(
        keeper.keep(
            Billing.start(
                BillingConfig.of(services.kafka(), services.clickHouse()),
                new HttpStreamsState(streams, data::readOperatorKey),
                () -> here.map(Landing::status),
                clock)));
  }

  List<HttpRole> http() {
    return List.copyOf(roles);
  }

  Principals principals() {
    return new Principals(principals, clock);
  }

  /**
   * Waits until every role can do its work. State may take longer than that to be restored: while
   * what a role tells about itself changes, it is waited for.
   *
   * @throws StackProblem naming the one that is not well and has told nothing new for a minute
   */
  void awaitWell() {
    for (HttpRole role : roles) {
      String told = "";
      long deadline = System.nanoTime() + WELL.toNanos();
      for (Health health = role.health(); !health.up(); health = role.health()) {
        if (!health.detail().equals(told)) {
          told = health.detail();
          deadline = System.nanoTime() + WELL.toNanos();
        }
        if (System.nanoTime() > deadline) {
          throw new StackProblem(
              "the role %s is not well after %d s: %s"
                  .formatted(role.name(), WELL.toSeconds(), told));
        }
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }
}
