package io.tollgate.governance.store;

import io.tollgate.http.Caller;
import io.tollgate.http.Origin;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.Topic;
import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Principal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final List<AuditChains.Draft> audit = new ArrayList<>();

  public Change(Handle handle, Instant now, Caller caller) {
    this.handle = handle;
    this.now = now;
    this.caller = caller;
  }

  /** Who makes it. */
  public Caller caller() {
    return caller;
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

  /** Says who did what to which thing, in words only; {@link #audit(AuditEvent)} says how. */
  public void audit(String what, String subject, @Nullable OrganizationId organization) {
    audit(AuditEvent.of(what, subject, organization));
  }

  /** Says what was done to which thing; who did it, when and from where is known. */
  public void audit(AuditEvent event) {
    Optional<Origin> origin = Origin.current();
    audit.add(
        new AuditChains.Draft(
            now,
            event,
            AuditEntry.Outcome.DONE,
            1,
            Actor.of(caller),
            origin.map(Origin::address).orElse(null),
            origin.map(Origin::route).orElse(null)));
  }

  /**
   * Writes the audit rows, as the last thing before the commit: the ends of the chains are locked
   * from here on, for a moment, and never before the outbox is.
   */
  void writeAudit() {
    AuditChains.append(handle, now, audit);
    audit.clear();
  }
}
