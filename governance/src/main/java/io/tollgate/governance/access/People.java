package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.Page;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Routes;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.avro.Principal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The people of an organization, whom the imitated API calls its users. */
public final class People {
  private static final String PATH = "/v1/organization/users";
  private static final String ONE = PATH + "/{user_id}";

  private final Changes changes;
  private final PersonLife life;

  public People(Changes changes, PersonLife life) {
    this.changes = changes;
    this.life = life;
  }

  public void routes(Routes routes) {
    routes
        .get(
            PATH, Guard.permission(Permission.MEMBERS_READ), this::list, "limit", "after", "emails")
        .get(ONE, Guard.permission(Permission.MEMBERS_READ), this::get)
        .post(ONE, Guard.permission(Permission.MEMBERS_MANAGE), this::edit)
        .delete(ONE, Guard.permission(Permission.MEMBERS_MANAGE), this::remove);
  }

  /** The role that somebody is to have. */
  record Edit(@Nullable String role, @Nullable String tollgateRole) {}

  static String id(Call call) {
    return call.path("user_id", text -> Ids.check("user_id", text));
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    List<String> emails = call.query().list("emails");
    Map<String, String> parameters = new HashMap<>(PeopleRows.in(call.organization()));
    emails.forEach(email -> Inputs.text("emails", email));
    parameters.put("emails", String.join("\n", emails).toLowerCase(Locale.ROOT));
    Listing<Member> listing =
        new Listing<>(
            PeopleRows.MEMBERS,
            "organization_id = :organization AND (:emails = ''"
                + " OR lower(email) = ANY (string_to_array(:emails, E'\\n')))",
            parameters,
            (row, context) -> PeopleRows.member(row));
    return Answer.ok(
        page.envelope(changes.read(handle -> listing.read(handle, page)), Member::json));
  }

  private Answer get(Call call) {
    String id = id(call);
    return Answer.ok(
        changes.read(handle -> PeopleRows.require(handle, call.organization(), id)).json());
  }

  private Answer edit(Call call) {
    String id = id(call);
    Edit edit = call.json(Edit.class);
    OrganizationId organization = call.organization();
    return Answer.ok(
        changes
            .make(
                call.caller(),
                change -> {
                  PeopleRows.lock(change.handle(), organization);
                  Member before = PeopleRows.require(change.handle(), organization, id);
                  OrganizationRole role =
                      DialectRoles.organization(edit.role(), edit.tollgateRole(), before.role());
                  GrantRule.requireTouch(call.access(), before.role());
                  if (role == before.role()) {
                    return before;
                  }
                  GrantRule.requireGrant(call.access(), role);
                  return setRole(change, organization, before, role);
                })
            .json());
  }

  private static Member setRole(
      Change change, OrganizationId organization, Member before, OrganizationRole role) {
    if (before.role() == OrganizationRole.OWNER) {
      PeopleRows.requireOtherOwner(change.handle(), organization, before.id());
    }
    PeopleRows.setRole(change.handle(), organization, before.id(), role);
    Member after = new Member(before.id(), before.email(), before.name(), role, before.addedAt());
    List<AdminKeyRows.Row> ended =
        AdminKeyRows.endMadeBy(change, organization, before.id(), Optional.of(role));
    if (!GrantRule.covers(role, before.role())) {
      InviteRows.revokeBy(change, organization, before.id(), ended);
    }
    change.audit(
        AuditEvent.of("user.updated", "user", before.id())
            .in(organization)
            .from(before.audited())
            .to(after.audited()));
    List<Principal> renewed = PersonPrincipals.renewed(change, before.id());
    AdminKeyRows.publish(change, ended);
    renewed.forEach(change::publish);
    return after;
  }

  /** Everything of the person in this organization ends at once. */
  private Answer remove(Call call) {
    String id = id(call);
    OrganizationId organization = call.organization();
    changes.makeOnly(
        call.caller(),
        change -> {
          PeopleRows.lock(change.handle(), organization);
          Member before = PeopleRows.require(change.handle(), organization, id);
          GrantRule.requireTouch(call.access(), before.role());
          if (before.role() == OrganizationRole.OWNER) {
            PeopleRows.requireOtherOwner(change.handle(), organization, id);
          }
          PeopleRows.leave(change.handle(), organization, id);
          List<AdminKeyRows.Row> ended =
              AdminKeyRows.endMadeBy(change, organization, id, Optional.empty());
          InviteRows.revokeBy(change, organization, id, ended);
          change.audit(
              AuditEvent.of("user.deleted", "user", id).in(organization).from(before.audited()));
          List<Principal> renewed = PersonPrincipals.renewed(change, id);
          life.left(change, organization, Optional.empty(), id);
          AdminKeyRows.publish(change, ended);
          renewed.forEach(change::publish);
        });
    return Deleted.answer("organization.user", id);
  }

  /** A member as the owner of something, in the imitated API's words; empty if there is none. */
  public static Optional<Map<String, Object>> owner(
      Handle handle, OrganizationId organization, String userId) {
    return PeopleRows.member(handle, organization, userId)
        .map(
            member -> {
              Map<String, Object> json = new LinkedHashMap<>();
              json.put("id", member.id());
              json.put("name", member.name());
              json.put("email", member.email());
              json.put("created_at", member.addedAt().getEpochSecond());
              json.put("role", DialectRoles.of(member.role()));
              return json;
            });
  }
}
