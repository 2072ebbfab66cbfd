package io.tollgate.schemas;

import io.tollgate.schemas.Topic.Keeping;
import io.tollgate.schemas.Topic.Timestamps;
import io.tollgate.schemas.Topic.Width;
import io.tollgate.schemas.avro.ApiKey;
import io.tollgate.schemas.avro.AuditHead;
import io.tollgate.schemas.avro.Backfill;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.BudgetAlert;
import io.tollgate.schemas.avro.Configuration;
import io.tollgate.schemas.avro.Credit;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.LimitState;
import io.tollgate.schemas.avro.Organization;
import io.tollgate.schemas.avro.PartitionOutcomes;
import io.tollgate.schemas.avro.PriceBookRecord;
import io.tollgate.schemas.avro.Principal;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.RejectedUsage;
import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import io.tollgate.schemas.avro.Wallet;
import io.tollgate.schemas.avro.Workspace;
import io.tollgate.schemas.avro.WriteOff;
import java.time.Duration;
import java.util.List;

/**
 * The catalogue of topics: every topic that Tollgate reads or writes, besides those internal to its
 * topologies.
 */
public final class Topics {
  /** How long the meter topology remembers an event, counted from its append. */
  public static final Duration DEDUP_WINDOW = Duration.ofDays(34);

  /** The dedup window and a week to notice that something is not landed. */
  private static final Keeping USAGE_KEEPING = new Keeping.For(DEDUP_WINDOW.plusDays(7));

  private static final Keeping NEWEST = new Keeping.Newest();

  public static final Topic<UsageEvent> USAGE_EVENTS =
      new Topic<>("usage.events", UsageEvent.class, Width.USAGE, USAGE_KEEPING, Timestamps.APPEND);
  public static final Topic<RatedUsage> USAGE_RATED =
      new Topic<>("usage.rated", RatedUsage.class, Width.USAGE, USAGE_KEEPING, Timestamps.APPEND);
  public static final Topic<RejectedUsage> USAGE_REJECTED =
      new Topic<>(
          "usage.rejected", RejectedUsage.class, Width.USAGE, USAGE_KEEPING, Timestamps.APPEND);
  public static final Topic<UnratedUsage> USAGE_UNRATED =
      new Topic<>(
          "usage.unrated", UnratedUsage.class, Width.USAGE, USAGE_KEEPING, Timestamps.APPEND);
  public static final Topic<PartitionOutcomes> USAGE_OUTCOMES =
      new Topic<>(
          "usage.outcomes", PartitionOutcomes.class, Width.USAGE, NEWEST, Timestamps.CREATE);
  public static final Topic<UsageDelta> USAGE_DELTAS =
      new Topic<>("usage.deltas", UsageDelta.class, Width.TALLY, USAGE_KEEPING, Timestamps.APPEND);
  public static final Topic<BudgetAlert> BUDGET_ALERTS =
      new Topic<>(
          "budget.alerts",
          BudgetAlert.class,
          Width.TALLY,
          new Keeping.For(Duration.ofDays(400)),
          Timestamps.CREATE);
  public static final Topic<LimitState> LIMITS_STATE =
      new Topic<>("limits.state", LimitState.class, Width.TALLY, NEWEST, Timestamps.CREATE);

  public static final Topic<Organization> ORGANIZATIONS =
      governance("organizations", Organization.class);
  public static final Topic<Workspace> WORKSPACES = governance("workspaces", Workspace.class);
  public static final Topic<ApiKey> API_KEYS = governance("api_keys", ApiKey.class);
  public static final Topic<Budget> BUDGETS = governance("budgets", Budget.class);
  public static final Topic<Limit> LIMITS = governance("limits", Limit.class);
  public static final Topic<Wallet> WALLETS = governance("wallets", Wallet.class);
  public static final Topic<Credit> CREDITS = governance("credits", Credit.class);
  public static final Topic<WriteOff> WRITE_OFFS = governance("write_offs", WriteOff.class);
  public static final Topic<PriceBookRecord> PRICE_BOOKS =
      governance("price_books", PriceBookRecord.class);
  public static final Topic<Backfill> BACKFILLS = governance("backfills", Backfill.class);
  public static final Topic<Configuration> CONFIG = governance("config", Configuration.class);
  public static final Topic<Principal> PRINCIPALS = governance("principals", Principal.class);

  /**
   * Anchors of the audit chains. One of each thousand rows stays for good, so that what was
   * rewritten is narrowed down to those.
   */
  public static final Topic<AuditHead> AUDIT_HEADS = governance("audit_heads", AuditHead.class);

  public static final List<Topic<?>> ALL =
      List.of(
          USAGE_EVENTS,
          USAGE_RATED,
          USAGE_REJECTED,
          USAGE_UNRATED,
          USAGE_OUTCOMES,
          USAGE_DELTAS,
          BUDGET_ALERTS,
          LIMITS_STATE,
          ORGANIZATIONS,
          WORKSPACES,
          API_KEYS,
          BUDGETS,
          LIMITS,
          WALLETS,
          CREDITS,
          WRITE_OFFS,
          PRICE_BOOKS,
          BACKFILLS,
          CONFIG,
          PRINCIPALS,
          AUDIT_HEADS);

  private Topics() {}

  private static <V extends org.apache.avro.specific.SpecificRecord> Topic<V> governance(
      String noun, Class<V> type) {
    return new Topic<>("governance." + noun, type, Width.ONE, NEWEST, Timestamps.CREATE);
  }
}
