package io.tollgate.governance.tenancy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.store.TopicSource;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Caller;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.StrictJson;
import io.tollgate.http.Version;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Organization;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Organizations: the roots of the tenancy tree, made by the operator. */
public final class Organizations {
  private static final String ALL = "/v1/platform/organizations";
  private static final String ONE = ALL + "/{id}";
  private static final String OWN = "/v1/organization";
  private static final String BILLING_EMAIL = "billing_email";
  private static final String CONTACTS = OWN + "/finance_contacts";

  private final Changes changes;
  private final NewIds ids;
  private final TenantLife life;
  private final FirstOwner firstOwner;

  public Organizations(Changes changes, NewIds ids, TenantLife life, FirstOwner firstOwner) {
    this.changes = changes;
    this.ids = ids;
    this.life = life;
    this.firstOwner = firstOwner;
  }

  public void routes(Routes routes) {
    routes
        .post(ALL, Guard.operator(), this::create)
        .get(ALL, Guard.operator(), this::list, Page.PARAMETERS)
        .get(CONTACTS, Guard.permission(Permission.FINANCE_CONTACTS_WRITE), this::contacts)
        .put(CONTACTS, Guard.permission(Permission.FINANCE_CONTACTS_WRITE), this::setContacts);
    routes(routes, ONE, Guard.operator(), Guard.operator(), Organizations::id);
    routes(
        routes,
        OWN,
        Guard.permission(Permission.ORG_READ),
        Guard.permission(Permission.ORG_SETTINGS),
        Call::organization);
  }

  /** The operator names an organization in the path, its own people need not. */
  private void routes(
      Routes routes,
      String path,
      Guard read,
      Guard write,
      Function<Call, OrganizationId> organization) {
    routes
        .get(path, read, call -> get(call, organization.apply(call)))
        .patch(path, write, call -> edit(call, organization.apply(call)))
        .post(path + "/archive", write, call -> archive(call, organization.apply(call)))
        .post(path + "/restore", write, call -> restore(call, organization.apply(call)))
        .delete(path, write, call -> delete(call, organization.apply(call)), Deletion.PARAMETERS);
  }

  /** The organization that the path of an operator's route names. */
  public static OrganizationId id(Call call) {
    return call.path("id", text -> Fields.id(text, OrganizationId::new));
  }

  /**
   * What a new organization is made of. The currency is fixed for good.
   *
   * @param owner may be left out only where the operator is an owner of every organization
   */
  record Wanted(
      @Nullable String id,
      String name,
      String timeZone,
      String currency,
      FirstOwner.@Nullable Named owner) {
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
    InvalidInput.unless(
        wanted.owner() != null
            || (call.caller() instanceof Caller.Operator operator && operator.ownsOrganizations()),
        "owner",
        "",
        "is required: an organization has an owner from the start");
    return changes.make(
        call.caller(),
        change -> {
          OrganizationRows.Row row = insert(change, id, wanted);
          Map<String, Object> json = json(row);
          if (wanted.owner() != null) {
            json.put("owner", firstOwner.enter(change, new OrganizationId(id), wanted.owner()));
          }
          return Answer.created(json).tagged(row.organization().getVersion());
        });
  }

  private static OrganizationRows.Row insert(Change change, String id, Wanted wanted) {
    Organization organization =
        Organization.newBuilder()
            .setOrganizationId(id)
            .setName(wanted.name())
            .setTimeZone(wanted.timeZone())
            .setCurrency(wanted.currency())
            .setValidFrom(change.now())
            .setVersion(1)
            .build();
    if (!OrganizationRows.insert(change.handle(), organization)) {
      throw Refusal.conflict("id", id, "is taken; ids are never reused");
    }
    return told(change, new OrganizationId(id), "organization.created");
  }

  /** Publishes and audits an organization as its row is now. */
  private static OrganizationRows.Row told(Change change, OrganizationId id, String what) {
    OrganizationRows.Row row = OrganizationRows.find(change.handle(), id, "").orElseThrow();
    change.publish(Topics.ORGANIZATIONS, id.value(), row.organization());
    change.audit(what, id.value(), id);
    return row;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<OrganizationRows.Row> listing =
        new Listing<>(
            OrganizationRows.TABLE, "TRUE", Map.of(), (row, context) -> OrganizationRows.row(row));
    List<OrganizationRows.Row> found = changes.read(handle -> listing.read(handle, page));
    return Answer.ok(page.envelope(found, Organizations::json));
  }

  private Answer get(Call call, OrganizationId id) {
    OrganizationRows.Row row = changes.read(handle -> OrganizationRows.require(handle, id, ""));
    Map<String, Object> json = json(row);
    if (!(call.caller() instanceof Caller.Operator)
        && !call.access().may(Permission.INVOICES_READ)) {
      json.remove(BILLING_EMAIL);
    }
    return Answer.ok(json).tagged(row.organization().getVersion());
  }

  private Answer edit(Call call, OrganizationId id) {
    ObjectNode patch = call.json(ObjectNode.class);
    InvalidInput.unless(
        !patch.has("currency"), "currency", patch.path("currency").asText(), "is fixed for good");
    return shown(
        200,
        changes.make(
            call.caller(),
            change -> {
              OrganizationRows.Row before = locked(call, change.handle(), id);
              ObjectNode document = StrictJson.mapper().valueToTree(before.settings());
              OrganizationSettings settings =
                  StrictJson.read(
                      StrictJson.write(
                          MergePatch.apply(MergePatch.apply(MergePatch.empty(), document), patch)),
                      OrganizationSettings.class);
              if (settings.equals(before.settings())) {
                return before;
              }
              OrganizationRows.update(change.handle(), id, settings);
              return told(change, id, "organization.updated");
            }));
  }

