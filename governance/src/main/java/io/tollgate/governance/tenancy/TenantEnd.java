package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Listing;
import io.tollgate.schemas.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Since when a workspace, or the organization it is in, is archived or deleted. */
public final class TenantEnd {
  private TenantEnd() {}

  /** Empty while both are active. */
  public static Optional<Instant> of(Handle handle, WorkspaceId workspace) {
    return handle
        .createQuery(
            "SELECT least(w.archived_at, w.deleted_at, o.archived_at, o.deleted_at) AS ended"
                + " FROM workspaces w JOIN organizations o ON o.id = w.organization_id"
                + " WHERE w.id = :id")
        .bind("id", workspace.value())
        .map((row, context) -> Optional.ofNullable(Listing.optionalInstant(row, "ended")))
        .one();
  }
}
