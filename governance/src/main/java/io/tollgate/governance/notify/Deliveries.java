package io.tollgate.governance.notify;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Home;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What was sent to a channel and how that went; tests, and sending again. */
public final class Deliveries {
  /** Tests of a channel that have not ended: each is a request to somebody else's server. */
  private static final int MOST_TESTS = 5;

  private final Changes changes;
  private final NewIds ids;
  private final NotifySettings settings;
  private final AlertChannels channels;
  private final Runnable due;

  /**
   * @param due called after something became due; must be quick and not throw
   */
  public Deliveries(
      Changes changes, NewIds ids, NotifySettings settings, AlertChannels channels, Runnable due) {
    this.changes = changes;
    this.ids = ids;
    this.settings = settings;
    this.channels = channels;
    this.due = due;
  }

  public void routes(Routes routes) {
    for (Home home : Home.values()) {
      String channel = home.path(AlertChannels.ALL) + AlertChannels.ONE;
      String all = channel + "/deliveries";
      String one = all + "/{delivery_id}";
      routes
          .get(
              all, AlertChannels.READ, call -> list(call, home.of(call)), "limit", "after", "state")
          .get(one, AlertChannels.READ, call -> get(call, home.of(call)))
          .post(one + "/resend", AlertChannels.WRITE, call -> resend(call, home.of(call)))
          .post(channel + "/test", AlertChannels.WRITE, call -> test(call, home.of(call)));
    }
  }

  private static String id(Call call) {
    return call.path(
        "delivery_id", text -> Fields.named("delivery_id", text, ChannelTerms::channelId));
  }

  private Answer list(Call call, Optional<WorkspaceId> workspace) {
    Page page = Page.of(call);
    Optional<DeliveryState> state = call.query().text("state").map(DeliveryState::of);
    Map<String, String> parameters = new HashMap<>();
    parameters.put("channel", AlertChannels.id(call));
    state.ifPresent(one -> parameters.put("state", one.wireName()));
    Listing<Delivery> listing =
        new Listing<>(
            DeliveryRows.TABLE,
            "channel_id = :channel" + (state.isPresent() ? " AND state = :state" : ""),
            parameters,
            (row, context) -> DeliveryRows.delivery(row));
    List<Delivery> found =
        changes.read(
            handle -> {
              channels.require(handle, call, workspace, "");
              return listing.read(handle, page);
            });
    return Answer.ok(page.envelope(found, Deliveries::json));
  }

  private Answer get(Call call, Optional<WorkspaceId> workspace) {
    return Answer.ok(
        changes.read(
            handle -> {
              Channel channel = channels.require(handle, call, workspace, "");
              Delivery delivery = DeliveryRows.require(handle, channel.id(), id(call), "");
              Map<String, Object> json = json(delivery);
              json.put("payload", new String(delivery.body(), StandardCharsets.UTF_8));
              json.put("attempts", DeliveryRows.attempts(handle, delivery.id()));
              return json;
            }));
  }

  private Answer resend(Call call, Optional<WorkspaceId> workspace) {
    Delivery again =
        changes.make(
            call.caller(),
            change -> {
              Handle handle = change.handle();
              Channel channel = enabled(handle, call, workspace);
              Delivery before =
                  DeliveryRows.require(handle, channel.id(), id(call), AlertChannels.FOR_CHANGE);
              if (before.state() == DeliveryState.PENDING) {
                throw Refusal.conflict(
                    "delivery_id",
                    before.id(),
                    "has not ended; its next attempt is due at " + before.nextAttemptAt());
              }
              Instant now = change.now();
              DeliveryRows.resend(
                  handle, before.id(), now, now.plus(settings.pace().retries().giveUp()));
              change.audit(event("alert_delivery.resent", before.id(), call, channel));
              return DeliveryRows.require(handle, channel.id(), before.id(), "");
            });
    due.run();
    return Answer.json(202, json(again));
  }

  private Answer test(Call call, Optional<WorkspaceId> workspace) {
    String id = ids.next("del");
    Delivery made =
        changes.make(
            call.caller(),
            change -> {
              Handle handle = change.handle();
              Channel channel = enabled(handle, call, workspace);
              Instant now = change.now();
              AlertWebhook webhook = AlertWebhook.test(ids.next("msg"), channel, now);
              if (DeliveryRows.waiting(handle, channel.id(), webhook.type()) >= MOST_TESTS) {
                throw Refusal.conflict(
                    "channel_id",
                    channel.id(),
                    "has " + MOST_TESTS + " tests that have not ended; wait for them");
              }
              // Whoever tests wants to hear of the one attempt, not of another tomorrow.
              DeliveryRows.insert(handle, id, channel, webhook, now, now);
              change.audit(event("alert_channel.tested", channel.id(), call, channel));
              return DeliveryRows.require(handle, channel.id(), id, "");
            });
    due.run();
    return Answer.json(202, json(made));
  }

  private Channel enabled(Handle handle, Call call, Optional<WorkspaceId> workspace) {
    Channel channel = channels.require(handle, call, workspace, AlertChannels.FOR_CHANGE);
    if (!channel.enabled()) {
      throw Refusal.conflict(
          "channel_id", channel.id(), "is disabled, so that nothing is sent to it; enable it");
    }
    return channel;
  }

  private static AuditEvent event(String type, String subject, Call call, Channel channel) {
    OrganizationId organization = call.organization();
    return AuditEvent.of(type, type.substring(0, type.indexOf('.')), subject)
        .in(organization)
        .in(channel.workspaceId());
  }

  private static Map<String, Object> json(Delivery delivery) {
    boolean pending = delivery.state() == DeliveryState.PENDING;
    Instant finished = delivery.finishedAt();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("object", "organization.alert_delivery");
    json.put("id", delivery.id());
    json.put("channel_id", delivery.channelId());
    json.put("webhook_id", delivery.webhookId());
    json.put("type", delivery.type());
    json.put("alert_id", delivery.alertId());
    json.put("state", delivery.state().wireName());
    json.put("attempts_made", delivery.attempts());
    json.put("last_error", delivery.lastError());
    json.put("created_at", delivery.createdAt().getEpochSecond());
    json.put("next_attempt_at", pending ? delivery.nextAttemptAt().getEpochSecond() : null);
    json.put("finished_at", finished == null ? null : finished.getEpochSecond());
    return DeliveryRows.nullsKept(json);
  }
}
