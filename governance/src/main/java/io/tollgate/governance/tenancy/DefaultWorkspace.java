package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.NewIds;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import org.jdbi.v3.core.Handle;

/** The workspace of each organization that takes keys for which none is named. */
public final class DefaultWorkspace {
  /** What it is called until somebody renames it. */
  private static final String NAME = "Default project";

  private final NewIds ids;

  public DefaultWorkspace(NewIds ids) {
    this.ids = ids;
  }

  /**
   * The default workspace, made now if there is none yet. Call it before anything is published.
   *
   * @throws Refusal 404 without the organization, 409 if it is archived or its plan has no room
   */
  public WorkspaceId require(Change change, OrganizationId organization) {
    Handle handle = change.handle();
    Organizations.requireActive(handle, organization);
    return WorkspaceRows.findDefault(handle, organization)
        .or(
            () -> {
              // Somebody else may be making it: look again under the lock.
              OrganizationRows.require(handle, organization, OrganizationRows.FOR_CHANGE);
              return WorkspaceRows.findDefault(handle, organization);
            })
        .orElseGet(() -> make(change, organization))
        .id();
  }

  private WorkspaceRows.Row make(Change change, OrganizationId organization) {
    Workspaces.requireRoom(change, organization);
    WorkspaceId id = new WorkspaceId(ids.next("proj"));
    WorkspaceTerms terms = WorkspaceTerms.named(NAME);
    if (!WorkspaceRows.insert(change.handle(), organization, id, terms, true, change.now())) {
      throw new IllegalStateException("a random id was taken: " + id);
    }
    return Workspaces.told(change, organization, id, "project.created");
  }
}
