package io.tollgate.streams;

import io.tollgate.schemas.avro.Organization;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The organizations that governance published; changed by the global thread, read by stream
 * threads.
 */
final class OrganizationRows {
  private static final Logger LOG = LoggerFactory.getLogger(OrganizationRows.class);

  private final Map<String, Organization> byId = new ConcurrentHashMap<>();
  private final ChangeLog changes = new ChangeLog();

  void change(String id, @Nullable Organization organization) {
    if (organization == null) {
      byId.remove(id);
    } else {
      byId.put(id, inKnownZone(organization, byId.get(id)));
    }
    changes.add(id);
  }

  /**
   * Governance checks names of zones; one that this Java does not know must not stop the budgets of
   * all. The zone known before stays, or it is UTC.
   */
  private static Organization inKnownZone(Organization fresh, @Nullable Organization before) {
    try {
      ZoneId.of(fresh.getTimeZone());
      return fresh;
    } catch (DateTimeException e) {
      LOG.error(
          "organization {} has no known time zone: {}", fresh.getOrganizationId(), e.getMessage());
      return Organization.newBuilder(fresh)
          .setTimeZone(before == null ? "UTC" : before.getTimeZone())
          .build();
    }
  }

  @Nullable Organization get(String id) {
    return byId.get(id);
  }

  ChangeLog changes() {
    return changes;
  }
}
