package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Listing;
import io.tollgate.schemas.WorkspaceId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Since when a workspace, or the organization it is in, is archived or deleted. */
public final class TenantEnd {
  private static final String ENDED =
      "least(w.archived_at, w.deleted_at, o.archived_at, o.deleted_at) AS ended";
  private static final String TENANTS =
      " FROM workspaces w JOIN organizations o ON o.id = w.organization_id";

  private TenantEnd() {}

  /** Empty while both are active. */
  public static Optional<Instant> of(Handle handle, WorkspaceId workspace) {
    return handle
        .createQuery("SELECT " + ENDED + TENANTS + " WHERE w.id = :id")
        .bind("id", workspace.value())
        .map((row, context) -> Optional.ofNullable(Listing.optionalInstant(row, "ended")))
        .one();
  }

  /** Of all workspaces that are not active, at once. */
  public static Map<WorkspaceId, Instant> all(Handle handle) {
    return handle
        .createQuery(
            "SELECT w.id, "
                + ENDED
                + TENANTS
                + " WHERE num_nonnulls(w.archived_at, w.deleted_at,"
                + " o.archived_at, o.deleted_at) > 0")
        .map(
            (row, context) ->
                Map.entry(new WorkspaceId(row.getString("id")), Listing.instant(row, "ended")))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
