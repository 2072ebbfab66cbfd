package io.tollgate.billing;

import io.tollgate.schemas.OrganizationId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;

/** The grain of reconciliation: an organization and a UTC hour of event time. */
record OrganizationHour(OrganizationId organization, Instant hour)
    implements Comparable<OrganizationHour> {
  private static final Comparator<OrganizationHour> ORDER =
      Comparator.comparing(OrganizationHour::organization).thenComparing(OrganizationHour::hour);

  OrganizationHour {
    hour = hour.truncatedTo(ChronoUnit.HOURS);
  }

  @Override
  public int compareTo(OrganizationHour other) {
    return ORDER.compare(this, other);
  }
}
