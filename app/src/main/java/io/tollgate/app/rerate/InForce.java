package io.tollgate.app.rerate;

import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which rated events of one organization and range of event times are in force: counted and not
 * taken back. Folds the records of usage.rated, each partition in its order; a reversal is on the
 * partition of what it takes back, after it.
 */
public final class InForce {
  /** What is kept in memory at once. */
  static final int MOST = 200_000;

  private final OrganizationId organization;
  private final Instant from;
  private final Instant to;
  private final Map<Name, RatedUsage> events = new LinkedHashMap<>();

  private record Name(int partition, String source, String id) {}

  /**
   * @param from earliest event time
   * @param to end of the event times, exclusive
   */
  public InForce(OrganizationId organization, Instant from, Instant to) {
    this.organization = organization;
    this.from = from;
    this.to = to;
  }

  /**
   * Takes in the next record of a partition.
   *
   * @throws InvalidInput if there are more events than fit
   */
  void accept(RatedUsage rated) {
    UsageEvent event = rated.getEvent();
    if (!event.getOrganizationId().equals(organization.value())) {
      return;
    }
    Name name = new Name(rated.getPosition().getPartition(), event.getSource(), event.getId());
    if (rated.getKind() == RatedKind.REVERSAL) {
      events.remove(name);
      return;
    }
    if (event.getEventTime().isBefore(from) || !event.getEventTime().isBefore(to)) {
      return;
    }
    events.put(name, rated);
    InvalidInput.unless(
        events.size() <= MOST,
        "--to",
        to,
        "ends a range of more than " + MOST + " events; split it");
  }

  Collection<RatedUsage> events() {
    return Collections.unmodifiableCollection(events.values());
  }
}
