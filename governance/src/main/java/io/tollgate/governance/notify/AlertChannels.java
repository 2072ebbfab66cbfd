package io.tollgate.governance.notify;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.SealedText;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Version;
import io.tollgate.schemas.BudgetId;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Channels of an organization, which get all its alerts, and of a workspace, which get its own. */
public final class AlertChannels {
  static final String ALL = "/alert_channels";
  static final String ONE = "/{channel_id}";
  static final String FOR_CHANGE = "FOR UPDATE";
  static final Guard READ = Guard.permission(Permission.BUDGETS_READ);
  static final Guard WRITE = Guard.permission(Permission.ALERT_CHANNELS_WRITE);

  /** Of an organization, those of its workspaces among them. */
  private static final int MOST_CHANNELS = 100;

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;
  private final NotifySettings settings;
  private final ChannelSecrets secrets;
  private final Tenants tenants;

  /**
   * @param random cryptographically strong: secrets come from it
   */
  public AlertChannels(
      Changes changes,
      NewIds ids,
      RandomGenerator random,
      NotifySettings settings,
      ChannelSecrets secrets,
      Tenants tenants) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
    this.settings = settings;
    this.secrets = secrets;
    this.tenants = tenants;
  }

  public void routes(Routes routes) {
    for (Home home : Home.values()) {
      String all = home.path(ALL);
      routes
          .post(all, WRITE, call -> create(call, home.of(call)))
          .get(all, READ, call -> list(call, home.of(call)), Page.PARAMETERS)
          .get(all + ONE, READ, call -> get(call, home.of(call)))
          .patch(all + ONE, WRITE, call -> edit(call, home.of(call)))
          .delete(all + ONE, WRITE, call -> delete(call, home.of(call)))
          .post(all + ONE + "/rotate", WRITE, call -> rotate(call, home.of(call)));
    }
  }

  static String id(Call call) {
    return call.path("channel_id", ChannelTerms::channelId);
  }

  private Answer create(Call call, Optional<WorkspaceId> workspace) {
    ChannelTerms terms = call.json(ChannelTerms.class);
    WebhookUrl.of(terms.url(), settings);
    String id = terms.id() == null ? ids.next("chan") : terms.id();
    SigningSecret secret = SigningSecret.make(random);
    Channel made =
        changes.make(
            call.caller(),
            change ->
                insert(
                    change, call.organization(), workspace, id, terms, secrets.seal(id, secret)));
    return withSecret(201, made, secret);
  }

  private Channel insert(
      Change change,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      String id,
      ChannelTerms terms,
      SealedText secret) {
    tenants.require(change.handle(), organization, workspace);
    requireKnown(change.handle(), organization, workspace, terms.filter());
    if (ChannelRows.lockedCount(change.handle(), organization) >= MOST_CHANNELS) {
      throw Refusal.conflict(
          "organization_id",
          organization.value(),
          "has " + MOST_CHANNELS + " alert channels, its projects' among them; no more are taken");
    }
    Channel channel =
        new Channel(
            id,
            organization,
            workspace.orElse(null),
            terms.name(),
            terms.url(),
            terms.isEnabled(),
            terms.filter(),
            secret,
            null,
            change.now(),
            1);
    if (!ChannelRows.insert(change.handle(), channel)) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.audit(event("alert_channel.created", channel).to(withoutPath(channel)));
    return channel;
  }

  private void requireKnown(
      Handle handle,
      OrganizationId organization,
      Optional<WorkspaceId> workspace,
      Channel.Filters filters) {
    WorkspaceId project = filters.workspaceId();
    if (project != null) {
      InvalidInput.unless(
          workspace.isEmpty(),
          "filters.project_id",
          project.value(),
          "must be left out: a project's channel gets the alerts of that project");
      tenants.require(handle, organization, Optional.of(project));
    }
    for (BudgetId budget : filters.budgetIds()) {
      InvalidInput.unless(
          tenants.hasBudget(handle, organization, workspace, budget),
          "filters.budget_ids",
          budget.value(),
          "must be a budget of this " + (workspace.isPresent() ? "project" : "organization"));
    }
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    String organization = call.organization().value();
    Listing<Channel> listing =
        new Listing<>(
            ChannelRows.TABLE,
            "organization_id = :organization"
                + (workspace.isPresent() ? " AND workspace_id = :workspace" : "")
                + ChannelRows.ALIVE,
            workspace
                .map(id -> Map.of("organization", organization, "workspace", id.value()))
                .orElseGet(() -> Map.of("organization", organization)),
            (row, context) -> ChannelRows.channel(row));
    List<Channel> found =
        changes.read(
            handle -> {
              tenants.require(handle, call.organization(), workspace);
              return listing.read(handle, page);
            });
    boolean whole = writes(call, workspace);
    return Answer.ok(
        page.envelope(found, whole ? AlertChannels::json : AlertChannels::withoutPath));
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    Channel channel = changes.read(handle -> require(handle, call, workspace, ""));
    return Answer.ok(writes(call, workspace) ? json(channel) : withoutPath(channel))
        .tagged(channel.version());
  }

  private Answer edit(Call call, Optional<WorkspaceId> workspace) {
    ChannelEdit edit = call.json(ChannelEdit.class);
    if (edit.url() != null) {
      WebhookUrl.of(edit.url(), settings);
    }
    return shown(
        changes.make(
            call.caller(),
            change -> {
              Channel before = require(change.handle(), call, workspace, FOR_CHANGE);
              Version.check(call, before.version());
              Channel edited = edit.applyTo(before);
              if (edited.version() != before.version()) {
                if (edit.filters() != null) {
                  requireKnown(
                      change.handle(),
                      call.organization(),
                      Optional.ofNullable(before.workspaceId()),
                      edited.filters());
                }
                ChannelRows.update(change.handle(), edited);
                change.audit(
                    event("alert_channel.updated", edited)
                        .from(withoutPath(before))
                        .to(withoutPath(edited)));
              }
              return edited;
            }));
  }

  private Answer delete(Call call, Optional<WorkspaceId> workspace) {
    String id = id(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          Channel before = require(change.handle(), call, workspace, FOR_CHANGE);
          Version.check(call, before.version());
          ChannelRows.delete(change.handle(), id, change.now());
          DeliveryRows.cancel(change.handle(), id, change.now());
          change.audit(event("alert_channel.deleted", before).from(withoutPath(before)));
        });
    return Deleted.answer("organization.alert_channel", id);
  }

  /**
   * How a secret is replaced.
   *
   * @param overlapSeconds for how long the one before signs too, at most 30 days; a day if left out
   */
  record Rotation(@Nullable Long overlapSeconds) {
    private static final Duration USUAL = Duration.ofDays(1);
    private static final Duration LONGEST = Duration.ofDays(30);

    Rotation {
      InvalidInput.unless(
          overlapSeconds == null || (overlapSeconds >= 0 && overlapSeconds <= LONGEST.toSeconds()),
          "overlap_seconds",
          String.valueOf(overlapSeconds),
          "must be a whole number from 0 to " + LONGEST.toSeconds());
    }

    Duration overlap() {
      return overlapSeconds == null ? USUAL : Duration.ofSeconds(overlapSeconds);
    }
  }

  private Answer rotate(Call call, Optional<WorkspaceId> workspace) {
    Rotation rotation = call.jsonIfAny(Rotation.class).orElseGet(() -> new Rotation(null));
    SigningSecret secret = SigningSecret.make(random);
    Channel rotated =
        changes.make(
            call.caller(),
            change -> {
              Channel before = require(change.handle(), call, workspace, FOR_CHANGE);
              Version.check(call, before.version());
              Channel after =
                  new Channel(
                      before.id(),
                      before.organizationId(),
                      before.workspaceId(),
                      before.name(),
                      before.url(),
                      before.enabled(),
                      before.filters(),
                      secrets.seal(before.id(), secret),
                      rotation.overlap().isZero()
                          ? null
                          : new Channel.Previous(
                              before.secret(), change.now().plus(rotation.overlap())),
                      before.createdAt(),
                      before.version() + 1);
              ChannelRows.update(change.handle(), after);
              change.audit(
                  event("alert_channel.rotated", after)
                      .from(withoutPath(before))
                      .to(withoutPath(after)));
              return after;
            });
    return withSecret(200, rotated, secret);
  }

  /** The channel that the path names. */
  Channel require(Handle handle, Call call, Optional<WorkspaceId> workspace, String lock) {
    tenants.require(handle, call.organization(), workspace);
    return ChannelRows.require(handle, call.organization(), workspace, id(call), lock);
  }

  /** Ends the channels of a tenant that is deleted; the audit has the deletion of the tenant. */
  public static void endAll(
      Change change, OrganizationId organization, Optional<WorkspaceId> workspace) {
    for (String id : ChannelRows.aliveOf(change.handle(), organization, workspace)) {
      ChannelRows.delete(change.handle(), id, change.now());
      DeliveryRows.cancel(change.handle(), id, change.now());
    }
  }

  /** Whether the caller sees URLs whole: their path may be all that a receiver asks for. */
  private static boolean writes(Call call, Optional<WorkspaceId> workspace) {
    return workspace
        .map(id -> call.access().may(Permission.ALERT_CHANNELS_WRITE, id))
        .orElseGet(() -> call.access().may(Permission.ALERT_CHANNELS_WRITE));
  }

  private static AuditEvent event(String type, Channel channel) {
    return AuditEvent.of(type, "alert_channel", channel.id())
        .in(channel.organizationId())
        .in(channel.workspaceId());
  }

  /** As audits and those who may only read see it: parts of the URL may be a secret. */
  private static Map<String, Object> withoutPath(Channel channel) {
    Map<String, Object> json = json(channel);
    json.put("url", channel.host());
    return json;
  }

  private static Answer shown(Channel channel) {
    return Answer.ok(json(channel)).tagged(channel.version());
  }

  private static Answer withSecret(int status, Channel channel, SigningSecret secret) {
    Map<String, Object> json = json(channel);
    json.put("secret", secret.value());
    return Answer.json(status, json).tagged(channel.version());
  }

  private static @Nullable String text(@Nullable WorkspaceId workspace) {
    return workspace == null ? null : workspace.value();
  }

  private static Map<String, Object> json(Channel channel) {
    Channel.Filters filters = channel.filters();
    Map<String, @Nullable Object> filter = new LinkedHashMap<>();
    filter.put("budget_ids", filters.budgetIds().stream().map(BudgetId::value).toList());
    filter.put(
        "threshold_from",
        filters.thresholdFrom() == null ? null : Inputs.plain(filters.thresholdFrom()));
    filter.put("project_id", text(filters.workspaceId()));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("object", "organization.alert_channel");
    json.put("id", channel.id());
    json.put("name", channel.name());
    json.put("kind", ChannelTerms.WEBHOOK);
    json.put("organization_id", channel.organizationId().value());
    json.put("project_id", text(channel.workspaceId()));
    json.put("url", channel.url());
    json.put("enabled", channel.enabled());
    json.put("filters", filter);
    Channel.Previous previous = channel.previousSecret();
    json.put(
        "previous_secret_ends_at", previous == null ? null : previous.until().getEpochSecond());
    json.put("version", channel.version());
    json.put("created_at", channel.createdAt().getEpochSecond());
    return DeliveryRows.nullsKept(json);
  }
}
