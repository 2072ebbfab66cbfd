package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Organizations: the roots of the tenancy tree, made by the operator. */
public final class Organizations {
  private final Changes changes;
  private final NewIds ids;

  public Organizations(Changes changes, NewIds ids) {
    this.changes = changes;
    this.ids = ids;
  }

  public void routes(Routes routes) {
    routes
        .post("/v1/platform/organizations", Guard.operator(), this::create)
        .get("/v1/platform/organizations", Guard.operator(), this::list, Page.PARAMETERS);
  }

  /** What a new organization is made of. Currency and time zone are fixed for good. */
  record Wanted(@Nullable String id, String name, String timeZone, String currency) {
    Wanted {
      if (id != null) {
        Fields.id(id, OrganizationId::new);
      }
      Inputs.text("name", name);
      Inputs.timeZone(timeZone);
      Inputs.currency(currency);
    }
  }

  private Answer create(Call call) {
    Wanted wanted = call.json(Wanted.class);
    String id = wanted.id() == null ? ids.next("org") : wanted.id();
    return Answer.created(json(changes.make(call.caller(), change -> insert(change, id, wanted))));
  }

  private static Organization insert(Change change, String id, Wanted wanted) {
    Organization organization =
        Organization.newBuilder()
            .setOrganizationId(id)
            .setName(wanted.name())
            .setTimeZone(wanted.timeZone())
            .setCurrency(wanted.currency())
            .setValidFrom(change.now())
            .setVersion(1)
            .build();
    int inserted =
        change
            .handle()
            .createUpdate(
                "INSERT INTO organizations (id, name, time_zone, currency, created_at, version)"
                    + " VALUES (:id, :name, :zone, :currency, :now, 1) ON CONFLICT DO NOTHING")
            .bind("id", id)
            .bind("name", wanted.name())
            .bind("zone", wanted.timeZone())
            .bind("currency", wanted.currency())
            .bind("now", change.now())
            .execute();
    if (inserted == 0) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    change.publish(Topics.ORGANIZATIONS, id, organization);
    change.audit("organization.created", id, new OrganizationId(id));
    return organization;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<Organization> listing =
        new Listing<>("organizations", "TRUE", Map.of(), (row, context) -> organization(row));
    List<Organization> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, Organizations::json));
  }

  /**
   * The organization.
   *
   * @throws Refusal 404 if there is none
   */
  public static Organization require(Handle handle, OrganizationId id) {
    return handle
        .createQuery("SELECT * FROM organizations WHERE id = :id")
        .bind("id", id.value())
        .map((row, context) -> organization(row))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("organization_id", id.value()));
  }

  private static Organization organization(ResultSet row) throws SQLException {
    return Organization.newBuilder()
        .setOrganizationId(row.getString("id"))
        .setName(row.getString("name"))
        .setTimeZone(row.getString("time_zone"))
        .setCurrency(row.getString("currency"))
        .setValidFrom(Listing.instant(row, "created_at"))
        .setValidUntil(Listing.optionalInstant(row, "archived_at"))
        .setVersion(row.getInt("version"))
        .build();
  }

  private static Map<String, Object> json(Organization organization) {
    Instant until = organization.getValidUntil();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization");
    json.put("id", organization.getOrganizationId());
    json.put("name", organization.getName());
    json.put("time_zone", organization.getTimeZone());
    json.put("currency", organization.getCurrency());
    json.put("created_at", organization.getValidFrom().getEpochSecond());
    json.put("archived_at", until == null ? null : until.getEpochSecond());
    json.put("status", until == null ? "active" : "archived");
    return json;
  }
}
