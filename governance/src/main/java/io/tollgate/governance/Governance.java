package io.tollgate.governance;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.governance.access.AdminKeys;
import io.tollgate.governance.access.FirstOwners;
import io.tollgate.governance.access.Invites;
import io.tollgate.governance.access.OperatorGrants;
import io.tollgate.governance.access.OperatorKey;
import io.tollgate.governance.access.People;
import io.tollgate.governance.access.PeopleOfTenants;
import io.tollgate.governance.access.PersonLife;
import io.tollgate.governance.access.PersonalKeys;
import io.tollgate.governance.access.WorkspaceMembers;
import io.tollgate.governance.audit.Anchoring;
import io.tollgate.governance.audit.AuditRoutes;
import io.tollgate.governance.audit.RefusedAttempts;
import io.tollgate.governance.config.Configs;
import io.tollgate.governance.keys.ApiKeys;
import io.tollgate.governance.keys.KeyUse;
import io.tollgate.governance.keys.KeysOfPeople;
import io.tollgate.governance.keys.KeysOfTenants;
import io.tollgate.governance.keys.ServiceAccounts;
import io.tollgate.governance.notify.AlertChannels;
import io.tollgate.governance.notify.ChannelSecrets;
import io.tollgate.governance.notify.Deliveries;
import io.tollgate.governance.notify.Notifier;
import io.tollgate.governance.notify.NotifySettings;
import io.tollgate.governance.notify.NotifyStep;
import io.tollgate.governance.notify.Tenants;
import io.tollgate.governance.prices.Backfills;
import io.tollgate.governance.prices.PriceBooks;
import io.tollgate.governance.prices.PriceVersions;
import io.tollgate.governance.prices.ReRates;
import io.tollgate.governance.replay.RejectedLog;
import io.tollgate.governance.replay.Replays;
import io.tollgate.governance.spending.BlockedBudgets;
import io.tollgate.governance.spending.Budgets;
import io.tollgate.governance.spending.Credits;
import io.tollgate.governance.spending.Limits;
import io.tollgate.governance.spending.RateLimits;
import io.tollgate.governance.spending.SpendAlerts;
import io.tollgate.governance.spending.SpendLimits;
import io.tollgate.governance.spending.Wallets;
import io.tollgate.governance.spending.WriteOffs;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Database;
import io.tollgate.governance.store.GovernanceConfig;
import io.tollgate.governance.store.Idempotency;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.OnceRoutes;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.store.OutboxRelay;
import io.tollgate.governance.store.OwnPrincipals;
import io.tollgate.governance.store.RelayStep;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Plans;
import io.tollgate.governance.tenancy.TenantLife;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Health;
import io.tollgate.http.HttpRole;
import io.tollgate.http.PrincipalSource;
import io.tollgate.http.RefusedAttempt;
import io.tollgate.http.Routes;
import io.tollgate.http.Secret;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.RegistryClient;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.WorkspaceId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/**
 * The control plane as a role: tenancy, keys, budgets, limits, wallets, prices, write-offs and
 * backfills over HTTP, kept in PostgreSQL, published to the compacted governance topics.
 */
public final class Governance implements HttpRole, AutoCloseable {
  private final Database database;
  private final OutboxRelay relay;
  private final Notifier notifier;
  private final OwnPrincipals principals;
  private final Optional<Secret> newOperatorSecret;
  private final Organizations organizations;
  private final Plans plans;
  private final Workspaces workspaces;
  private final AdminKeys adminKeys;
  private final OperatorGrants grants;
  private final People people;
  private final WorkspaceMembers workspaceMembers;
  private final PersonalKeys personalKeys;
  private final Invites invites;
  private final ApiKeys apiKeys;
  private final ServiceAccounts serviceAccounts;
  private final Budgets budgets;
  private final Limits limits;
  private final Configs configs;
  private final SpendLimits spendLimits;
  private final SpendAlerts spendAlerts;
  private final RateLimits rateLimits;
  private final BlockedBudgets blocked;
  private final Idempotency idempotency;
  private final KeyUse keyUse;
  private final Wallets wallets;
  private final Credits credits;
  private final WriteOffs writeOffs;
  private final PriceBooks priceBooks;
  private final PriceVersions priceVersions;
  private final ReRates reRates;
  private final Backfills backfills;
  private final RefusedAttempts refusedAttempts;
  private final Anchoring anchoring;
  private final AlertChannels alertChannels;
  private final Deliveries deliveries;
  private final Replays replays;

