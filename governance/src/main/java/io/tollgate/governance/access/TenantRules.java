package io.tollgate.governance.access;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.tenancy.Organizations;
import io.tollgate.governance.tenancy.Plan;
import io.tollgate.governance.tenancy.Plans;
import io.tollgate.schemas.OrganizationId;
import org.jdbi.v3.core.Handle;

/** What an organization's plan and settings say about its people. */
final class TenantRules {
  private TenantRules() {}

  static boolean mayWorkspaceAdminsInvite(Handle handle, OrganizationId organization) {
    return Organizations.settings(handle, organization).mayWorkspaceAdminsInviteOutsiders();
  }

  /**
   * For one more person: those invited have their place already.
   *
   * @throws io.tollgate.http.Refusal 409 if the plan is full or the organization archived
   */
  static void requireRoom(Change change, OrganizationId organization) {
    Organizations.requireActive(change.handle(), organization);
    Plans.requireRoom(
        change,
        organization,
        Plan.Bound.MEMBERS,
        handle ->
            PeopleRows.count(handle, organization)
                + InviteRows.pending(handle, organization, change.now()));
  }
}
