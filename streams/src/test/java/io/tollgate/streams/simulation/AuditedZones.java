package io.tollgate.streams.simulation;

import io.tollgate.schemas.avro.Organization;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Since when the line has cut periods of each organization in which zone: since a task with its
 * usage has seen the zone published.
 */
final class AuditedZones {
  private final AuditedTables tables;
  private final Map<String, AuditedPeriods> byOrganization = new HashMap<>();

  AuditedZones(AuditedTables tables) {
    this.tables = tables;
  }

  /**
   * A task with an organization's usage has worked.
   *
   * @param at what its instance knew then
   */
  void see(String organization, TablePositions at, Instant now) {
    Organization row = tables.organization(organization, at);
    if (row != null) {
      byOrganization
          .computeIfAbsent(organization, id -> new AuditedPeriods(row.getTimeZone()))
          .see(row.getTimeZone(), now);
    }
  }

  /** The periods of an organization with usage. */
  AuditedPeriods of(String organization) {
    return Objects.requireNonNull(byOrganization.get(organization), organization);
  }

  /** The same of any; one without usage has those of the zone that is published. */
  @Nullable AuditedPeriods of(String organization, TablePositions at) {
    AuditedPeriods known = byOrganization.get(organization);
    Organization row = tables.organization(organization, at);
    return known != null || row == null ? known : new AuditedPeriods(row.getTimeZone());
  }
}
