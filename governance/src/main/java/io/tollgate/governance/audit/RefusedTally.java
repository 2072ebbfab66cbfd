package io.tollgate.governance.audit;

import io.tollgate.governance.store.Actor;
import io.tollgate.governance.store.AuditChains;
import io.tollgate.governance.store.AuditEntry;
import io.tollgate.governance.store.AuditEvent;
import io.tollgate.governance.store.AuditText;
import io.tollgate.governance.tenancy.Workspaces;
import io.tollgate.http.RefusedAttempt;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A row of refused attempts before it is written: the first of them, how many there were, and at
 * which routes. Guarded by whoever holds it until {@link #draft}.
 */
final class RefusedTally {
  /** Stands for callers, and for routes, that are too many to be told one by one. */
  static final String OTHERS = "others";

  private static final int MOST_ROUTES = 10;
  private static final Logger LOG = LoggerFactory.getLogger(RefusedTally.class);

  private final Instant first;
  private final Actor actor;
  private final RefusedAttempt attempt;
  private final Optional<OrganizationId> organization;
  private final Map<String, Long> routes = new TreeMap<>();
  private final CountDownLatch written = new CountDownLatch(1);

  /** Whether all attempts were about the workspace of the first, or all about none. */
  private boolean isOfOneWorkspace = true;

  private long count;

  RefusedTally(
      Instant first, Actor actor, RefusedAttempt attempt, Optional<OrganizationId> organization) {
    this.first = first;
    this.actor = actor;
    this.attempt = attempt;
    this.organization = organization;
  }

  void add(RefusedAttempt another) {
    count++;
    isOfOneWorkspace &= another.workspace().equals(attempt.workspace());
    String what = another.status() + " " + another.origin().route();
    boolean isListed = routes.size() < MOST_ROUTES || routes.containsKey(what);
    routes.merge(isListed ? what : OTHERS, 1L, Long::sum);
  }

  /** This one with what a later one of the same row counted. */
  RefusedTally with(RefusedTally later) {
    count += later.count;
    isOfOneWorkspace &=
        later.isOfOneWorkspace && later.attempt.workspace().equals(attempt.workspace());
    later.routes.forEach((route, more) -> routes.merge(route, more, Long::sum));
    return this;
  }

  long count() {
    return count;
  }

  void awaitWritten(Duration most) {
    try {
      if (!written.await(most.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("an attempt is answered before its row is written");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void written() {
    written.countDown();
  }

  AuditChains.Draft draft(Handle handle) {
    boolean isMixed = actor.kind().equals(OTHERS);
    Map<String, Object> asked = new LinkedHashMap<>();
    asked.put("status", attempt.status());
    asked.put("code", attempt.code());
    asked.put("path", AuditText.line(attempt.path()));
    attempt.organization().ifPresent(named -> asked.put("organization", AuditText.line(named)));
    if (count > 1) {
      asked.put("attempts", new TreeMap<>(routes));
    }
    return new AuditChains.Draft(
        first,
        AuditEvent.of("attempt.refused", "route", attempt.origin().route())
            .in(organization.orElse(null))
            .in(workspace(handle).orElse(null))
            .to(asked),
        AuditEntry.Outcome.REFUSED,
        count,
        actor,
        isMixed ? null : attempt.origin().address(),
        isMixed ? null : attempt.origin().route());
  }

  /** The one that all name, if it is one of the organization whose chain tells of it. */
  private Optional<WorkspaceId> workspace(Handle handle) {
    return isOfOneWorkspace && organization.isPresent()
        ? attempt.workspace().filter(named -> Workspaces.exists(handle, organization.get(), named))
        : Optional.empty();
  }
}