  private Governance(
      GovernanceConfig config,
      NotifySettings notify,
      ChannelSecrets secrets,
      InstantSource clock,
      RandomGenerator random,
      Database database,
      OutboxRelay relay,
      Notifier notifier) {
    this.database = database;
    this.relay = relay;
    this.notifier = notifier;
    this.principals = new OwnPrincipals();
    Changes changes = new Changes(database, clock, principals, relay::wake);
    NewIds ids = new NewIds(random);
    this.idempotency = new Idempotency(database, clock, random);
    this.apiKeys = new ApiKeys(changes, ids, random, clock);
    TenantLife life = new ChannelsOfTenants(new PeopleOfTenants(new KeysOfTenants(apiKeys)));
    this.personalKeys = new PersonalKeys(changes, ids, random);
    this.organizations = new Organizations(changes, ids, life, new FirstOwners(ids, personalKeys));
    this.plans = new Plans(changes);
    this.workspaces = new Workspaces(changes, ids, life);
    this.adminKeys = new AdminKeys(changes, ids, random);
    this.grants = new OperatorGrants(changes, ids);
    PersonLife personLife = new KeysOfPeople(apiKeys);
    this.people = new People(changes, personLife);
    this.workspaceMembers = new WorkspaceMembers(changes, personLife);
    this.invites = new Invites(changes, ids, random, clock, personalKeys);
    this.serviceAccounts = new ServiceAccounts(changes, ids, apiKeys);
    this.budgets = new Budgets(changes, ids);
    this.limits = new Limits(changes);
    this.configs = new Configs(changes, ids);
    this.blocked = BlockedBudgets.follow(config.kafka(), clock);
    this.spendLimits = new SpendLimits(changes, ids, blocked);
    this.spendAlerts = new SpendAlerts(changes, ids);
    this.rateLimits = new RateLimits(limits);
    this.wallets = new Wallets(changes);
    this.credits = new Credits(changes, ids);
    this.writeOffs = new WriteOffs(changes, ids);
    this.priceBooks = new PriceBooks(changes, ids);
    this.priceVersions = new PriceVersions(changes, config.priceLead());
    this.reRates = new ReRates(changes, ids, config.priceLead());
    this.backfills = new Backfills(changes, config.dedupWindow());
    this.newOperatorSecret =
        new OperatorKey(changes, ids, random).ensure(config.operatorKeyFile(), config.operator());
    this.alertChannels = new AlertChannels(changes, ids, random, notify, secrets, tenants());
    this.deliveries = new Deliveries(changes, ids, notify, alertChannels, notifier::wake);
    this.replays = new Replays(changes, new RejectedLog(config.kafka()));
    database.read(
        handle -> {
          OperatorKey.principals(handle).forEach(principals::add);
          addUnpublished(handle);
          return true;
        });
    this.keyUse = KeyUse.start(database, config.kafka());
    this.refusedAttempts = RefusedAttempts.start(database, clock, relay::wake);
    this.anchoring = Anchoring.start(database, clock, Anchoring.EVERY, relay::wake);
  }

  /**
   * Brings the schema up to date, makes the operator key and the sealing key where there are none,
   * and starts to relay. Kafka and the registry need not be there yet; the database must.
   *
   * @param random cryptographically strong: secrets come from it
   */
  public static Governance start(
      GovernanceConfig config, InstantSource clock, RandomGenerator random) {
    return start(config, NotifySettings.standard(), clock, random);
  }

