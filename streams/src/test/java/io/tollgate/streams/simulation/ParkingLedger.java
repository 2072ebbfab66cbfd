package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.UnratedUsage;
import io.tollgate.streams.simulation.UsageItem.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * The auditor of the places for what has no price: no more are taken than there are, no
 * organization has more than half of them, and nobody is refused who has fewer than are left.
 *
 * <p>When within a transaction a place was left is not told. What is known is the most that can
 * have been taken at once.
 */
final class ParkingLedger {
  private final int places;
  private final Map<Integer, Map<String, Long>> mostTaken = new HashMap<>();
  private int refused;

  /**
   * @param places of a partition
   */
  ParkingLedger(int places) {
    this.places = places;
  }

  /** A transaction begins; nothing of it has an outcome yet. */
  void begin(UsageItems items, Map<Integer, TreeMap<Long, List<SpecificRecord>>> told) {
    mostTaken.clear();
    mostTaken.putAll(taken(items));
    told.forEach(
        (partition, byOffset) ->
            byOffset.forEach(
                (offset, records) -> {
                  if (records.stream().anyMatch(ParkingLedger::parks)) {
                    mostTaken
                        .computeIfAbsent(partition, p -> new HashMap<>())
                        .merge(organization(items.item(partition, offset)), 1L, Long::sum);
                  }
                }));
  }

  private static boolean parks(SpecificRecord told) {
    return told instanceof UnratedUsage unrated && !unrated.getReason().equals("written_off");
  }

  private static String organization(UsageItem item) {
    return item.event().getOrganizationId();
  }

  private static Map<Integer, Map<String, Long>> taken(UsageItems items) {
    Map<Integer, Map<String, Long>> taken = new HashMap<>();
    items
        .all()
        .forEach(
            (partition, byOffset) -> {
              Map<String, Long> byOrganization = new HashMap<>();
              for (UsageItem item : byOffset.values()) {
                if (item.outcome == Outcome.UNRATED) {
                  byOrganization.merge(organization(item), 1L, Long::sum);
                }
              }
              taken.put(partition, byOrganization);
            });
    return taken;
  }

  /** Whether an organization can have had as many places, at one moment, as were left. */
  boolean mayRefuse(UsageItem item) {
    Map<String, Long> taken = mostTaken.getOrDefault(item.entry.partition(), Map.of());
    boolean right = taken.getOrDefault(organization(item), 0L) >= places - sum(taken);
    if (right) {
      refused++;
    }
    return right;
  }

  /** Events that were refused for want of a place. */
  int refused() {
    return refused;
  }

  /** A transaction has ended. */
  void audit(UsageItems items) {
    taken(items)
        .forEach(
            (partition, byOrganization) -> {
              unless(
                  sum(byOrganization) <= places,
                  "parking-is-bounded",
                  "partition %d has %d places, taken are %s",
                  partition,
                  places,
                  byOrganization);
              byOrganization.forEach(
                  (organization, count) ->
                      unless(
                          2 * count <= places + 1L,
                          "parking-is-shared",
                          "partition %d: %s has %d of %d places",
                          partition,
                          organization,
                          count,
                          places));
            });
  }

  private static long sum(Map<String, Long> taken) {
    return taken.values().stream().mapToLong(Long::longValue).sum();
  }
}