  private Answer contacts(Call call) {
    return shownContacts(
        changes.read(handle -> OrganizationRows.require(handle, call.organization(), "")));
  }

  private Answer setContacts(Call call) {
    FinanceContacts contacts = call.json(FinanceContacts.class);
    return shownContacts(
        changes.make(
            call.caller(),
            change -> {
              OrganizationId id = call.organization();
              OrganizationRows.Row before = locked(call, change.handle(), id);
              if (before.contacts().equals(contacts.contacts())) {
                return before;
              }
              OrganizationRows.update(change.handle(), id, contacts);
              return told(change, id, "organization.finance_contacts.set");
            }));
  }

  private static Answer shownContacts(OrganizationRows.Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization.finance_contacts");
    json.put("contacts", row.contacts());
    return Answer.ok(json).tagged(row.organization().getVersion());
  }

  private static OrganizationRows.Row locked(Call call, Handle handle, OrganizationId id) {
    OrganizationRows.Row row = OrganizationRows.require(handle, id, OrganizationRows.FOR_CHANGE);
    Version.check(call, row.organization().getVersion());
    return row;
  }

  private Answer archive(Call call, OrganizationId id) {
    return shown(
        200,
        changes.make(
            call.caller(),
            change -> {
              OrganizationRows.Row before = locked(call, change.handle(), id);
              if (before.isArchived()) {
                return before;
              }
              TenantRows.archive(change.handle(), OrganizationRows.TABLE, id.value(), change.now());
              life.archived(change, Tenant.of(id));
              return told(change, id, "organization.archived");
            }));
  }

  private Answer restore(Call call, OrganizationId id) {
    return shown(
        200,
        changes.make(
            call.caller(),
            change -> {
              OrganizationRows.Row before = locked(call, change.handle(), id);
              if (!before.isArchived()) {
                return before;
              }
              TenantRows.restore(change.handle(), OrganizationRows.TABLE, id.value(), change.now());
              life.restored(change, Tenant.of(id));
              return told(change, id, "organization.restored");
            }));
  }

  private Answer delete(Call call, OrganizationId id) {
    Deletion deletion = Deletion.of(call);
    changes.makeOnly(
        call.caller(),
        change -> {
          Tenant tenant = Tenant.of(id);
          locked(call, change.handle(), id);
          deletion.check(id.value(), life.lastUse(change.handle(), tenant), change.now());
          TenantRows.delete(change.handle(), OrganizationRows.TABLE, id.value(), change.now());
          life.deleted(change, tenant);
          told(change, id, "organization.deleted");
        });
    return Deleted.answer("organization", id.value());
  }

  /**
   * The organization.
   *
   * @throws Refusal 404 if there is none, or no more
   */
  public static Organization require(Handle handle, OrganizationId id) {
    return OrganizationRows.require(handle, id, "").organization();
  }

  /**
   * As {@link #require}, for what is to be new in it.
   *
   * @throws Refusal 409 if it is archived
   */
  public static Organization requireActive(Handle handle, OrganizationId id) {
    Organization organization = require(handle, id);
    if (organization.getValidUntil() != null) {
      throw Refusal.conflict(
          "organization_id", id.value(), "is archived; it takes nothing new until it is restored");
    }
    return organization;
  }

  /**
   * As {@link #require}, or a deleted one: its ledger stays, for the operator.
   *
   * @throws Refusal 404 if there never was one
   */
  public static Organization requireOfLedger(Handle handle, OrganizationId id) {
    return OrganizationRows.find(handle, id, "")
        .map(OrganizationRows.Row::organization)
        .orElseThrow(() -> Refusal.notFound("organization_id", id.value()));
  }

  /**
   * What is set about it.
   *
   * @throws Refusal 404 if there is none, or no more
   */
  public static OrganizationSettings settings(Handle handle, OrganizationId id) {
    return OrganizationRows.require(handle, id, "").settings();
  }

  private static Answer shown(int status, OrganizationRows.Row row) {
    return Answer.json(status, json(row)).tagged(row.organization().getVersion());
  }

  private static Map<String, Object> json(OrganizationRows.Row row) {
    Organization organization = row.organization();
    Instant until = organization.getValidUntil();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("object", "organization");
    json.put("id", organization.getOrganizationId());
    json.put("name", organization.getName());
    json.put("time_zone", organization.getTimeZone());
    json.put("currency", organization.getCurrency());
    json.put("created_at", organization.getValidFrom().getEpochSecond());
    json.put("archived_at", until == null ? null : until.getEpochSecond());
    json.put("status", TenantRows.status(until, organization.getDeleted()));
    json.put(BILLING_EMAIL, row.settings().billingEmail());
    json.put("members_create_workspaces", row.settings().mayMembersCreateWorkspaces());
    json.put(
        "workspace_admins_invite_outsiders", row.settings().mayWorkspaceAdminsInviteOutsiders());
    json.put("version", organization.getVersion());
    return json;
  }

  /**
   * Has changes within one organization that must see each other come one after the other. Take it
   * before any row of the organization's own is locked, so that no two wait for each other.
   */
  public static void lock(Handle handle, OrganizationId organization) {
    handle.execute(
        "SELECT id FROM organizations WHERE id = ? FOR NO KEY UPDATE", organization.value());
  }

  /** What the topic must hold. */
  public static TopicSource<Organization> published() {
    return new TopicSource<>(
        Topics.ORGANIZATIONS,
        "SELECT * FROM organizations",
        (row, context) -> OrganizationRows.row(row).organization(),
        Organization::getOrganizationId);
  }
}
