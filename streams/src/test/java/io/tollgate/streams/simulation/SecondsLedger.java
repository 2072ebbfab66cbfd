package io.tollgate.streams.simulation;

import static io.tollgate.streams.simulation.InvariantBroken.unless;

import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.Limit;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The auditor of what limits per minute are judged by: each commit's deltas say in which second how
 * many requests and tokens of each key were first appended, where the organization has such a
 * limit.
 */
final class SecondsLedger {
  private static final int SECONDS_PER_QUARTER = 900;

  /** Older ones can be in no window any more. */
  private static final int SECONDS_TOLD = 120;

  private final Wire wire;
  private final AuditedTables tables;

  SecondsLedger(Wire wire, AuditedTables tables) {
    this.wire = wire;
    this.tables = tables;
  }

  /** A key in a quarter-hour of event time, as one source partition sums it up. */
  private record Cell(int partition, String organization, String apiKey, int quarter) {}

  /** Requests and tokens by second. */
  private static final class Seconds {
    private final TreeMap<Long, List<Long>> counts = new TreeMap<>();

    /** The second after which they are told: by the clock of the task that sums. */
    private long toldFrom;

    private void add(long second, long requests, long tokens) {
      counts.merge(
          second,
          List.of(requests, tokens),
          (one, other) ->
              List.of(one.getFirst() + other.getFirst(), one.getLast() + other.getLast()));
    }

    private Map<Long, List<Long>> after(long second) {
      return counts.tailMap(second, false);
    }
  }

  void audit(Commit commit) {
    Map<Cell, Seconds> rated = new HashMap<>();
    Map<Cell, Seconds> told = new HashMap<>();
    for (SimulatedBroker.Entry entry : commit.written()) {
      if (entry.topic().equals("usage.rated")) {
        add(rated, wire.read(entry.value(), RatedUsage.class));
      } else if (entry.topic().equals("usage.deltas")) {
        add(told, wire.read(entry.value(), UsageDelta.class));
      }
    }
    told.forEach(
        (cell, seconds) -> {
          Map<Long, List<Long>> is = seconds.after(Long.MIN_VALUE);
          Map<Long, List<Long>> all =
              rated.getOrDefault(cell, new Seconds()).after(seconds.toldFrom);
          boolean maySay = is.isEmpty() || anybodyKnewLimit(commit, cell, true);
          boolean mustSay = !is.equals(all) && !anybodyKnewLimit(commit, cell, false);
          unless(
              maySay && !mustSay && (is.isEmpty() || is.equals(all)),
              "seconds-equal-rated",
              "%s: rated %s, told %s",
              cell,
              all,
              is);
        });
  }

  private static void add(Map<Cell, Seconds> rated, RatedUsage usage) {
    UsageEvent event = usage.getEvent();
    Cell cell =
        new Cell(
            usage.getPosition().getPartition(),
            event.getOrganizationId(),
            event.getApiKeyId(),
            Math.toIntExact(
                Math.floorDiv(event.getEventTime().getEpochSecond(), SECONDS_PER_QUARTER)));
    Seconds seconds = rated.computeIfAbsent(cell, c -> new Seconds());
    // A correction is no request to a model.
    if (usage.getKind() == RatedKind.USAGE && event.getCorrection() == null) {
      seconds.add(
          usage.getPosition().getAcceptedAt().getEpochSecond(),
          1,
          AuditedSum.tokens(event.getUnits()));
    }
  }

  private static void add(Map<Cell, Seconds> told, UsageDelta delta) {
    for (DeltaEntry entry : delta.getEntries()) {
      Cell cell =
          new Cell(
              delta.getPartition(),
              delta.getOrganizationId(),
              entry.getApiKeyId(),
              entry.getQuarterHour());
      Seconds seconds = told.computeIfAbsent(cell, c -> new Seconds());
      seconds.toldFrom = delta.getCommittedAt().getEpochSecond() - SECONDS_TOLD;
      for (SecondCount one : entry.getSeconds()) {
        seconds.add(one.getSecond(), one.getRequests(), one.getTokens());
      }
    }
  }

  /** Whether at some act on the partition a limit per minute was known, or was not. */
  private boolean anybodyKnewLimit(Commit commit, Cell cell, boolean known) {
    return commit.acts().stream()
        .filter(act -> act.partition() == cell.partition)
        .anyMatch(act -> hasLimit(cell.organization, act.tables()) == known);
  }

  private boolean hasLimit(String organization, TablePositions at) {
    for (AuditedScope scope : tables.limited()) {
      Limit limit = scope.organization().equals(organization) ? tables.limit(scope, at) : null;
      if (limit != null
          && (limit.getRequestsPerMinute() != null || limit.getTokensPerMinute() != null)) {
        return true;
      }
    }
    return false;
  }
}
