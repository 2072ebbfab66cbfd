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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the rated usage since the last commit adds to each API key, and to each user, model and
 * feature in it, by quarter-hour of event time. Not thread-safe; holds nothing that a replay of the
 * same records would not give again.
 *
 * <p>An event is added to one cell, found by one look-up; the sums of keys and subjects are derived
 * from the cells at the end of the commit. There are never more cells than events.
 */
final class UsageSums {
  private static final Meter[] METERS = Meter.values();

  private final Map<Cell, Sums> cells = new HashMap<>();

  private record Cell(
      String organization,
      String workspace,
      String apiKey,
      int quarterHour,
      @Nullable String user,
      String model,
      @Nullable String feature) {
    static Cell of(UsageEvent event) {
      return new Cell(
          event.getOrganizationId(),
          event.getWorkspaceId(),
          event.getApiKeyId(),
          QuarterHour.of(event.getEventTime()).number(),
          event.getUser(),
          event.getModel(),
          event.getFeature());
    }

    /** A key belongs to one workspace of one organization, so that these would only cost time. */
    @Override
    public int hashCode() {
      int hash = apiKey.hashCode() * 31 + quarterHour;
      hash = hash * 31 + model.hashCode();
      hash = hash * 31 + Objects.hashCode(user);
      return hash * 31 + Objects.hashCode(feature);
    }
  }

  private record KeyCell(String workspace, String apiKey, int quarterHour) {}

  private record SubjectCell(KeyCell inside, SubjectKind kind, String value) {}

  private static final class Sums {
    private final String currency;
    private final long[] units = new long[METERS.length];

    /** Null where nobody asks. */
    private final @Nullable SecondSums seconds;

    private long requests;
    private BigDecimal cost = Money.ZERO.value();

    private Sums(String currency, boolean bySecond) {
      this.currency = currency;
      this.seconds = bySecond ? new SecondSums() : null;
    }

    private void add(Sums other) {
      requests = Math.addExact(requests, other.requests);
      cost = cost.add(other.cost);
      for (int i = 0; i < units.length; i++) {
        units[i] = Math.addExact(units[i], other.units[i]);
      }
      if (seconds != null && other.seconds != null) {
        seconds.add(other.seconds);
      }
    }
  }

  private static final class SubjectSums {
    private long requests;
    private BigDecimal cost = Money.ZERO.value();
  }

  /** What one organization's cells come to. */
  private static final class OrganizationSums {
    private final String currency;
    private final Map<KeyCell, Sums> keys = new HashMap<>();
    private final Map<SubjectCell, SubjectSums> subjects = new HashMap<>();

    private OrganizationSums(String currency) {
      this.currency = currency;
    }

    private void add(Cell cell, Sums sums) {
      KeyCell key = new KeyCell(cell.workspace(), cell.apiKey(), cell.quarterHour());
      add(key, SubjectKind.USER, cell.user(), sums);
      add(key, SubjectKind.MODEL, cell.model(), sums);
      add(key, SubjectKind.FEATURE, cell.feature(), sums);
      Sums known = keys.putIfAbsent(key, sums);
      if (known != null) {
        known.add(sums);
      }
    }

    private void add(KeyCell key, SubjectKind kind, @Nullable String value, Sums sums) {
      if (value != null) {
        SubjectSums subject =
            subjects.computeIfAbsent(new SubjectCell(key, kind, value), cell -> new SubjectSums());
        subject.requests = Math.addExact(subject.requests, sums.requests);
        subject.cost = subject.cost.add(sums.cost);
      }
    }
  }

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
    sums.requests += rated.getKind() == RatedKind.REVERSAL ? -1 : 1;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      int meter = Meter.of(unit.getKey()).ordinal();
      sums.units[meter] = Math.addExact(sums.units[meter], unit.getValue());
    }
    sums.cost = sums.cost.add(rated.getCost());
    if (sums.seconds != null) {
      sums.seconds.add(rated);
    }
  }

  /** The deltas of this commit; the sums are empty afterwards. */
  List<UsageDelta> drain(int generation, int partition, long nextOffset, Instant committedAt) {
    Map<String, OrganizationSums> organizations = new HashMap<>();
    cells.forEach(
        (cell, sums) ->
            organizations
                .computeIfAbsent(cell.organization(), id -> new OrganizationSums(sums.currency))
                .add(cell, sums));
    cells.clear();
    List<UsageDelta> deltas = new ArrayList<>();
    organizations.forEach(
        (organization, sums) -> {
          List<DeltaParts.Part> parts = parts(sums, committedAt);
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
                    parts.get(part).entries(),
                    parts.get(part).subjects()));
          }
        });
    return deltas;
  }

  private static List<DeltaParts.Part> parts(OrganizationSums sums, Instant committedAt) {
    DeltaParts parts = new DeltaParts();
    sums.keys.forEach((key, sum) -> parts.add(entry(key, sum, committedAt)));
    sums.subjects.forEach(
        (subject, sum) ->
            parts.add(
                new SubjectEntry(
                    subject.inside().workspace(),
                    subject.inside().apiKey(),
                    subject.kind(),
                    subject.value(),
                    subject.inside().quarterHour(),
                    sum.requests,
                    sum.cost)));
    return parts.all();
  }

  private static DeltaEntry entry(KeyCell key, Sums sums, Instant committedAt) {
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
