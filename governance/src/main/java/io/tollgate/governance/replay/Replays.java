package io.tollgate.governance.replay;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.Outbox;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.RejectReason;
import io.tollgate.schemas.RejectedEventId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.UsageEventRules;
import io.tollgate.schemas.avro.RejectedUsage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends rejected events into the line again, as they came, once what was wrong around them is
 * mended. It is a change like any other: its row, its audit and what is published are one
 * transaction, so it is told who did it, and the record goes out at least once. The line judges it
 * as it judges every event; deduplication sees to it that it is billed once however often it is
 * sent.
 *
 * <p>It is judged by the time at which it was first accepted. What was rejected for its time would
 * be rejected again, and is refused here.
 */
public final class Replays {
  private static final String PATH = "/v1/organization/rejected_events/{event_id}/replay";

  private static final Set<String> JUDGED_FOR_GOOD =
      Set.of(RejectReason.LATE.wireName(), RejectReason.FUTURE.wireName());

  /** How often an event was sent again, this time included. */
  private record Replayed(int times, Instant first, Instant last) {}

  private final Changes changes;
  private final RejectedLog log;

  public Replays(Changes changes, RejectedLog log) {
    this.changes = changes;
    this.log = log;
  }

  public void routes(Routes routes) {
    routes.post(PATH, Guard.permission(Permission.REJECTED_REPLAY), this::replay);
  }

  private Answer replay(Call call) {
    RejectedEventId id = call.path("event_id", text -> RejectedEventId.parse("event_id", text));
    RejectedUsage rejected =
        switch (log.read(id)) {
          case RejectedLog.Found.There there -> there.rejected();
          case RejectedLog.Found.Nothing nothing ->
              throw Refusal.notFound("event_id", id.toString());
          case RejectedLog.Found.Expired expired ->
              throw Refusal.gone(
                  "event_id",
                  id.toString(),
                  "is no longer in the log, which keeps what was rejected for 41 days");
        };
    if (!call.organization().value().equals(rejected.getOrganizationId())) {
      throw Refusal.notFound("event_id", id.toString());
    }
    checkThatItCanBeMended(id, rejected);
    Replayed replayed =
        changes.make(call.caller(), change -> sendAgain(change, call.organization(), id, rejected));
    return Answer.json(202, json(id, replayed));
  }

  private static void checkThatItCanBeMended(RejectedEventId id, RejectedUsage rejected) {
    if (JUDGED_FOR_GOOD.contains(rejected.getReason())) {
      throw Refusal.conflict(
          "event_id",
          id.toString(),
          "was "
              + rejected.getReason()
              + " when it was first accepted, at "
              + rejected.getPosition().getAcceptedAt()
              + ", and a replay is judged by that time too; send it anew with its right time, or"
              + " have a backfill opened for it");
    }
    int bytes = rejected.getValueBytes().remaining();
    if (bytes > UsageEventRules.MOST_BYTES) {
      throw Refusal.conflict(
          "event_id", id.toString(), "has " + bytes + " bytes, more than an event may have");
    }
  }

  private static Replayed sendAgain(
      Change change, OrganizationId organization, RejectedEventId id, RejectedUsage rejected) {
    Organizations.require(change.handle(), organization);
    Replayed replayed =
        change
            .handle()
            .createQuery(
                "INSERT INTO replays (id, organization_id, times, first_at, last_at)"
                    + " VALUES (:id, :organization, 1, :now, :now)"
                    + " ON CONFLICT (id) DO UPDATE"
                    + " SET times = replays.times + 1, last_at = excluded.last_at"
                    + " RETURNING times, first_at, last_at")
            .bind("id", id.toString())
            .bind("organization", organization.value())
            .bind("now", change.now())
            .map(
                (row, context) ->
                    new Replayed(
                        row.getInt("times"),
                        Listing.instant(row, "first_at"),
                        Listing.instant(row, "last_at")))
            .one();
    Outbox.addAgain(
        change.handle(),
        change.now(),
        Topics.USAGE_EVENTS,
        new Outbox.Again(
            rejected.getPosition().getPartition(),
            rejected.getPosition().getAcceptedAt(),
            key(rejected.getKey()),
            bytes(rejected.getValueBytes())));
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("reason", rejected.getReason());
    told.put("source", rejected.getSource());
    told.put("event_id", rejected.getId());
    told.put("times", replayed.times());
    change.audit(
        AuditEvent.of("rejected_event.replayed", "rejected_event", id.toString())
            .in(organization)
            .to(told));
    return replayed;
  }

  /** Nothing depends on the key of an event: one that is no text goes out as near as can be. */
  private static String key(@Nullable ByteBuffer key) {
    return key == null ? "" : StandardCharsets.UTF_8.decode(key.duplicate()).toString();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Map<String, Object> json(RejectedEventId id, Replayed replayed) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "rejected_event.replay");
    json.put("id", id.toString());
    json.put("replayed_at", replayed.last().getEpochSecond());
    json.put("replayed_before", replayed.times() > 1);
    json.put("times", replayed.times());
    json.put("first_replayed_at", replayed.first().getEpochSecond());
    return json;
  }
}
