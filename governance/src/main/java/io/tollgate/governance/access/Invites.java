package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Changes;
import io.tollgate.governance.store.Deleted;
import io.tollgate.governance.store.Inputs;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.store.NewIds;
import io.tollgate.governance.store.Page;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.Access;
import io.tollgate.http.Answer;
import io.tollgate.http.Call;
import io.tollgate.http.Guard;
import io.tollgate.http.Refusal;
import io.tollgate.http.Routes;
import io.tollgate.http.Secret;
import io.tollgate.schemas.Ids;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.OrganizationRole;
import io.tollgate.schemas.Permission;
import io.tollgate.schemas.WorkspaceId;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/**
 * Invites: the answer has a token once, which whoever invites hands on. With a personal key it adds
 * a membership to the person who has the key; without one it makes a new person, whatever the
 * address says, because nobody has shown yet to be who has that address.
 */
public final class Invites {
  private static final String PATH = "/v1/organization/invites";
  private static final String ONE = PATH + "/{invite_id}";

  private final Changes changes;
  private final NewIds ids;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final PersonalKeys keys;

  public Invites(
      Changes changes, NewIds ids, RandomGenerator random, InstantSource clock, PersonalKeys keys) {
    this.changes = changes;
    this.ids = ids;
    this.random = random;
    this.clock = clock;
    this.keys = keys;
  }

  public void routes(Routes routes) {
    Guard manage = Guard.permission(Permission.MEMBERS_MANAGE).somewhereAtLeast();
    routes
        .post(PATH + "/accept", Guard.anyone(), this::accept)
        .post(PATH + "/join", Guard.person(), this::join)
        .post(PATH, manage, this::create)
        .get(PATH, Guard.permission(Permission.MEMBERS_READ), this::list, Page.PARAMETERS)
        .get(ONE, Guard.permission(Permission.MEMBERS_READ), this::get)
        .delete(ONE, manage, this::revoke)
        .post(ONE + "/resend", manage, this::resend);
  }

  /** Who accepts, and what the person's first key is to be called. */
  record Acceptance(String token, String name) {
    Acceptance {
      Inputs.text("token", token);
      Inputs.text("name", name);
    }
  }

  /** A token alone, of somebody who is known. */
  record Joining(String token) {
    Joining {
      Inputs.text("token", token);
    }
  }

  private static String id(Call call) {
    return call.path("invite_id", text -> Ids.check("invite_id", text));
  }

