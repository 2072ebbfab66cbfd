package io.tollgate.governance.tenancy;

import io.tollgate.governance.store.Change;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What a tenant's beginning and end mean for what is known further up: its keys and its people. All
 * of it happens in the transaction of the change, before the tenant's own record is published; who
 * implements it changes rows first and publishes then, as every change does, so that no two changes
 * wait for each other.
 */
public interface TenantLife {
  /** A workspace was made by a caller: whoever that is administers it. */
  void created(Change change, Tenant workspace);

  /** It was archived: its keys open nothing until it is restored. Nothing ends for good. */
  void archived(Change change, Tenant tenant);

  /** It was restored: its keys open what they did, unless they have ended themselves. */
  void restored(Change change, Tenant tenant);

  /**
   * It was deleted: its keys end at once and for good; of an organization, what its people and
   * admin keys may do in it as well.
   */
  void deleted(Change change, Tenant tenant);

  /** When one of its keys was last used; empty if none ever was. */
  Optional<Instant> lastUse(Handle handle, Tenant tenant);
}
