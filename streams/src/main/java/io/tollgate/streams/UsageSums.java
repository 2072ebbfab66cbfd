package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.Money;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.DeltaEntry;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SubjectEntry;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageDelta;
import io.tollgate.schemas.avro.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the rated usage since the last commit adds to each API key, and to each user, model and
 * feature in it, by quarter-hour of event time. Not thread-safe; holds nothing that a replay of the
 * same records would not give again.
 */
final class UsageSums {
  private static final Meter[] METERS = Meter.values();

  private final Map<Cell, Sums> cells = new HashMap<>();

  private record Cell(String organization, String workspace, String apiKey, int quarterHour) {
    static Cell of(UsageEvent event) {
      return new Cell(
          event.getOrganizationId(),
          event.getWorkspaceId(),
          event.getApiKeyId(),
          QuarterHour.of(event.getEventTime()).number());
    }

    /** A key belongs to one workspace of one organization, so that these would only cost time. */
    @Override
    public int hashCode() {
      return apiKey.hashCode() * 31 + quarterHour;
    }
  }

  private static final class Sums {
    private final String currency;
    private final long[] units = new long[METERS.length];
    private final Subjects users = new Subjects();
    private final Subjects models = new Subjects();
    private final Subjects features = new Subjects();

    /** Null where nobody asks. */
    private final @Nullable SecondSums seconds;

    private long requests;
    private BigDecimal cost = Money.ZERO.value();

    private Sums(String currency, boolean bySecond) {
      this.currency = currency;
      this.seconds = bySecond ? new SecondSums() : null;
    }
  }

  private static final class SubjectSums {
    private final String value;
    private long requests;
    private BigDecimal cost = Money.ZERO.value();

    private SubjectSums(String value) {
      this.value = value;
    }
  }

  /** Most keys use one model for one feature: that one is met without a look-up. */
  private static final class Subjects {
    private final Map<String, SubjectSums> byValue = new HashMap<>(2);
    private @Nullable SubjectSums last;

    private void add(@Nullable String value, int requests, BigDecimal cost) {
      if (value == null) {
        return;
      }
      SubjectSums sums = last;
      if (sums == null || !sums.value.equals(value)) {
        sums = byValue.computeIfAbsent(value, SubjectSums::new);
        last = sums;
      }
      sums.requests += requests;
      sums.cost = sums.cost.add(cost);
    }
  }

  /** Append time of the oldest event since the last commit. */
  private long appendedFrom = Long.MAX_VALUE;

  boolean isEmpty() {
    return cells.isEmpty();
  }

  /**
   * @param bySecond whether its organization has a limit per minute
   */
  void add(RatedUsage rated, boolean bySecond) {
    UsageEvent event = rated.getEvent();
    Sums sums =
        cells.computeIfAbsent(Cell.of(event), cell -> new Sums(rated.getCurrency(), bySecond));
    int requests = rated.getKind() == RatedKind.REVERSAL ? -1 : 1;
    sums.requests += requests;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      int meter = Meter.of(unit.getKey()).ordinal();
      sums.units[meter] = Math.addExact(sums.units[meter], unit.getValue());
    }
    appendedFrom = Math.min(appendedFrom, rated.getPosition().getAppendedAt().toEpochMilli());
    BigDecimal cost = rated.getCost();
    sums.cost = sums.cost.add(cost);
    sums.users.add(event.getUser(), requests, cost);
    sums.models.add(event.getModel(), requests, cost);
    sums.features.add(event.getFeature(), requests, cost);
    if (sums.seconds != null) {
      sums.seconds.add(rated);
    }
  }

  /** The deltas of this commit; the sums are empty afterwards. */
  List<UsageDelta> drain(int generation, int partition, long nextOffset, Instant committedAt) {
    Map<String, DeltaParts> organizations = new HashMap<>();
    Map<String, String> currencies = new HashMap<>();
    cells.forEach(
        (cell, sums) -> {
          currencies.put(cell.organization(), sums.currency);
          DeltaParts parts =
              organizations.computeIfAbsent(cell.organization(), id -> new DeltaParts());
          parts.add(entry(cell, sums, committedAt));
          add(parts, cell, SubjectKind.USER, sums.users);
          add(parts, cell, SubjectKind.MODEL, sums.models);
          add(parts, cell, SubjectKind.FEATURE, sums.features);
        });
    cells.clear();
    Instant from = Instant.ofEpochMilli(appendedFrom);
    appendedFrom = Long.MAX_VALUE;
    List<UsageDelta> deltas = new ArrayList<>();
    organizations.forEach(
        (organization, inParts) -> {
          List<DeltaParts.Part> parts = inParts.all();
          for (int part = 0; part < parts.size(); part++) {
            deltas.add(
                new UsageDelta(
                    organization,
                    generation,
                    partition,
                    nextOffset,
                    part,
                    parts.size(),
                    currencies.get(organization),
                    committedAt,
                    parts.get(part).entries(),
                    parts.get(part).subjects(),
                    from));
          }
        });
    return deltas;
  }

  private static void add(DeltaParts parts, Cell cell, SubjectKind kind, Subjects subjects) {
    for (SubjectSums sums : subjects.byValue.values()) {
      parts.add(
          new SubjectEntry(
              cell.workspace(),
              cell.apiKey(),
              kind,
              sums.value,
              cell.quarterHour(),
              sums.requests,
              sums.cost));
    }
  }

  private static DeltaEntry entry(Cell key, Sums sums, Instant committedAt) {
    Map<String, Long> units = new HashMap<>();
    for (Meter meter : METERS) {
      if (sums.units[meter.ordinal()] != 0) {
        units.put(meter.wireName(), sums.units[meter.ordinal()]);
      }
    }
    return new DeltaEntry(
        key.workspace(),
        key.apiKey(),
        key.quarterHour(),
        sums.requests,
        units,
        sums.cost,
        sums.seconds == null ? List.of() : sums.seconds.asOf(committedAt));
  }
}
