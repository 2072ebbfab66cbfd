package io.tollgate.governance.tenancy;

import io.tollgate.http.Refusal;
import io.tollgate.schemas.ApiKeyId;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import org.jdbi.v3.core.Handle;

/** Where in the tenancy tree an API key is. */
public final class KeyHome {
  private KeyHome() {}

  /**
   * The workspace of a key, also of one that has ended.
   *
   * @throws Refusal 404 if the organization has no such key
   */
  public static WorkspaceId require(Handle handle, OrganizationId organization, ApiKeyId id) {
    return handle
        .createQuery(
            "SELECT workspace_id FROM api_keys"
                + " WHERE id = :id AND organization_id = :organization")
        .bind("id", id.value())
        .bind("organization", organization.value())
        .map((row, context) -> new WorkspaceId(row.getString("workspace_id")))
        .findOne()
        .orElseThrow(() -> Refusal.notFound("api_key_id", id.value()));
  }
}
