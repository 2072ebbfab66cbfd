package io.tollgate.governance.prices;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.BackfillId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Backfill;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Backfills: the operator's decisions to admit history. A source belongs to one for good. */
public final class Backfills {
  private static final String PATH = "/v1/platform/backfills/{id}";

  private final Changes changes;
  private final Duration dedupWindow;

  public Backfills(Changes changes, Duration dedupWindow) {
    this.changes = changes;
    this.dedupWindow = dedupWindow;
  }

  public void routes(Routes routes) {
    routes.put(PATH, Guard.operator(), this::open).get(PATH, Guard.operator(), this::get);
  }

  private static BackfillId id(Call call) {
    return call.path("id", text -> Fields.id(text, BackfillId::new));
  }

  /** 201 when it is opened by this request, 200 when it was before. */
  private Answer open(Call call) {
    BackfillId id = id(call);
    BackfillTerms terms = call.json(BackfillTerms.class);
    Opened opened = changes.make(call.caller(), change -> open(change, id, terms));
    return Answer.json(opened.isNew() ? 201 : 200, json(opened.backfill()));
  }

  private record Opened(Backfill backfill, boolean isNew) {}

  private Opened open(Change change, BackfillId id, BackfillTerms terms) {
    Optional<Backfill> before = find(change.handle(), id);
    if (before.isEmpty()) {
      Backfill wanted = terms.open(id.value(), change.now(), dedupWindow);
      if (insert(change, wanted)) {
        return new Opened(wanted, true);
      }
      // Somebody else was faster: with the same terms, or with this source under another id.
      before = find(change.handle(), id);
    }
    return new Opened(
        same(
            before.orElseThrow(
                () ->
                    Refusal.conflict(
                        "source", terms.source(), "belongs to another backfill, for good")),
            terms),
        false);
  }

  private static Backfill same(Backfill before, BackfillTerms terms) {
    if (!terms.isSameAs(before)) {
      throw Refusal.conflict("id", before.getBackfillId(), "was opened with other terms");
    }
    return before;
  }

  private static boolean insert(Change change, Backfill backfill) {
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO backfills"
                    + " (id, source, from_time, to_time, opened_at, closes_at, version)"
                    + " VALUES (:id, :source, :from, :to, :opened, :closes, 1)"
                    + " ON CONFLICT DO NOTHING")
            .bind("id", backfill.getBackfillId())
            .bind("source", backfill.getSource())
            .bind("from", backfill.getFrom())
            .bind("to", backfill.getTo())
            .bind("opened", backfill.getOpenedAt())
            .bind("closes", backfill.getClosesAt())
            .execute();
    if (inserted == 0) {
      return false;
    }
    change.publish(Topics.BACKFILLS, backfill.getBackfillId(), backfill);
    change.audit(
        AuditEvent.of("backfill.opened", "backfill", backfill.getBackfillId()).to(json(backfill)));
    return true;
  }

  private Answer get(Call call) {
    BackfillId id = id(call);
    return Answer.ok(
        json(
            changes
                .read(handle -> find(handle, id))
                .orElseThrow(() -> Refusal.notFound("id", id.value()))));
  }

  private static Optional<Backfill> find(Handle handle, BackfillId id) {
    return handle
        .createQuery("SELECT * FROM backfills WHERE id = :id")
        .bind("id", id.value())
        .map((row, context) -> backfill(row))
        .findOne();
  }

  private static Backfill backfill(ResultSet row) throws SQLException {
    return Backfill.newBuilder()
        .setBackfillId(row.getString("id"))
        .setSource(row.getString("source"))
        .setFrom(Listing.instant(row, "from_time"))
        .setTo(Listing.instant(row, "to_time"))
        .setOpenedAt(Listing.instant(row, "opened_at"))
        .setClosesAt(Listing.instant(row, "closes_at"))
        .setVersion(row.getInt("version"))
        .build();
  }

  private static Map<String, Object> json(Backfill backfill) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "backfill");
    json.put("id", backfill.getBackfillId());
    json.put("source", backfill.getSource());
    json.put("from", backfill.getFrom().toString());
    json.put("to", backfill.getTo().toString());
    json.put("opened_at", backfill.getOpenedAt().toString());
    json.put("closes_at", backfill.getClosesAt().toString());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<Backfill> published() {
    return new TopicSource<>(
        Topics.BACKFILLS,
        "SELECT * FROM backfills",
        (row, context) -> backfill(row),
        Backfill::getBackfillId);
  }
}
