package io.tollgate.governance.keys;

import io.tollgate.governance.store.Change;
import io.tollgate.governance.store.Listing;
import io.tollgate.governance.tenancy.Tenant;
import io.tollgate.governance.tenancy.TenantLife;
import io.tollgate.schemas.WorkspaceId;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What becomes of keys when the workspace or organization they are in rests, wakes or ends. While
 * it is archived their secrets open nothing; the keys themselves go on, so that all is as it was
 * once it is restored.
 */
public final class KeysOfTenants implements TenantLife {
  private final KeyChanges keys;

  public KeysOfTenants(ApiKeys apiKeys) {
    this.keys = apiKeys.keyChanges();
  }

  @Override
  public void created(Change change, Tenant workspace) {}

  @Override
  public void archived(Change change, Tenant tenant) {
    keys.republishAll(change, column(tenant), tenant.id());
  }

  @Override
  public void restored(Change change, Tenant tenant) {
    keys.republishAll(change, column(tenant), tenant.id());
  }

  @Override
  public void deleted(Change change, Tenant tenant) {
    keys.revokeAll(change, column(tenant), tenant.id());
  }

  @Override
  public Optional<Instant> lastUse(Handle handle, Tenant tenant) {
    return handle
        .createQuery(
            "SELECT max(last_used_at) AS used FROM api_keys WHERE organization_id = :organization"
                + " AND (CAST(:workspace AS text) IS NULL OR workspace_id = :workspace)")
        .bind("organization", tenant.organization().value())
        .bind("workspace", tenant.workspace().map(WorkspaceId::value).orElse(null))
        .map((row, context) -> Optional.ofNullable(Listing.optionalInstant(row, "used")))
        .one();
  }

  private static String column(Tenant tenant) {
    return tenant.workspace().isPresent() ? "workspace_id" : "organization_id";
  }
}