  private Answer create(Call call) {
    InviteTerms terms = call.json(InviteTerms.class);
    OrganizationId organization = call.organization();
    Secret token = Secret.make(Secret.Kind.INVITE, random);
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              PeopleRows.lock(change.handle(), organization);
              requireMay(change, call, terms.organizationRole(), terms.workspaces().keySet());
              terms
                  .workspaces()
                  .forEach(
                      (workspace, role) -> {
                        GrantRule.requireGrant(call.access(), role, workspace);
                        Workspaces.require(change.handle(), organization, workspace);
                      });
              requireNew(change, organization, terms.email());
              TenantRules.requireRoom(change, organization);
              InviteRows.Row row =
                  new InviteRows.Row(
                      ids.next("invite"),
                      organization,
                      terms.email(),
                      terms.organizationRole(),
                      terms.workspaces(),
                      call.caller().id(),
                      change.now(),
                      terms.expiry(change.now()),
                      null);
              InviteRows.insert(change.handle(), row, token.hash());
              change.audit(event("invite.sent", row).to(row.audited()));
              return withToken(row, change, token);
            }));
  }

  /**
   * An admin of workspaces invites outsiders as members of these only, if a setting does not forbid
   * it.
   */
  private static void requireMay(
      Change change, Call call, OrganizationRole role, Set<WorkspaceId> workspaces) {
    Access access = call.access();
    if (access.may(Permission.MEMBERS_MANAGE)) {
      GrantRule.requireGrant(access, role);
      return;
    }
    if (role != OrganizationRole.MEMBER || workspaces.isEmpty()) {
      throw Refusal.forbidden(
          "as an admin of single projects you may invite members of these only");
    }
    workspaces.forEach(workspace -> access.require(Permission.MEMBERS_MANAGE, workspace));
    if (!TenantRules.mayWorkspaceAdminsInvite(change.handle(), call.organization())) {
      throw Refusal.forbidden(
          "a setting of the organization forbids admins of projects to invite outsiders");
    }
  }

  private static void requireNew(Change change, OrganizationId organization, String email) {
    if (!PeopleRows.byEmail(change.handle(), organization, email).isEmpty()) {
      throw Refusal.conflict("email", email, "is a member already");
    }
    if (InviteRows.isPending(change.handle(), organization, email, change.now())) {
      throw Refusal.conflict("email", email, "is invited already; resend or revoke that invite");
    }
  }

  private static AuditEvent event(String what, InviteRows.Row row) {
    return AuditEvent.of(what, "invite", row.id()).in(row.organization());
  }

  private static Map<String, Object> withToken(InviteRows.Row row, Change change, Secret token) {
    Map<String, Object> json = row.json(change.now());
    json.put("token", token.value());
    return json;
  }

  private Answer list(Call call) {
    Page page = Page.of(call);
    Listing<InviteRows.Row> listing =
        new Listing<>(
            "invites",
            InviteRows.LISTED,
            PeopleRows.in(call.organization()),
            (row, context) -> InviteRows.row(row));
    return Answer.ok(
        page.envelope(
            changes.read(handle -> listing.read(handle, page)), row -> row.json(clock.instant())));
  }

  private Answer get(Call call) {
    String id = id(call);
    return Answer.ok(
        changes
            .read(handle -> InviteRows.require(handle, call.organization(), id, ""))
            .json(clock.instant()));
  }

  private Answer resend(Call call) {
    Secret token = Secret.make(Secret.Kind.INVITE, random);
    return Answer.ok(
        changeOne(
            call,
            (change, row) -> {
              InviteRows.Row renewed =
                  new InviteRows.Row(
                      row.id(),
                      row.organization(),
                      row.email(),
                      row.role(),
                      row.workspaces(),
                      row.invitedBy(),
                      row.createdAt(),
                      change.now().plus(InviteTerms.USUAL),
                      null);
              InviteRows.renew(change.handle(), row.id(), token.hash(), renewed.expiresAt());
              change.audit(event("invite.sent", row).to(row.audited()));
              return withToken(renewed, change, token);
            }));
  }

  private Answer revoke(Call call) {
    return Answer.ok(
        changeOne(
            call,
            (change, row) -> {
              InviteRows.revoke(change, row.id());
              change.audit(event("invite.deleted", row).from(row.audited()));
              return Deleted.json("organization.invite", row.id());
            }));
  }

  /** Changes an invite that was not accepted, and that the caller could have made. */
  private Map<String, Object> changeOne(
      Call call, BiFunction<Change, InviteRows.Row, Map<String, Object>> work) {
    String id = id(call);
    OrganizationId organization = call.organization();
    return changes.make(
        call.caller(),
        change -> {
          PeopleRows.lock(change.handle(), organization);
          InviteRows.Row row = InviteRows.require(change.handle(), organization, id, "FOR UPDATE");
          requireMay(change, call, row.role(), row.workspaces().keySet());
          if (row.acceptedAt() != null) {
            throw Refusal.conflict("invite_id", id, "was accepted already");
          }
          return work.apply(change, row);
        });
  }

  private Answer accept(Call call) {
    Acceptance acceptance = call.json(Acceptance.class);
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              InviteRows.Row row = open(change, acceptance.token());
              PeopleRows.Person person =
                  new PeopleRows.Person(
                      ids.next("user"), row.email(), acceptance.name(), change.now());
              PeopleRows.insert(change.handle(), person);
              Map<String, Object> key =
                  keys.make(change, person.id(), new PersonalKeys.Wanted("first", null));
              Map<String, Object> json = enter(change, row, person.id());
              json.put("personal_key", key);
              return json;
            }));
  }

  private Answer join(Call call) {
    Joining joining = call.json(Joining.class);
    String person = call.caller().id();
    return Answer.created(
        changes.<Map<String, Object>>make(
            call.caller(),
            change -> {
              InviteRows.Row row = open(change, joining.token());
              if (PeopleRows.member(change.handle(), row.organization(), person).isPresent()) {
                throw Refusal.conflict("user_id", person, "is a member already");
              }
              return enter(change, row, person);
            }));
  }

  private static InviteRows.Row open(Change change, String token) {
    Optional<InviteRows.Row> open =
        InviteRows.open(change.handle(), new Secret(token).hash(), change.now());
    return open.orElseThrow(
        () -> Refusal.forbidden("this token opens no invite: it was used, revoked or has expired"));
  }

  private static Map<String, Object> enter(Change change, InviteRows.Row row, String person) {
    PeopleRows.lock(change.handle(), row.organization());
    InviteRows.accepted(change, row.id(), person);
    PeopleRows.join(change, row.organization(), person, row.role());
    row.workspaces()
        .forEach(
            (workspace, role) -> {
              if (Workspaces.exists(change.handle(), row.organization(), workspace)) {
                PeopleRows.setRole(change, row.organization(), workspace, person, role);
              }
            });
    Member member = PeopleRows.require(change.handle(), row.organization(), person);
    change.audit(event("invite.accepted", row).to(row.audited()));
    change.audit(
        AuditEvent.of("user.added", "user", person).in(row.organization()).to(member.audited()));
    PersonPrincipals.republish(change, person);
    Map<String, Object> json = member.json();
    json.put("organization_id", row.organization().value());
    return json;
  }
}
