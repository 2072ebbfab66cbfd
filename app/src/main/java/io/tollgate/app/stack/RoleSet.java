package io.tollgate.app.stack;

import io.tollgate.governance.Governance;
import io.tollgate.governance.GovernanceConfig;
import io.tollgate.http.HttpRole;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.Principals;
import io.tollgate.schemas.CompactedView;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The roles that one process runs, wired to the services. */
final class RoleSet {
  /** A topology joins its group, restores its stores, and then is well. */
  private static final Duration WELL = Duration.ofSeconds(60);

  private static final Duration LOOK = Duration.ofMillis(50);

  private final List<HttpRole> roles = new ArrayList<>();
  private final List<PrincipalSource> principals = new ArrayList<>();
  private final InstantSource clock;

  private RoleSet(InstantSource clock) {
    this.clock = clock;
  }

  /** Whoever closes, later, what was opened. */
  interface Keeper {
    <T extends AutoCloseable> T keep(T thing);
  }

  /** Starts them; {@link #awaitWell} tells when they can do their work. */
  static RoleSet start(
      List<RoleName> names,
      Services services,
      DataFolder data,
      InstantSource clock,
      Keeper keeper) {
    RoleSet set = new RoleSet(clock);
    for (RoleName name : names) {
      switch (name) {
        case GOVERNANCE -> set.governance(services, data, keeper);
        case INGEST, STREAMS, LANDING, BILLING -> {}
      }
    }
    CompactedView<Principal> view =
        keeper.keep(
            CompactedView.start(
                Topics.PRINCIPALS,
                services.kafka().bootstrapServers(),
                RegistryClient.at(services.kafka().registry())));
    set.principals.add(PrincipalSource.of(view));
    return set;
  }

  private void governance(Services services, DataFolder data, Keeper keeper) {
    GovernanceConfig config =
        GovernanceConfig.of(
            services.jdbcUrl(),
            services.jdbcUser(),
            services.jdbcPassword(),
            services.kafka(),
            data.path());
    Governance governance = keeper.keep(Governance.start(config, clock, new SecureRandom()));
    roles.add(governance);
    principals.add(governance.principals());
  }

  List<HttpRole> http() {
    return List.copyOf(roles);
  }

  Principals principals() {
    return new Principals(principals, clock);
  }

  /**
   * Waits until every role can do its work.
   *
   * @throws StackProblem naming the one that cannot after a minute
   */
  void awaitWell() {
    long deadline = System.nanoTime() + WELL.toNanos();
    for (HttpRole role : roles) {
      while (!role.health().up()) {
        if (System.nanoTime() > deadline) {
          throw new StackProblem(
              "the role "
                  + role.name()
                  + " is not well after "
                  + WELL.toSeconds()
                  + " s: "
                  + role.health().detail());
        }
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }
}
