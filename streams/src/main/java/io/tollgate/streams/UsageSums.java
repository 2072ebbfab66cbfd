package io.tollgate.streams;

import io.tollgate.schemas.Meter;
import io.tollgate.schemas.QuarterHour;
import io.tollgate.schemas.avro.RatedKind;
import io.tollgate.schemas.avro.RatedUsage;
import io.tollgate.schemas.avro.SecondCount;
import io.tollgate.schemas.avro.SubjectKind;
import io.tollgate.schemas.avro.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the rated usage since the last commit adds to each API key, and to each user, model and
 * feature in it, by quarter-hour of event time. Its deltas are written in Avro's encoding straight
 * from the sums: with many users there is nearly an entry per event. Not thread-safe; holds nothing
 * that a replay of the same records would not give again.
 */
final class UsageSums {
  private static final Meter[] METERS = Meter.values();
  private static final int LARGEST_KEPT_BUFFER = 256 * 1024;

  private final int schema;

  /** By API key; its other quarter-hours, rarely more than one, follow. */
  private final Map<String, Sums> keys = new HashMap<>();

  private AvroBytes out = new AvroBytes(8 * 1024);

  /** Append time of the oldest event since the last commit. */
  private long appendedFrom = Long.MAX_VALUE;

  /**
   * @param schema id of usage.deltas
   */
  UsageSums(int schema) {
    this.schema = schema;
  }

  /**
   * A record of usage.deltas.
   *
   * @param value in wire format
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on within one commit, never compared
  record EncodedDelta(String organizationId, byte[] value) {
    EncodedDelta {
      Objects.requireNonNull(organizationId, "organizationId");
      Objects.requireNonNull(value, "value");
    }
  }

  /** The sums of one API key in one quarter-hour. */
  private static final class Sums {
    private final String organization;
    private final String workspace;
    private final String apiKey;
    private final int quarterHour;
    private final String currency;
    private final @Nullable Sums next;
    private final long[] units = new long[METERS.length];
    private final Subjects users = new Subjects();
    private final Subjects models = new Subjects();
    private final Subjects features = new Subjects();
    private final CostSum cost = new CostSum();

    /** Null where nobody asks. */
    private final @Nullable SecondSums seconds;

    private long requests;

    private Sums(
        UsageEvent event,
        int quarterHour,
        String currency,
        boolean bySecond,
        @Nullable Sums following) {
      this.organization = event.getOrganizationId();
      this.workspace = event.getWorkspaceId();
      this.apiKey = event.getApiKeyId();
      this.quarterHour = quarterHour;
      this.currency = currency;
      this.seconds = bySecond ? new SecondSums() : null;
      this.next = following;
    }

    private boolean isOf(UsageEvent event, int quarter) {
      return quarterHour == quarter
          && workspace.equals(event.getWorkspaceId())
          && organization.equals(event.getOrganizationId());
    }

    /** In the order of the schema's fields. */
    private void writeTo(AvroBytes to, Instant committedAt) {
      to.text(workspace);
      to.text(apiKey);
      to.number(quarterHour);
      to.number(requests);
      int meters = 0;
      for (long count : units) {
        meters += count == 0 ? 0 : 1;
      }
      if (meters > 0) {
        to.number(meters);
        for (int i = 0; i < METERS.length; i++) {
          if (units[i] != 0) {
            to.text(METERS[i].wireName());
            to.number(units[i]);
          }
        }
      }
      to.number(0);
      cost.writeTo(to);
      List<SecondCount> counts = seconds == null ? List.of() : seconds.asOf(committedAt);
      if (!counts.isEmpty()) {
        to.number(counts.size());
        for (SecondCount one : counts) {
          to.number(one.getSecond());
          to.number(one.getRequests());
          to.number(one.getTokens());
        }
      }
      to.number(0);
    }
  }

  private static final class SubjectSums {
    private final String value;
    private final @Nullable SubjectSums next;
    private final CostSum cost = new CostSum();
    private long requests;

    private SubjectSums(String value, @Nullable SubjectSums next) {
      this.value = value;
      this.next = next;
    }

    /** In the order of the schema's fields. */
    private void writeTo(AvroBytes to, Sums of, SubjectKind kind) {
      to.text(of.workspace);
      to.text(of.apiKey);
      to.number(kind.ordinal());
      to.text(value);
      to.number(of.quarterHour);
      to.number(requests);
      cost.writeTo(to);
    }
  }

  /** A list, because most keys have one model, one feature and few users; with an index if long. */
  private static final class Subjects {
    private static final int MOST_WITHOUT_INDEX = 8;

    private @Nullable SubjectSums first;
    private @Nullable Map<String, SubjectSums> index;
    private int count;

