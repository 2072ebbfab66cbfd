package io.tollgate.governance.prices;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.PriceBookId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The operator's decisions to correct what an organization was charged by earlier prices. A
 * decision changes nothing itself: whoever carries it out sends an amendment of each event through
 * the door that every event takes.
 */
public final class ReRates {
  private static final String PATH = "/v1/platform/re_rates";

  private final Changes changes;
  private final NewIds ids;
  private final Duration lead;

  /**
   * @param lead how long after its publication every instance has a price version
   */
  public ReRates(Changes changes, NewIds ids, Duration lead) {
    this.changes = changes;
    this.ids = ids;
    this.lead = lead;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::decide)
        .get(PATH, Guard.operator(), this::list, Page.PARAMETERS);
  }

  /**
   * What is to be rated again.
   *
   * @param from earliest event time, RFC 3339
   * @param to end of the event times, exclusive
   * @param version of the book; events that it prices get its price
   */
  record Wanted(
      @Nullable String id,
      String organizationId,
      String from,
      String to,
      String priceBookId,
      int version,
      String reason) {
    Wanted {
      if (id != null) {
        Ids.check("id", id);
      }
      Ids.check("organization_id", organizationId);
      InvalidInput.unless(
          Inputs.instant("from", from).isBefore(Inputs.instant("to", to)),
          "to",
          to,
          "must be after from");
      Fields.named("price_book_id", priceBookId, PriceBookId::new);
      InvalidInput.unless(version > 0, "version", version, "must be above zero");
      Inputs.text("reason", reason);
    }
  }

  private record ReRate(
      String id,
      String organization,
      Instant from,
      Instant to,
      String book,
      int version,
      String reason,
      String decidedBy,
      Instant createdAt) {}

  private Answer decide(Call call) {
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("rr") : wanted.id();
    return Answer.created(
        json(
            changes.make(call.caller(), change -> insert(change, id, wanted, call.caller().id()))));
  }

  private ReRate insert(Change change, String id, Wanted wanted, String who) {
    OrganizationId organization = new OrganizationId(wanted.organizationId());
    Organizations.require(change.handle(), organization);
    requireEverywhere(change, wanted);
    ReRate made =
        new ReRate(
            id,
            wanted.organizationId(),
            Inputs.instant("from", wanted.from()),
            Inputs.instant("to", wanted.to()),
            wanted.priceBookId(),
            wanted.version(),
            wanted.reason(),
            who,
            change.now());
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO re_rates (id, organization_id, from_time, to_time, price_book_id,"
                    + " price_version, reason, decided_by, created_at) VALUES (:id, :organization,"
                    + " :from, :to, :book, :version, :reason, :who, :now) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("organization", made.organization())
            .bind("from", made.from())
            .bind("to", made.to())
            .bind("book", made.book())
            .bind("version", made.version())
            .bind("reason", made.reason())
            .bind("who", who)
            .bind("now", made.createdAt())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.audit(AuditEvent.of("re_rate.decided", "re_rate", id).in(organization).to(json(made)));
    return made;
  }

  /** An instance that does not have the version yet would price an amendment as before. */
  private void requireEverywhere(Change change, Wanted wanted) {
    Handle handle = change.handle();
    Instant published =
        handle
            .createQuery(
                "SELECT published_at FROM price_versions WHERE price_book_id = :id"
                    + " AND version = :version")
            .bind("id", wanted.priceBookId())
            .bind("version", wanted.version())
            .map((row, context) -> Listing.instant(row, "published_at"))
            .findOne()
            .orElseThrow(
                () -> Refusal.notFound("version", wanted.priceBookId() + "/" + wanted.version()));
    Instant everywhere = published.plus(lead);
    InvalidInput.unless(
        !change.now().isBefore(everywhere),
        "version",
        wanted.priceBookId() + "/" + wanted.version(),
        "was published at " + published + "; every instance has it from " + everywhere + " on");
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<ReRate> listing =
        new Listing<>("re_rates", "TRUE", Map.of(), (row, context) -> reRate(row));
    List<ReRate> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, ReRates::json));
  }

  private static ReRate reRate(ResultSet row) throws SQLException {
    return new ReRate(
        row.getString("id"),
        row.getString("organization_id"),
        Listing.instant(row, "from_time"),
        Listing.instant(row, "to_time"),
        row.getString("price_book_id"),
        row.getInt("price_version"),
        row.getString("reason"),
        row.getString("decided_by"),
        Listing.instant(row, "created_at"));
  }

  private static Map<String, Object> json(ReRate reRate) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "re_rate");
    json.put("id", reRate.id());
    json.put("organization_id", reRate.organization());
    json.put("from", reRate.from().toString());
    json.put("to", reRate.to().toString());
    json.put("price_book_id", reRate.book());
    json.put("version", reRate.version());
    json.put("reason", reRate.reason());
    json.put("decided_by", reRate.decidedBy());
    json.put("created_at", reRate.createdAt().getEpochSecond());
    return json;
  }
}
