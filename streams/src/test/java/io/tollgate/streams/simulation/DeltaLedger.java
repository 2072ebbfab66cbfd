package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The auditor of the roll-up: each commit's deltas say what each commit's rated usage adds up to.
 */
final class DeltaLedger {
  private static final int SECONDS_PER_QUARTER = 900;

  private final Wire wire;

  DeltaLedger(Wire wire) {
    this.wire = wire;
  }

  /** Requests, units and cost of one key in one quarter-hour. */
  private static final class Sum {
    private long requests;
    private final Map<String, Long> units = new TreeMap<>();
    private BigDecimal cost = BigDecimal.ZERO;

    private void add(long count, Map<String, Long> more, BigDecimal costs) {
      requests += count;
      more.forEach((meter, unit) -> units.merge(meter, unit, Long::sum));
      cost = cost.add(costs);
    }

    @Override
    public String toString() {
      units.values().removeIf(unit -> unit == 0);
      return requests + " " + units + " " + cost.stripTrailingZeros().toPlainString();
    }
  }

  void audit(Commit commit) {
    Map<List<Object>, Sum> rated = new HashMap<>();
    Map<List<Object>, Sum> told = new HashMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.rated")) {
        RatedUsage usage = wire.read(entry.value(), RatedUsage.class);
        UsageEvent event = usage.getEvent();
        int quarter =
            Math.toIntExact(
                Math.floorDiv(event.getEventTime().getEpochSecond(), SECONDS_PER_QUARTER));
        rated
            .computeIfAbsent(
                List.of(
                    usage.getPosition().getPartition(),
                    event.getOrganizationId(),
                    usage.getCurrency(),
                    event.getWorkspaceId(),
                    event.getApiKeyId(),
                    quarter),
                key -> new Sum())
            .add(1, event.getUnits(), usage.getCost());
      } else if (entry.topic().equals("usage.deltas")) {
        UsageDelta delta = wire.read(entry.value(), UsageDelta.class);
        for (DeltaEntry one : delta.getEntries()) {
          told.computeIfAbsent(
                  List.of(
                      delta.getPartition(),
                      delta.getOrganizationId(),
                      delta.getCurrency(),
                      one.getWorkspaceId(),
                      one.getApiKeyId(),
                      one.getQuarterHour()),
                  key -> new Sum())
              .add(one.getRequests(), one.getUnits(), one.getCost());
        }
      }
    }
    unless(
        text(rated).equals(text(told)),
        "deltas-equal-rated",
        "rated %s, told %s",
        text(rated),
        text(told));
  }

  private static Map<String, String> text(Map<List<Object>, Sum> sums) {
    Map<String, String> text = new TreeMap<>();
    sums.forEach((key, sum) -> text.put(key.toString(), sum.toString()));
    return text;
  }
}