  /** As {@link #start(GovernanceConfig, InstantSource, RandomGenerator)}, with other settings. */
  public static Governance start(
      GovernanceConfig config, NotifySettings notify, InstantSource clock, RandomGenerator random) {
    RegistryClient registry = RegistryClient.at(config.kafka().registry());
    Database database = Database.open(config.database());
    try {
      ChannelSecrets secrets = ChannelSecrets.open(database, config.sealingKeyFile(), random);
      OutboxRelay relay = OutboxRelay.start(config, registry, RelayStep.NONE);
      try {
        Notifier notifier =
            Notifier.start(
                database, config, notify, secrets, registry, clock, random, NotifyStep.NONE);
        try {
          return new Governance(config, notify, secrets, clock, random, database, relay, notifier);
        } catch (RuntimeException e) {
          notifier.close();
          throw e;
        }
      } catch (RuntimeException e) {
        relay.close();
        throw e;
      }
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private static Tenants tenants() {
    return new Tenants() {
      @Override
      public void require(
          Handle handle, OrganizationId organization, Optional<WorkspaceId> workspace) {
        Organizations.require(handle, organization);
        workspace.ifPresent(id -> Workspaces.require(handle, organization, id));
      }

      @Override
      public boolean hasBudget(
          Handle handle,
          OrganizationId organization,
          Optional<WorkspaceId> workspace,
          BudgetId id) {
        return Budgets.exists(handle, organization, workspace, id);
      }
    };
  }

  /**
   * The operator's secret, if this start made the key. It is in the operator key file too, and
   * nowhere else; whoever prints it prints it once.
   */
  public Optional<Secret> newOperatorSecret() {
    return newOperatorSecret;
  }

  /**
   * The principals of which governance knows before the topic has them. In the same process they
   * belong beside the topic's view, so that a key works as soon as its secret was shown.
   */
  public PrincipalSource principals() {
    return principals;
  }

  /** Keys that an earlier process made and did not get to publish. */
  private void addUnpublished(Handle handle) {
    handle
        .createQuery(
            "SELECT body, schema FROM outbox WHERE published_at IS NULL AND body IS NOT NULL"
                + " AND topic = :topic"
                + " ORDER BY id DESC LIMIT :most")
        .bind("topic", Topics.PRINCIPALS.name())
        .bind("most", OwnPrincipals.MOST)
        .map(
            (row, context) ->
                Outbox.decode(Topics.PRINCIPALS, row.getBytes("body"), row.getString("schema")))
        .forEach(principals::add);
  }

  @Override
  public String name() {
    return "governance";
  }

  @Override
  public void routes(Routes all) {
    Routes routes = new OnceRoutes(all, idempotency);
    organizations.routes(routes);
    plans.routes(routes);
    adminKeys.routes(routes);
    grants.routes(routes);
    people.routes(routes);
    workspaceMembers.routes(routes);
    personalKeys.routes(routes);
    invites.routes(routes);
    workspaces.routes(routes);
    apiKeys.routes(routes);
    serviceAccounts.routes(routes);
    budgets.routes(routes);
    limits.routes(routes);
    configs.routes(routes);
    spendLimits.routes(routes);
    spendAlerts.routes(routes);
    rateLimits.routes(routes);
    wallets.routes(routes);
    credits.routes(routes);
    writeOffs.routes(routes);
    priceBooks.routes(routes);
    priceVersions.routes(routes);
    reRates.routes(routes);
    backfills.routes(routes);
    alertChannels.routes(routes);
    deliveries.routes(routes);
    replays.routes(routes);
    new AuditRoutes(database).routes(routes);
  }

  @Override
  public void metrics(MeterRegistry meters) {
    notifier.metrics(meters);
  }

  @Override
  public boolean has(OrganizationId organization, WorkspaceId workspace) {
    return database.read(handle -> Workspaces.exists(handle, organization, workspace));
  }

  @Override
  public void refused(RefusedAttempt attempt) {
    refusedAttempts.add(attempt);
  }

  @Override
  public boolean boundsRates() {
    return true;
  }

  @Override
  public Health health() {
    Health relaying = relay.health();
    return relaying.up() ? notifier.health() : relaying;
  }

  @Override
  public void close() {
    notifier.close();
    keyUse.close();
    blocked.close();
    refusedAttempts.close();
    anchoring.close();
    relay.close();
    database.close();
  }
}