    private void add(@Nullable String value, int requests, CostSum.Cost cost) {
      if (value == null) {
        return;
      }
      SubjectSums sums = find(value);
      if (sums == null) {
        sums = new SubjectSums(value, first);
        first = sums;
        count++;
        if (index != null) {
          index.put(value, sums);
        } else if (count > MOST_WITHOUT_INDEX) {
          index = index();
        }
      }
      sums.requests += requests;
      sums.cost.add(cost);
    }

    private @Nullable SubjectSums find(String value) {
      if (index != null) {
        return index.get(value);
      }
      for (SubjectSums sums = first; sums != null; sums = sums.next) {
        if (sums.value.equals(value)) {
          return sums;
        }
      }
      return null;
    }

    private Map<String, SubjectSums> index() {
      Map<String, SubjectSums> all = new HashMap<>();
      for (SubjectSums sums = first; sums != null; sums = sums.next) {
        all.put(sums.value, sums);
      }
      return all;
    }

    private void writeTo(DeltaParts parts, Sums of, SubjectKind kind) {
      for (SubjectSums sums = first; sums != null; sums = sums.next) {
        AvroBytes to = parts.subjects();
        int from = to.length();
        sums.writeTo(to, of, kind);
        parts.subjectWritten(from);
      }
    }
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * @param bySecond whether its organization has a limit per minute
   */
  void add(RatedUsage rated, boolean bySecond) {
    UsageEvent event = rated.getEvent();
    Sums sums = sumsOf(event, rated.getCurrency(), bySecond);
    int requests = rated.getKind() == RatedKind.REVERSAL ? -1 : 1;
    sums.requests += requests;
    for (Map.Entry<String, Long> unit : event.getUnits().entrySet()) {
      int meter = Meter.of(unit.getKey()).ordinal();
      sums.units[meter] = Math.addExact(sums.units[meter], unit.getValue());
    }
    appendedFrom = Math.min(appendedFrom, rated.getPosition().getAppendedAt().toEpochMilli());
    CostSum.Cost cost = CostSum.Cost.of(rated.getCost());
    sums.cost.add(cost);
    sums.users.add(event.getUser(), requests, cost);
    sums.models.add(event.getModel(), requests, cost);
    sums.features.add(event.getFeature(), requests, cost);
    if (sums.seconds != null) {
      sums.seconds.add(rated);
    }
  }

  private Sums sumsOf(UsageEvent event, String currency, boolean bySecond) {
    int quarterHour = QuarterHour.of(event.getEventTime()).number();
    Sums first = keys.get(event.getApiKeyId());
    for (Sums sums = first; sums != null; sums = sums.next) {
      if (sums.isOf(event, quarterHour)) {
        return sums;
      }
    }
    Sums sums = new Sums(event, quarterHour, currency, bySecond, first);
    keys.put(event.getApiKeyId(), sums);
    return sums;
  }

  /** The deltas of this commit; the sums are empty afterwards. */
  List<EncodedDelta> drain(int generation, int partition, long nextOffset, Instant committedAt) {
    Map<String, DeltaParts> organizations = new HashMap<>();
    Map<String, String> currencies = new HashMap<>();
    for (Sums first : keys.values()) {
      for (Sums sums = first; sums != null; sums = sums.next) {
        DeltaParts parts = organizations.get(sums.organization);
        if (parts == null) {
          parts = new DeltaParts();
          organizations.put(sums.organization, parts);
          currencies.put(sums.organization, sums.currency);
        }
        AvroBytes to = parts.entries();
        int from = to.length();
        sums.writeTo(to, committedAt);
        parts.entryWritten(from);
        sums.users.writeTo(parts, sums, SubjectKind.USER);
        sums.models.writeTo(parts, sums, SubjectKind.MODEL);
        sums.features.writeTo(parts, sums, SubjectKind.FEATURE);
      }
    }
    keys.clear();
    long from = appendedFrom;
    appendedFrom = Long.MAX_VALUE;
    List<EncodedDelta> deltas = new ArrayList<>();
    organizations.forEach(
        (organization, inParts) -> {
          List<DeltaParts.Part> parts = inParts.all();
          for (int part = 0; part < parts.size(); part++) {
            out.reset();
            out.header(schema);
            out.text(organization);
            out.number(generation);
            out.number(partition);
            out.number(nextOffset);
            out.number(part);
            out.number(parts.size());
            out.text(Objects.requireNonNull(currencies.get(organization)));
            out.number(committedAt.toEpochMilli());
            parts.get(part).writeTo(out);
            out.number(1);
            out.number(from);
            deltas.add(new EncodedDelta(organization, out.toByteArray()));
          }
        });
    if (out.capacity() > LARGEST_KEPT_BUFFER) {
      out = new AvroBytes(8 * 1024);
    }
    return deltas;
  }
}
