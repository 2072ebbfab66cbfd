package io.tollgate.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;

/**
 * A role with routes. Several of them share one listener, or each has its own behind a reverse
 * proxy.
 */
public interface HttpRole {
  /** As {@code /health} names it, such as {@code governance}. */
  String name();

  /** Declares the role's routes; called once, before the listener starts. */
  void routes(Routes routes);

  /**
   * Whether a workspace is this organization's. Asked before a caller is told that it may not do
   * something in one: of a foreign tenant's it hears that there is none. A role that cannot tell
   * says yes.
   */
  default boolean has(OrganizationId organization, WorkspaceId workspace) {
    return true;
  }

  /**
   * Whether how often one caller may ask is bounded: where an answer costs a database something.
   * Gateways' own routes are not; what bounds them is how many requests run at once.
   */
  default boolean boundsRates() {
    return false;
  }

  /** Registers what the role measures; called once, before the listener starts. */
  default void metrics(MeterRegistry meters) {}

  /**
   * Told of every refused attempt on one of its routes, on the request's thread before the answer
   * is sent: a role may wait a bounded moment to keep it first. Must not throw.
   */
  default void refused(RefusedAttempt attempt) {}

  /**
   * Whether the role can do its work now; called on every {@code /health}, so it answers from
   * memory.
   */
  Health health();
}
