package io.tollgate.governance.store;

import io.tollgate.http.Caller;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A change under way: its transaction, its instant, what it publishes and its audit row. All of it
 * is committed together or not at all.
 */
public final class Change {
  private final Handle handle;
  private final Instant now;
  private final Caller caller;
  private final List<Principal> principals = new ArrayList<>();

  public Change(Handle handle, Instant now, Caller caller) {
    this.handle = handle;
    this.now = now;
    this.caller = caller;
  }

  public Handle handle() {
    return handle;
  }

  /**
   * The one instant of this change, in whole milliseconds, as the records on the topics have it.
   */
  public Instant now() {
    return now;
  }

  /** Publishes a record once this change is committed. */
  public <V extends SpecificRecord> void publish(Topic<V> topic, String key, V value) {
    Outbox.add(handle, now, topic, key, value);
  }

  /** Removes a key from a compacted topic once this change is committed. */
  public void remove(Topic<?> topic, String key) {
    Outbox.addRemoval(handle, now, topic, key);
  }

  /** Publishes a principal, and lets it in here as soon as this change is committed. */
  public void publish(Principal principal) {
    publish(Topics.PRINCIPALS, principal.getKeyHash(), principal);
    principals.add(principal);
  }

  public List<Principal> principals() {
    return List.copyOf(principals);
  }

  /** Says who did what to which thing. */
  public void audit(String what, String subject, @Nullable OrganizationId organization) {
    handle
        .createUpdate(
            "INSERT INTO audit (at, who, what, subject, organization_id)"
                + " VALUES (:at, :who, :what, :subject, :organization)")
        .bind("at", now)
        .bind("who", caller.id())
        .bind("what", what)
        .bind("subject", subject)
        .bind("organization", organization == null ? null : organization.value())
        .execute();
  }
}
