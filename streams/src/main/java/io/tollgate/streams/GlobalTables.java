package io.tollgate.streams;

import io.tollgate.rating.PriceBooks;
import io.tollgate.rating.PublishedPrices;
import io.tollgate.schemas.AvroSerde;
import io.tollgate.schemas.SchemaIds;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import io.tollgate.schemas.avro.WriteOff;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * What governance published, as decoded objects that every task of this instance reads: written by
 * the global thread, read by the stream threads. Kafka Streams keeps the topics read: all that was
 * there is in before any task starts, what comes later arrives without notice, so that who waits
 * for something asks again ({@link #version()}).
 *
 * <p>The tables are in memory and are built from the first offset at each start. Rows are never
 * changed in place.
 */
final class GlobalTables {
  private final SchemaIds ids;
  private final OrganizationRows organizations = new OrganizationRows();
  private final Map<String, Workspace> workspaces = new ConcurrentHashMap<>();
  private final Map<String, ApiKey> apiKeys = new ConcurrentHashMap<>();
  private final Map<String, Backfill> backfills = new ConcurrentHashMap<>();
  private final BudgetRows budgets = new BudgetRows();
  private final ChangeLog workspaceChanges = new ChangeLog();
  private final ChangeLog apiKeyChanges = new ChangeLog();
  private final ChangeLog walletChanges = new ChangeLog();
  private final LimitRows limits = new LimitRows();
  private final Map<String, Wallet> wallets = new ConcurrentHashMap<>();
  private final CreditRows credits = new CreditRows();
  private final AtomicLong version = new AtomicLong();

  /** Next offset of each topic by its name. */
  private final Map<String, Long> readTo = new ConcurrentHashMap<>();

  /**
   * Resolved keys by id; stale ones are recognized by the tables' version. One per API key at most.
   */
  private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();

  /** Replaced by the global thread only. */
  private volatile WriteOffs writeOffs = WriteOffs.NONE;

  /** Owned by the global thread. */
  private final PublishedPrices prices = new PublishedPrices();

  private volatile PriceBooks priceBooks = PriceBooks.EMPTY;

  GlobalTables(SchemaIds ids) {
    this.ids = ids;
  }

  /** Adds the tables that the meter topology reads. */
  void addMeterTables(Topology topology) {
    add(topology, Topics.ORGANIZATIONS, organizations::change);
    add(topology, Topics.WORKSPACES, into(workspaces));
    add(topology, Topics.API_KEYS, into(apiKeys));
    add(topology, Topics.BACKFILLS, into(backfills));
    add(topology, Topics.PRICE_BOOKS, (key, page) -> acceptPrices(page));
    add(topology, Topics.WRITE_OFFS, (key, decision) -> acceptWriteOff(decision));
    add(topology, Topics.LIMITS, limits::change);
  }

  /** Adds the tables that the budget topology reads. */
  void addBudgetTables(Topology topology) {
    add(topology, Topics.ORGANIZATIONS, organizations::change);
    add(topology, Topics.BUDGETS, budgets::change);
    add(topology, Topics.WORKSPACES, logged(workspaces, workspaceChanges));
    add(topology, Topics.API_KEYS, logged(apiKeys, apiKeyChanges));
    add(topology, Topics.LIMITS, limits::change);
    add(topology, Topics.WALLETS, logged(wallets, walletChanges));
    add(topology, Topics.CREDITS, credits::change);
  }

  private static <V> BiConsumer<String, @Nullable V> logged(Map<String, V> rows, ChangeLog log) {
    BiConsumer<String, @Nullable V> change = into(rows);
    return (key, row) -> {
      change.accept(key, row);
      log.add(key);
    };
  }

  private static <V> BiConsumer<String, @Nullable V> into(Map<String, V> rows) {
    return (key, row) -> {
      if (row == null) {
        rows.remove(key);
      } else {
        rows.put(key, row);
      }
    };
  }

  private void acceptPrices(@Nullable PriceBookRecord page) {
    // Price books are append-only: there is nothing that a removal could mean.
    if (page != null && prices.accept(page)) {
      priceBooks = prices.snapshot();
    }
  }

  private void acceptWriteOff(@Nullable WriteOff decision) {
    // Decisions are never taken back.
    if (decision != null) {
      writeOffs = writeOffs.with(decision);
    }
  }

  private <V extends SpecificRecord> void add(
      Topology topology, Topic<V> topic, BiConsumer<String, @Nullable V> change) {
    String noun = topic.name();
    AvroSerde<V> serde = AvroSerde.of(topic, ids);
    topology.addGlobalStore(
        // Never written: Kafka Streams asks for a store where it only has to call the processor.
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(noun), Serdes.String(), Serdes.ByteArray())
            .withLoggingDisabled(),
        noun + "-source",
        new StringDeserializer(),
        new ByteArrayDeserializer(),
        topic.name(),
        noun + "-table",
        () -> new GlobalTableRows<>(topic, serde, change, version, readTo));
  }

  /** Changes with every change of any table. */
  long version() {
    return version.get();
  }

  @Nullable Organization organization(String id) {
    return organizations.get(id);
  }

  @Nullable Backfill backfill(String id) {
    return backfills.get(id);
  }

  BudgetRows budgets() {
    return budgets;
  }

  /** Which organizations have changed. */
  ChangeLog organizationChanges() {
    return organizations.changes();
  }

  /** The offset up to which a topic has been read into its table; 0 before its first record. */
  long readTo(Topic<?> topic) {
    return readTo.getOrDefault(topic.name(), 0L);
  }

  @Nullable Workspace workspace(String id) {
    return workspaces.get(id);
  }

  @Nullable ApiKey apiKey(String id) {
    return apiKeys.get(id);
  }

  /** Which workspaces have changed. */
  ChangeLog workspaceChanges() {
    return workspaceChanges;
  }

  /** Which API keys have changed. */
  ChangeLog apiKeyChanges() {
    return apiKeyChanges;
  }

  /** The organizations whose wallets have changed. */
  ChangeLog walletChanges() {
    return walletChanges;
  }

  LimitRows limits() {
    return limits;
  }

  @Nullable Wallet wallet(String organizationId) {
    return wallets.get(organizationId);
  }

  CreditRows credits() {
    return credits;
  }

  /** The write-offs that are decided now. */
  WriteOffs writeOffs() {
    return writeOffs;
  }

  /** The price versions that are visible now. */
  PriceBooks priceBooks() {
    return priceBooks;
  }

  /** Finds the key an event names, with its workspace and organization. */
  Tenancy tenancy(String organizationId, String workspaceId, String apiKeyId) {
    long now = version.get();
    Tenant known = tenants.get(apiKeyId);
    if (known != null
        && known.tables() == now
        && known.workspaceId().equals(workspaceId)
        && known.organizationId().equals(organizationId)) {
      return known;
    }
    return resolve(organizationId, workspaceId, apiKeyId, now);
  }

  private Tenancy resolve(String organizationId, String workspaceId, String apiKeyId, long now) {
    Organization organization = organizations.get(organizationId);
    if (organization == null) {
      return new Tenancy.Unknown("organization_id", organizationId);
    }
    Workspace workspace = workspaces.get(workspaceId);
    if (workspace == null) {
      return new Tenancy.Unknown("workspace_id", workspaceId);
    }
    if (!workspace.getOrganizationId().equals(organizationId)) {
      return new Tenancy.Foreign(
          "workspace_id", workspaceId, "must be a workspace of the organization");
    }
    ApiKey key = apiKeys.get(apiKeyId);
    if (key == null) {
      return new Tenancy.Unknown("api_key_id", apiKeyId);
    }
    if (!key.getWorkspaceId().equals(workspaceId)
        || !key.getOrganizationId().equals(organizationId)) {
      return new Tenancy.Foreign("api_key_id", apiKeyId, "must be a key of the workspace");
    }
    Tenant tenant = Tenant.of(organization, workspace, key, now);
    tenants.put(apiKeyId, tenant);
    return tenant;
  }
}
