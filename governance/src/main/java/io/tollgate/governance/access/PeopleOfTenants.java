package io.tollgate.governance.access;

import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.tenancy.Tenant;
import io.tollgate.governance.tenancy.TenantLife;
import io.tollgate.http.Caller;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import io.tollgate.schemas.WorkspaceRole;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What becomes of people when a workspace begins or a tenant ends. It stands around what becomes of
 * the keys: rows of people are changed before it and published after it.
 */
public final class PeopleOfTenants implements TenantLife {
  private final TenantLife keys;

  public PeopleOfTenants(TenantLife keys) {
    this.keys = keys;
  }

  /** A person administers what the person makes; an admin key makes it for its organization. */
  @Override
  public void created(Change change, Tenant workspace) {
    keys.created(change, workspace);
    if (change.caller() instanceof Caller.Person person) {
      workspace
          .workspace()
          .ifPresent(
              id -> {
                PeopleRows.setRole(
                    change, workspace.organization(), id, person.id(), WorkspaceRole.ADMIN);
                change.audit(
                    AuditEvent.of("project.user.added", "project.user", person.id())
                        .in(workspace.organization())
                        .in(id)
                        .to(Map.of("role", WorkspaceRole.ADMIN.wireName())));
                PersonPrincipals.republish(change, person.id());
              });
    }
  }

  @Override
  public void archived(Change change, Tenant tenant) {
    keys.archived(change, tenant);
  }

  @Override
  public void restored(Change change, Tenant tenant) {
    keys.restored(change, tenant);
  }

  @Override
  public void deleted(Change change, Tenant tenant) {
    List<Principal> renewed = new ArrayList<>();
    List<AdminKeyRows.Row> ended = new ArrayList<>();
    if (tenant.workspace().isPresent()) {
      WorkspaceId workspace = tenant.workspace().get();
      for (String person : PeopleRows.peopleOf(change.handle(), workspace)) {
        PeopleRows.leave(change.handle(), workspace, person);
        renewed.addAll(PersonPrincipals.renewed(change, person));
      }
    } else {
      OrganizationId organization = tenant.organization();
      for (String person : PeopleRows.peopleOf(change.handle(), organization)) {
        PeopleRows.leave(change.handle(), organization, person);
        renewed.addAll(PersonPrincipals.renewed(change, person));
      }
      for (AdminKeyRows.Row key : AdminKeyRows.alive(change.handle(), organization)) {
        ended.add(AdminKeyRows.end(change, key));
      }
      InviteRows.revokeAll(change, organization);
    }
    keys.deleted(change, tenant);
    AdminKeyRows.publish(change, ended);
    renewed.forEach(change::publish);
  }

  @Override
  public Optional<Instant> lastUse(Handle handle, Tenant tenant) {
    return keys.lastUse(handle, tenant);
  }
}
