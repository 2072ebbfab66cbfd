package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Fields;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Lifetime;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Caller;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Admin keys: each has a role in one organization, at most that of whoever made it. */
public final class AdminKeys {
  private static final String PATH = "/v1/organization/admin_api_keys";
  private static final String ONE = PATH + "/{key_id}";

  /** Of one organization at a time. */
  private static final int MOST = 100;

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;

  public AdminKeys(Changes changes, NewIds ids, RandomGenerator random) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
  }

  public void routes(Routes routes) {
    routes
        .post(
            "/v1/platform/organizations/{id}/admin_api_keys",
            Guard.operator(),
            this::createByOperator)
        .post(PATH, Guard.permission(Permission.MEMBERS_MANAGE), this::create)
        .get(PATH, Guard.permission(Permission.MEMBERS_READ), this::list, "limit", "after", "order")
        .get(ONE, Guard.permission(Permission.MEMBERS_READ), this::get)
        .delete(ONE, Guard.permission(Permission.MEMBERS_MANAGE), this::delete);
  }

  /**
   * What a new admin key is made of.
   *
   * @param tollgateRole of the key; the caller's own if left out
   */
  record Wanted(String name, @Nullable String tollgateRole, @Nullable Long expiresInSeconds) {
    Wanted {
      Inputs.text("name", name);
      Lifetime.check(expiresInSeconds);
    }

    OrganizationRole roleOr(Optional<OrganizationRole> callers) {
      if (tollgateRole == null) {
        return callers.orElseThrow(
            () -> new InvalidInput("tollgate_role", "", "must say what the key may"));
      }
      return DialectRoles.organization(null, tollgateRole, null);
    }
  }

  private Answer createByOperator(Call call) {
    OrganizationId organization = call.path("id", text -> Fields.id(text, OrganizationId::new));
    Wanted wanted = call.json(Wanted.class);
    OrganizationRole role = wanted.roleOr(Optional.of(OrganizationRole.OWNER));
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              Organizations.require(change.handle(), organization);
              PeopleRows.lock(change.handle(), organization);
              requireOwnerless(change, organization, call.caller());
              return insert(change, organization, wanted, role, call.caller().id());
            }));
  }

  /** A key made for oneself would be a grant without an end. */
  private static void requireOwnerless(Change change, OrganizationId organization, Caller caller) {
    boolean owns = caller instanceof Caller.Operator operator && operator.ownsOrganizations();
    if (!owns && PeopleRows.hasOwner(change.handle(), organization)) {
      throw Refusal.forbidden(
          "the organization has an owner, who makes its admin keys; the operator asks for a grant");
    }
  }

  private Answer create(Call call) {
    Wanted wanted = call.json(Wanted.class);
    OrganizationRole role = wanted.roleOr(call.access().role());
    if (!GrantRule.covers(call.access(), role)) {
      throw Refusal.forbidden(
          "nobody grants what they lack: you may not do all that " + role.wireName() + " may");
    }
    OrganizationId organization = call.organization();
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              PeopleRows.lock(change.handle(), organization);
              return insert(change, organization, wanted, role, call.caller().id());
            }));
  }

  private Map<String, Object> insert(
      Change change,
      OrganizationId organization,
      Wanted wanted,
      OrganizationRole role,
      String createdBy) {
    int there = AdminKeyRows.alive(change.handle(), organization).size();
    if (there >= MOST) {
      throw Refusal.conflict(
          "admin_api_keys", Integer.toString(there), "an organization has at most " + MOST);
    }
    Secret secret = Secret.make(Secret.Kind.ADMIN_KEY, random);
    Instant until = Lifetime.end(wanted.expiresInSeconds(), change.now());
    AdminKeyRows.Row row =
        new AdminKeyRows.Row(
            ids.next("key"),
            organization,
            wanted.name(),
            role,
            secret.hash(),
            secret.prefix(),
            secret.lastFour(),
            createdBy,
            change.now(),
            until,
            1);
    AdminKeyRows.insert(change.handle(), row);
    change.audit(
        AuditEvent.of("admin_api_key.created", "admin_api_key", row.id())
            .in(organization)
            .to(Map.of("name", row.name(), "role", role.wireName())));
    AdminKeyRows.publish(change, List.of(row));
    Map<String, Object> json = row.json();
    json.put("value", secret.value());
    return json;
  }

  private Answer list(Call call) {
    call.query()
        .text("order")
        .ifPresent(
            order ->
                InvalidInput.unless(
                    order.equals("asc"), "order", order, "must be asc: the oldest come first"));
    Page page = Page.of(call);
    Listing<AdminKeyRows.Row> listing =
        new Listing<>(
            "admin_keys",
            AdminKeyRows.ALIVE,
            PeopleRows.in(call.organization()),
            (row, context) -> AdminKeyRows.row(row));
    return Answer.ok(
        page.envelope(changes.read(handle -> listing.read(handle, page)), AdminKeyRows.Row::json));
  }

  private static String id(Call call) {
    return call.path("key_id", text -> Ids.check("key_id", text));
  }

  private Answer get(Call call) {
    String id = id(call);
    return Answer.ok(
        changes
            .read(handle -> AdminKeyRows.find(handle, call.organization(), id))
            .orElseThrow(() -> Refusal.notFound("key_id", id))
            .json());
  }

  private Answer delete(Call call) {
    String id = id(call);
    OrganizationId organization = call.organization();
    changes.makeOnly(
        call.caller(),
        change -> {
          PeopleRows.lock(change.handle(), organization);
          AdminKeyRows.Row row =
              AdminKeyRows.find(change.handle(), organization, id)
                  .orElseThrow(() -> Refusal.notFound("key_id", id));
          GrantRule.requireTouch(call.access(), row.role());
          AdminKeyRows.publish(change, List.of(AdminKeyRows.end(change, row)));
        });
    return Deleted.answer("organization.admin_api_key", id);
  }

  /** What is published of every admin key there ever was. */
  public static List<Principal> principals(Handle handle) {
    return AdminKeyRows.principals(handle);
  }
}
