package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the rated usage since the last commit adds to each API key and quarter-hour of event time.
 * Not thread-safe; holds nothing that a replay of the same records would not give again.
 */
final class UsageSums {
  /** A delta record is split so that none is much larger than this. */
  static final int MOST_DELTA_BYTES = 256 * 1024;

  private static final int MOST_BYTES_OF_A_SECOND = 30;

  private static final Meter[] METERS = Meter.values();

  private final Map<String, OrganizationSums> organizations = new HashMap<>();

  private record Cell(String workspace, String apiKey, int quarterHour) {
    Cell {
      Objects.requireNonNull(workspace, "workspace");
      Objects.requireNonNull(apiKey, "apiKey");
    }
  }

  private static final class Sums {
    private long requests;
    private final long[] units = new long[METERS.length];
    private BigDecimal cost = BigDecimal.ZERO.setScale(io.tollgate.schemas.Money.SCALE);

    /** Null where nobody asks. */
    private @Nullable SecondSums seconds;
  }

  private static final class OrganizationSums {
    private final String currency;
    private final Map<Cell, Sums> cells = new HashMap<>();

    private OrganizationSums(String currency) {
      this.currency = currency;
    }
  }

  boolean isEmpty() {
    return organizations.isEmpty();
  }

  /**
   * @param bySecond whether its organization has a limit per minute
   */
  void add(RatedUsage rated, boolean bySecond) {
    UsageEvent event = rated.getEvent();
    int quarterHour = QuarterHour.of(event.getEventTime()).number();
    Sums sums =
        organizations
            .computeIfAbsent(
                event.getOrganizationId(), id -> new OrganizationSums(rated.getCurrency()))
            .cells
            .computeIfAbsent(
                new Cell(event.getWorkspaceId(), event.getApiKeyId(), quarterHour),
                cell -> new Sums());
    sums.requests++;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      Meter meter = Meter.of(unit.getKey());
      sums.units[meter.ordinal()] = Math.addExact(sums.units[meter.ordinal()], unit.getValue());
    }
    sums.cost = sums.cost.add(rated.getCost());
    if (bySecond) {
      if (sums.seconds == null) {
        sums.seconds = new SecondSums();
      }
      sums.seconds.add(rated);
    }
  }

  /** The deltas of this commit; the sums are empty afterwards. */
  List<UsageDelta> drain(int generation, int partition, long nextOffset, Instant committedAt) {
    List<UsageDelta> deltas = new ArrayList<>();
    organizations.forEach(
        (organization, sums) -> {
          List<List<DeltaEntry>> parts = parts(sums.cells, committedAt);
          for (int part = 0; part < parts.size(); part++) {
            deltas.add(
                new UsageDelta(
                    organization,
                    generation,
                    partition,
                    nextOffset,
                    part,
                    parts.size(),
                    sums.currency,
                    committedAt,
                    parts.get(part),
                    List.of()));
          }
        });
    organizations.clear();
    return deltas;
  }

  private static List<List<DeltaEntry>> parts(Map<Cell, Sums> cells, Instant committedAt) {
    List<List<DeltaEntry>> parts = new ArrayList<>();
    List<DeltaEntry> part = new ArrayList<>();
    int bytes = 0;
    for (Map.Entry<Cell, Sums> cell : cells.entrySet()) {
      DeltaEntry entry = entry(cell.getKey(), cell.getValue(), committedAt);
      int size = mostBytes(entry);
      if (bytes + size > MOST_DELTA_BYTES && !part.isEmpty()) {
        parts.add(part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(entry);
      bytes += size;
    }
    parts.add(part);
    return parts;
  }

  private static DeltaEntry entry(Cell cell, Sums sums, Instant committedAt) {
    Map<String, Long> units = new HashMap<>();
    for (Meter meter : METERS) {
      if (sums.units[meter.ordinal()] != 0) {
        units.put(meter.wireName(), sums.units[meter.ordinal()]);
      }
    }
    return new DeltaEntry(
        cell.workspace(),
        cell.apiKey(),
        cell.quarterHour(),
        sums.requests,
        units,
        sums.cost,
        sums.seconds == null ? List.of() : sums.seconds.asOf(committedAt));
  }

  /**
   * An upper bound of the encoded size: ids are ASCII, a number has at most 10 bytes, a cost 17.
   */
  private static int mostBytes(DeltaEntry entry) {
    int bytes = entry.getWorkspaceId().length() + entry.getApiKeyId().length() + 50;
    bytes += entry.getSeconds().size() * MOST_BYTES_OF_A_SECOND;
    for (String meter : entry.getUnits().keySet()) {
      bytes += meter.length() + 12;
    }
    return bytes;
  }
}
