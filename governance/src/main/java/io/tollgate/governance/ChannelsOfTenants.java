package io.tollgate.governance;

import io.tollgate.governance.notify.AlertChannels;
import io.tollgate.governance.store.Change;
import io.tollgate.governance.tenancy.Tenant;
import io.tollgate.governance.tenancy.TenantLife;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What becomes of alert channels when a tenant ends: they do too, and what waits for them is not
 * sent. It stands around what becomes of people and keys, which publish what they change.
 */
record ChannelsOfTenants(TenantLife others) implements TenantLife {
  @Override
  public void created(Change change, Tenant workspace) {
    others.created(change, workspace);
  }

  @Override
  public void archived(Change change, Tenant tenant) {
    others.archived(change, tenant);
  }

  @Override
  public void restored(Change change, Tenant tenant) {
    others.restored(change, tenant);
  }

  @Override
  public void deleted(Change change, Tenant tenant) {
    AlertChannels.endAll(change, tenant.organization(), tenant.workspace());
    others.deleted(change, tenant);
  }

  @Override
  public Optional<Instant> lastUse(Handle handle, Tenant tenant) {
    return others.lastUse(handle, tenant);
  }
}
