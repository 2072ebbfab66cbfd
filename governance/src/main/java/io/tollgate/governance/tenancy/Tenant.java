package io.tollgate.governance.tenancy;

import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.util.Optional;

/** An organization with all that is in it, or one of its workspaces. */
public record Tenant(OrganizationId organization, Optional<WorkspaceId> workspace) {
  static Tenant of(OrganizationId organization) {
    return new Tenant(organization, Optional.empty());
  }

  static Tenant of(OrganizationId organization, WorkspaceId workspace) {
    return new Tenant(organization, Optional.of(workspace));
  }

  /** Of the workspace if it is one, else of the organization. */
  public String id() {
    return workspace.map(WorkspaceId::value).orElse(organization.value());
  }
}
