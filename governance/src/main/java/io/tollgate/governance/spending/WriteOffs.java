package io.tollgate.governance.spending;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.WriteOff;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The operator's decisions not to bill what has no price. They stand: nothing undoes one. */
public final class WriteOffs {
  private static final String PATH = "/v1/platform/write_offs";

  private final Changes changes;
  private final NewIds ids;

  public WriteOffs(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post(PATH, Guard.operator(), this::decide)
        .get(PATH, Guard.operator(), this::list, Page.PARAMETERS)
        .get(PATH + "/{id}", Guard.operator(), this::get);
  }

  private Answer decide(Call call) {
    WriteOffTerms terms = call.json(WriteOffTerms.class);
    String id = terms.id() == null ? ids.next("wo") : terms.id();
    return Answer.created(
        json(changes.make(call.caller(), change -> insert(change, id, terms, call.caller().id()))));
  }

  private static WriteOff insert(Change change, String id, WriteOffTerms terms, String who) {
    OrganizationId organization =
        terms.organizationId() == null ? null : new OrganizationId(terms.organizationId());
    if (organization != null) {
      Organizations.require(change.handle(), organization);
    }
    WriteOff writeOff =
        WriteOff.newBuilder()
            .setWriteOffId(id)
            .setOrganizationId(terms.organizationId())
            .setProvider(terms.provider())
            .setModel(terms.model())
            .setAcceptedUntil(terms.until(change.now()))
            .setReason(terms.reason())
            .setDecidedBy(who)
            .setDecidedAt(change.now())
            .build();
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO write_offs (id, organization_id, provider, model, accepted_until,"
                    + " reason, decided_by, created_at) VALUES (:id, :organization, :provider,"
                    + " :model, :until, :reason, :who, :now) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("organization", writeOff.getOrganizationId())
            .bind("provider", writeOff.getProvider())
            .bind("model", writeOff.getModel())
            .bind("until", writeOff.getAcceptedUntil())
            .bind("reason", writeOff.getReason())
            .bind("who", who)
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.WRITE_OFFS, id, writeOff);
    change.audit(
        AuditEvent.of("write_off.decided", "write_off", id).in(organization).to(json(writeOff)));
    return writeOff;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<WriteOff> listing =
        new Listing<>("write_offs", "TRUE", Map.of(), (row, context) -> writeOff(row));
    List<WriteOff> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, WriteOffs::json));
  }

  private Answer get(Call call) {
    String id = call.path("id", text -> Ids.check("id", text));
    return Answer.ok(
        json(
            changes.read(
                handle ->
                    handle
                        .createQuery("SELECT * FROM write_offs WHERE id = :id")
                        .bind("id", id)
                        .map((row, context) -> writeOff(row))
                        .findOne()
                        .orElseThrow(() -> Refusal.notFound("id", id)))));
  }

  private static WriteOff writeOff(ResultSet row) throws SQLException {
    return WriteOff.newBuilder()
        .setWriteOffId(row.getString("id"))
        .setOrganizationId(row.getString("organization_id"))
        .setProvider(row.getString("provider"))
        .setModel(row.getString("model"))
        .setAcceptedUntil(Listing.instant(row, "accepted_until"))
        .setReason(row.getString("reason"))
        .setDecidedBy(row.getString("decided_by"))
        .setDecidedAt(Listing.instant(row, "created_at"))
        .build();
  }

  private static Map<String, Object> json(WriteOff writeOff) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "write_off");
    json.put("id", writeOff.getWriteOffId());
    json.put("provider", writeOff.getProvider());
    json.put("model", writeOff.getModel());
    json.put("organization_id", writeOff.getOrganizationId());
    json.put("accepted_until", writeOff.getAcceptedUntil().toString());
    json.put("reason", writeOff.getReason());
    json.put("decided_by", writeOff.getDecidedBy());
    json.put("created_at", writeOff.getDecidedAt().getEpochSecond());
    return json;
  }

  /** What the topic must hold. */
  public static TopicSource<WriteOff> published() {
    return new TopicSource<>(
        Topics.WRITE_OFFS,
        "SELECT * FROM write_offs",
        (row, context) -> writeOff(row),
        WriteOff::getWriteOffId);
  }
}
